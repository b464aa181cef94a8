"""What an expression of a tiling problem means, by Python itself: `/` exactly, by fractions."""

import ast
from fractions import Fraction


def ceil_div(a, b):
    return -(-a // b)


class Exact(ast.NodeTransformer):
    """Quotients as fractions."""

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, ast.Div):
            return ast.Call(ast.Name("Fraction", ast.Load()), [node.left, node.right], [])
        return node


GLOBALS = {"__builtins__": {}, "abs": abs, "min": min, "max": max, "ceil_div": ceil_div, "Fraction": Fraction}


def compiled(text):
    """A function from a configuration to the expression's value."""
    tree = ast.fix_missing_locations(Exact().visit(ast.parse(text, mode="eval")))
    code = compile(tree, text, "eval")
    return lambda values: eval(code, GLOBALS, values)  # noqa: S307, on texts of our own


def goals(problem):
    """The objectives as (direction, text), the first first."""
    objective = problem["objective"]
    return [pair for goal in objective.get("lexicographic", [objective]) for pair in goal.items()]


def faults(problem, config):
    """The constraints that a configuration violates."""
    return [text for text in problem["constraints"] if not compiled(text)(config)]


def worth(problem, config):
    """The objectives' values of a configuration."""
    return [Fraction(compiled(text)(config)) for _, text in goals(problem)]
