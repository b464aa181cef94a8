#!/usr/bin/env python3
"""CP-SAT counts all solutions of a space, one worker, within a time. CPU time, with building the model.

Solutions are counted as they are found, without being kept.

usage: cpsat.py SPACE.json SECONDS
"""

import ast
import sys
import time

from ortools.sat.python import cp_model

import space

OPPOSITE = {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt}
COMPARE = {
    ast.Eq: lambda left, right: left == right,
    ast.NotEq: lambda left, right: left != right,
    ast.Lt: lambda left, right: left < right,
    ast.LtE: lambda left, right: left <= right,
    ast.Gt: lambda left, right: left > right,
    ast.GtE: lambda left, right: left >= right,
}


class Builder:
    """A model of a space. A term is a variable or a constant with its least and greatest value."""

    def __init__(self, asked):
        self.model = cp_model.CpModel()
        self.variables = {name: self.variable(name, values) for name, values in asked.values.items()}
        for constraint in asked.constraints:
            self.model.add_bool_or(self.literal(ast.parse(constraint, mode="eval").body))

    def variable(self, name, values):
        domain = cp_model.Domain.from_values(values)
        return self.model.new_int_var_from_domain(domain, name), min(values), max(values)

    def term(self, node):
        match node:
            case ast.Constant(value=int(value)):
                return value, value, value
            case ast.Name(id=name):
                return self.variables[name]
            case ast.BinOp(left=left, op=op, right=right):
                return self.operation(self.term(left), op, self.term(right))
            case _:
                raise ValueError(f"no translation of {ast.unparse(node)}")

    def operation(self, left, op, right):
        (x, least_x, greatest_x), (y, least_y, greatest_y) = left, right
        match op:
            case ast.Add():
                return x + y, least_x + least_y, greatest_x + greatest_y
            case ast.Sub():
                return x - y, least_x - greatest_y, greatest_x - least_y
        if least_x < 0 or least_y < 0:
            raise ValueError("products, quotients and remainders of what is not negative alone")
        match op:
            case ast.Mult():
                bounds, add = (least_x * least_y, greatest_x * greatest_y), self.model.add_multiplication_equality
                return self.auxiliary(bounds, lambda z: add(z, [x, y]))
            case ast.Div() | ast.FloorDiv():
                bounds = (least_x // max(greatest_y, 1), greatest_x // max(least_y, 1))
                return self.auxiliary(bounds, lambda z: self.model.add_division_equality(z, x, y))
            case ast.Mod():
                return self.auxiliary((0, greatest_y - 1), lambda z: self.model.add_modulo_equality(z, x, y))
        raise ValueError(f"no translation of {op}")

    def auxiliary(self, bounds, define):
        """A variable that is a function of the others."""
        z = self.model.new_int_var(*bounds, "")
        define(z)
        return z, *bounds

    def literal(self, node):
        """True exactly where a condition holds, so that no solution is counted twice."""
        match node:
            case ast.BoolOp(op=op, values=values):
                return self.junction([self.literal(value) for value in values], isinstance(op, ast.And))
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                sides = [self.term(side)[0] for side in [left, *comparators]]
                return self.junction([self.comparison(*pair) for pair in zip(sides, ops, sides[1:])], True)
            case _:
                raise ValueError(f"no translation of {ast.unparse(node)}")

    def junction(self, literals, conjunction):
        if len(literals) == 1:
            return literals[0]
        if not conjunction:
            return self.junction([~literal for literal in literals], True).negated()
        both = self.model.new_bool_var("")
        self.model.add_bool_and(literals).only_enforce_if(both)
        self.model.add_bool_or([~literal for literal in literals]).only_enforce_if(~both)
        return both

    def comparison(self, left, op, right):
        holds = self.model.new_bool_var("")
        self.model.add(COMPARE[type(op)](left, right)).only_enforce_if(holds)
        self.model.add(COMPARE[OPPOSITE[type(op)]](left, right)).only_enforce_if(~holds)
        return holds


class Counter(cp_model.CpSolverSolutionCallback):
    """How many solutions have been found."""

    def __init__(self):
        super().__init__()
        self.solutions = 0

    def on_solution_callback(self):
        self.solutions += 1


def main():
    asked, limit_seconds = space.read(sys.argv[1]), float(sys.argv[2])
    start, counter, solver = time.process_time(), Counter(), cp_model.CpSolver()
    solver.parameters.enumerate_all_solutions = True
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = limit_seconds
    status = solver.solve(Builder(asked).model, counter)
    space.tell(counter.solutions, time.process_time() - start, status in (cp_model.OPTIMAL, cp_model.INFEASIBLE))


if __name__ == "__main__":
    main()
