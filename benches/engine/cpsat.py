"""A ConstrINT text as a CP-SAT model, and its first solution in the refinement order by two ways of asking."""

import math
import time

from ortools.sat.python import cp_model

import dialect


class Encoding:
    """Products by multiplication equalities of two factors each, shared; divisibility by a quotient."""

    def __init__(self, statements):
        self.bounds, self.caps = dialect.bounds_of(statements)
        self.model = cp_model.CpModel()
        self.variables = {name: self.model.new_int_var(*bounds, name) for name, bounds in self.bounds.items()}
        self.products = {}
        for alternatives in statements:
            if len(alternatives) == 1:
                self.require(alternatives[0])
            else:
                self.require_one(alternatives)

    def require(self, c):
        if c.operator == "in":
            ((name, _),) = c.left[0].powers
            self.model.add_linear_expression_in_domain(self.variables[name], cp_model.Domain.from_values(c.values))
        elif c.operator == "divides":
            self.require_divides(c)
        elif c.operator == "<=":
            self.model.add(self.total(c.left) <= self.total(c.right))
        else:
            self.model.add(self.total(c.left) == self.total(c.right))

    def require_one(self, alternatives):
        literals = [self.model.new_bool_var("") for _ in alternatives]
        self.model.add_bool_or(literals)
        for literal, c in zip(literals, alternatives):
            left, right = self.total(c.left), self.total(c.right)
            if c.operator == "in":
                domain = cp_model.Domain.from_values(c.values)
                self.model.add_linear_expression_in_domain(left, domain).only_enforce_if(literal)
            elif c.operator == "divides":
                raise ValueError("a divisibility among alternatives")
            else:
                relation = left <= right if c.operator == "<=" else left == right
                self.model.add(relation).only_enforce_if(literal)

    def require_divides(self, c):
        least, most = (sum(of(term, self.bounds) for term in c.left) for of in (dialect.smallest, dialect.largest))
        (divisor,) = c.divisor
        if least == most:
            values = cp_model.Domain.from_values(divisors(most))
            self.model.add_linear_expression_in_domain(self.total(c.divisor), values)
            return
        quotient = self.model.new_int_var(1, most // dialect.smallest(divisor, self.bounds), "")
        self.model.add_multiplication_equality(self.total(c.left), [self.total(c.divisor), quotient])

    def total(self, terms):
        return sum(self.term(term) for term in terms)

    def term(self, term):
        coefficient, factors = term.coefficient, []
        for name, exponent in term.powers:
            low, high = self.bounds[name]
            if low == high:
                coefficient *= low**exponent
            else:
                factors += [name] * exponent
        if not factors:
            return coefficient
        fixed = coefficient // term.coefficient
        cap = self.caps.get(term.powers)
        return coefficient * self.product(tuple(factors), None if cap is None else cap // fixed)

    def product(self, factors, cap):
        """The product of free variables, which no solution has beyond the cap."""
        if len(factors) == 1:
            return self.variables[factors[0]]
        if factors not in self.products:
            low, high = (math.prod(self.bounds[name][end] for name in factors) for end in (0, 1))
            high = high if cap is None else min(high, cap)
            head, tail = self.product(factors[:-1], cap), self.variables[factors[-1]]
            variable = self.model.new_int_var(low, max(low, high), "*".join(factors))
            self.model.add_multiplication_equality(variable, [head, tail])
            self.products[factors] = variable
        return self.products[factors]


def divisors(number):
    return [d for d in range(1, number + 1) if number % d == 0]


def solver():
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    return solver


def one_by_one(encoding, order):
    """Optimises a variable after the other and fixes each; none where there is no solution. Also the CPU seconds."""
    model, best, seconds = encoding.model, None, 0.0
    for name, end in order:
        low, high = encoding.bounds[name]
        wanted = high if end == "max" else low
        # Nothing can be better than the bound.
        if best is None or best[name] != wanted:
            variable = encoding.variables[name]
            model.maximize(variable) if end == "max" else model.minimize(variable)
            model.clear_hints()
            for other, value in (best or {}).items():
                model.add_hint(encoding.variables[other], value)
            status, best, spent = ask(encoding)
            seconds += spent
            if status == cp_model.INFEASIBLE:
                return None, seconds
        model.add(encoding.variables[name] == best[name])
    return best, seconds


def at_once(encoding, order):
    """Branches in the order, best end first, so that the first solution is the answer."""
    for name, end in order:
        select = cp_model.SELECT_MAX_VALUE if end == "max" else cp_model.SELECT_MIN_VALUE
        encoding.model.add_decision_strategy([encoding.variables[name]], cp_model.CHOOSE_FIRST, select)

    def fix(parameters):
        parameters.search_branching = cp_model.FIXED_SEARCH
        parameters.keep_all_feasible_solutions_in_presolve = True

    _, best, seconds = ask(encoding, fix)
    return best, seconds


def ask(encoding, configure=lambda parameters: None):
    s = solver()
    configure(s.parameters)
    start = time.process_time()
    status = s.solve(encoding.model)
    seconds = time.process_time() - start
    if status not in (cp_model.OPTIMAL, cp_model.INFEASIBLE, cp_model.FEASIBLE):
        raise RuntimeError(f"CP-SAT answers {s.status_name(status)}: {encoding.model.validate()}")
    found = status != cp_model.INFEASIBLE
    values = {name: s.value(variable) for name, variable in encoding.variables.items()} if found else None
    return status, values, seconds


def first(text, order, ask_for):
    """The first solution in the order or none, CPU seconds in CP-SAT, and CPU seconds with building the model.

    Where the bounds alone refute the text, CP-SAT is not asked and its seconds are none.
    """
    start = time.process_time()
    try:
        encoding = Encoding(dialect.parse(text))
    except dialect.Empty:
        return None, None, time.process_time() - start
    values, seconds = ask_for(encoding, order)
    return values, seconds, time.process_time() - start
