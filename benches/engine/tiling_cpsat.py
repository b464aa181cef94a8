"""A native tiling problem as a CP-SAT model, and its optimum with one worker.

Covers what `tiling_problems.py` writes: `+ - *`, `//`, `%`, `ceil_div`, `abs`, `min`, `max`, comparisons, `in {…}`,
`and`, `or`, `x if c else y`, and `/` as the whole of an objective, exactly. Dividends are not negative and divisors
positive, so that CP-SAT's truncating division is Python's.
"""

import ast
import time
from dataclasses import dataclass

from ortools.sat.python import cp_model
from tiling_meaning import goals
from tiling_problems import members

COMPARISONS = {
    ast.Eq: lambda l, r: l == r,
    ast.NotEq: lambda l, r: l != r,
    ast.LtE: lambda l, r: l <= r,
    ast.GtE: lambda l, r: l >= r,
    ast.Lt: lambda l, r: l < r,
    ast.Gt: lambda l, r: l > r,
}


@dataclass
class Number:
    """A linear expression of CP-SAT, or an integer, and its bounds by interval arithmetic."""

    term: object
    low: int
    high: int


class Encoding:
    """Functions become auxiliary variables, shared where the same text occurs twice."""

    def __init__(self, problem):
        self.model = cp_model.CpModel()
        self.variables, self.numbers = {}, {}
        for name, of in problem["variables"].items():
            domain = members(of)
            variable = self.model.new_int_var_from_domain(cp_model.Domain.from_values(domain), name)
            self.variables[name] = Number(variable, min(domain), max(domain))
        for text in problem["constraints"]:
            self.require(ast.parse(text, mode="eval").body)

    def require(self, node):
        match node:
            case ast.BoolOp(ast.And()):
                for part in node.values:
                    self.require(part)
            case ast.Compare():
                for relation, _ in self.relations(node):
                    self.model.add(relation)
            case _:
                self.model.add_bool_or([self.literal(node)])

    def relations(self, node):
        """The relations of a chain, each with what holds where it does not."""
        left = node.left
        for operator, right in zip(node.ops, node.comparators):
            if isinstance(operator, ast.In):
                allowed = cp_model.Domain.from_values([element.value for element in right.elts])
                term = self.number(left).term
                yield (
                    cp_model.BoundedLinearExpression(term, allowed),
                    cp_model.BoundedLinearExpression(term, allowed.complement()),
                )
            else:
                sides = self.number(left).term, self.number(right).term
                yield COMPARISONS[type(operator)](*sides), COMPARISONS[type(negation(operator))](*sides)
            left = right

    def literal(self, node):
        """A literal that is true where the node is."""
        match node:
            case ast.UnaryOp(ast.Not()):
                return ~self.literal(node.operand)
            case ast.BoolOp():
                literals = [self.literal(part) for part in node.values]
            case ast.Compare():
                literals = [self.reified(*pair) for pair in self.relations(node)]
            case ast.IfExp():
                test, body, other = (self.literal(part) for part in (node.test, node.body, node.orelse))
                return self.any_of([self.all_of([test, body]), self.all_of([~test, other])])
            case _:
                raise ValueError(f"no condition: {ast.unparse(node)}")
        return self.any_of(literals) if isinstance(getattr(node, "op", None), ast.Or) else self.all_of(literals)

    def reified(self, relation, opposite):
        literal = self.model.new_bool_var("")
        self.model.add(relation).only_enforce_if(literal)
        self.model.add(opposite).only_enforce_if(~literal)
        return literal

    def any_of(self, literals):
        return ~self.all_of([~literal for literal in literals])

    def all_of(self, literals):
        if len(literals) == 1:
            return literals[0]
        every = self.model.new_bool_var("")
        self.model.add_bool_and(literals).only_enforce_if(every)
        self.model.add_bool_or([~literal for literal in literals]).only_enforce_if(~every)
        return every

    def number(self, node):
        text = ast.unparse(node)
        if text not in self.numbers:
            self.numbers[text] = self.fresh(node)
        return self.numbers[text]

    def fresh(self, node):
        match node:
            case ast.Constant():
                return Number(node.value, node.value, node.value)
            case ast.Name():
                return self.variables[node.id]
            case ast.BinOp():
                return self.binary(node.op, self.number(node.left), self.number(node.right))
            case ast.Call():
                return self.call(node.func.id, [self.number(argument) for argument in node.args])
            case ast.IfExp():
                return self.either(self.literal(node.test), self.number(node.body), self.number(node.orelse))
        raise ValueError(f"not in CP-SAT's model: {ast.unparse(node)}")

    def binary(self, operator, left, right):
        match operator:
            case ast.Add():
                return Number(left.term + right.term, left.low + right.low, left.high + right.high)
            case ast.Sub():
                return Number(left.term - right.term, left.low - right.high, left.high - right.low)
            case ast.Mult():
                return self.product(left, right)
            case ast.FloorDiv():
                return self.quotient(left, right)
            case ast.Mod():
                return self.remainder(left, right)
        raise ValueError(f"not in CP-SAT's model: {operator}")

    def product(self, left, right):
        ends = [a * b for a in (left.low, left.high) for b in (right.low, right.high)]
        if constant(left) or constant(right):
            return Number(left.term * right.term, min(ends), max(ends))
        return self.auxiliary(min(ends), max(ends), self.model.add_multiplication_equality, [left.term, right.term])

    def quotient(self, left, right):
        if left.low < 0 or right.low < 1:
            raise ValueError("a quotient of what may be negative")
        if constant(left) and constant(right):
            return number(left.term // right.term)
        low, high = left.low // right.high, left.high // right.low
        return self.auxiliary(low, high, self.model.add_division_equality, left.term, right.term)

    def remainder(self, left, right):
        if left.low < 0 or right.low < 1:
            raise ValueError("a remainder of what may be negative")
        if constant(left) and constant(right):
            return number(left.term % right.term)
        high = min(left.high, right.high - 1)
        return self.auxiliary(0, high, self.model.add_modulo_equality, left.term, right.term)

    def call(self, name, arguments):
        match name, arguments:
            case "ceil_div", [left, right]:
                rounded = Number(left.term + right.term - 1, left.low + right.low - 1, left.high + right.high - 1)
                ceiling = self.quotient(rounded, right)
                ceiling.low, ceiling.high = -(-left.low // right.high), -(-left.high // right.low)
                return ceiling
            case "abs", [of]:
                low = max(of.low, -of.high, 0)
                return self.auxiliary(low, max(-of.low, of.high), self.model.add_abs_equality, of.term)
            case "min" | "max", _:
                which = min if name == "min" else max
                add = self.model.add_min_equality if name == "min" else self.model.add_max_equality
                low, high = (which(getattr(a, end) for a in arguments) for end in ("low", "high"))
                return self.auxiliary(low, high, add, [a.term for a in arguments])
        raise ValueError(f"not in CP-SAT's model: {name}")

    def either(self, test, left, right):
        chosen = self.model.new_int_var(min(left.low, right.low), max(left.high, right.high), "")
        self.model.add(chosen == left.term).only_enforce_if(test)
        self.model.add(chosen == right.term).only_enforce_if(~test)
        return Number(chosen, min(left.low, right.low), max(left.high, right.high))

    def auxiliary(self, low, high, add, *arguments):
        variable = self.model.new_int_var(low, high, "")
        add(variable, *arguments)
        return Number(variable, low, high)

    def fraction(self, text):
        """An objective's numerator and denominator; without `/`, the latter is 1."""
        node = ast.parse(text, mode="eval").body
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return self.number(node.left), self.number(node.right)
        return self.number(node), number(1)

    def integral(self, over, under):
        """An integer that orders solutions as the fraction does, exactly, or none where it leaves 64 bits.

        Two fractions with denominators up to q are 1/q^2 apart or equal, so that floors of q^2 times them differ where
        they do.
        """
        if constant(under):
            return over.term
        scale = under.high**2
        return None if scale * over.high >= 1 << 62 else self.quotient(self.product(number(scale), over), under).term


def negation(operator):
    pairs = [(ast.Eq, ast.NotEq), (ast.LtE, ast.Gt), (ast.GtE, ast.Lt)]
    opposite = dict(pairs) | {b: a for a, b in pairs}
    return opposite[type(operator)]()


def number(value):
    return Number(value, value, value)


def constant(of):
    return of.low == of.high and isinstance(of.term, int)


@dataclass
class Answer:
    """`optimal`, `infeasible` or `unknown`; seconds are those of CP-SAT's own solve calls."""

    status: str
    config: dict
    seconds: float


class Unfinished(Exception):
    """The time is over, or there is no solution: what is known."""


class Solver:
    """CP-SAT with one worker on a growing model, with one limit for all calls."""

    def __init__(self, problem, limit_seconds):
        self.encoding = Encoding(problem)
        self.answer = Answer("unknown", None, 0.0)
        self.limit_seconds = limit_seconds

    def best(self, direction, goal):
        """Makes the goal best; the solution is then the hint of the next call."""
        model = self.encoding.model
        model.maximize(goal) if direction == "maximize" else model.minimize(goal)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_time_in_seconds = max(self.limit_seconds - self.answer.seconds, 0.001)
        start = time.process_time()
        status = solver.solve(model)
        self.answer.seconds += time.process_time() - start
        if status == cp_model.MODEL_INVALID:
            raise RuntimeError(f"CP-SAT refuses the model: {model.validate()}")
        self.answer.status = solver.status_name(status).lower()
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            self.answer.config = {name: solver.value(of.term) for name, of in self.encoding.variables.items()}
        if status != cp_model.OPTIMAL:
            raise Unfinished
        model.clear_hints()
        for name, of in self.encoding.variables.items():
            model.add_hint(of.term, self.answer.config[name])
        return solver

    def fix(self, direction, text):
        """Makes the objective best, and that a constraint."""
        over, under = self.encoding.fraction(text)
        goal = self.encoding.integral(over, under)
        if goal is None:
            p, q = self.best_fraction(direction, over, under)
            self.encoding.model.add(over.term * q == under.term * p)
        else:
            solver = self.best(direction, goal)
            self.encoding.model.add(goal == solver.value(goal))

    def best_fraction(self, direction, over, under):
        """Dinkelbach's method: the best p/q is where nothing improves on p * under == q * over."""
        solver = self.best(direction, over.term)
        while True:
            p, q = solver.value(over.term), solver.value(under.term)
            gain = q * over.term - p * under.term
            solver = self.best(direction, gain)
            if solver.value(gain) == 0:
                return p, q


def optimum(problem, limit_seconds):
    """One objective after the other; each optimum is then a constraint."""
    solver = Solver(problem, limit_seconds)
    try:
        for direction, text in goals(problem):
            solver.fix(direction, text)
    except Unfinished:
        pass
    return solver.answer
