#!/usr/bin/env python3
"""A space in MiniZinc's language, on standard output.

All of it is positive, so that MiniZinc's rounding division is Python's, and where a space has `/`, the quotients are whole:
`peers.py` compares the counts.

usage: minizinc.py SPACE.json
"""

import ast
import sys

import space

OPERATORS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "div", ast.FloorDiv: "div", ast.Mod: "mod",
    ast.Eq: "=", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.And: " /\\ ", ast.Or: " \\/ ",
}  # fmt: skip


def expression(node):
    match node:
        case ast.Constant(value=int(value)):
            return str(value)
        case ast.Name(id=name):
            return name
        case ast.BinOp(left=left, op=op, right=right):
            return f"({expression(left)} {OPERATORS[type(op)]} {expression(right)})"
        case ast.BoolOp(op=op, values=values):
            return "(" + OPERATORS[type(op)].join(map(expression, values)) + ")"
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            sides = [expression(side) for side in [left, *comparators]]
            pairs = [f"{left} {OPERATORS[type(op)]} {right}" for left, op, right in zip(sides, ops, sides[1:])]
            return "(" + " /\\ ".join(pairs) + ")"
        case _:
            raise ValueError(f"no translation of {ast.unparse(node)}")


def model(asked):
    # A constant where there is one value: less for Gecode to do.
    for name, values in asked.values.items():
        listed = ", ".join(map(str, values))
        yield f"int: {name} = {listed};" if len(values) == 1 else f"var {{{listed}}}: {name};"
    for constraint in asked.constraints:
        yield f"constraint {expression(ast.parse(constraint, mode='eval').body)};"
    yield "solve satisfy;"


if __name__ == "__main__":
    print("\n".join(model(space.read(sys.argv[1]))))
