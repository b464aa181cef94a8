"""The ConstrINT dialect as data for peers: statements of sums of products, and what bounds they imply.

Written apart from the Rust parser, on the grammar that the published package states.
"""

import math
import re
from dataclasses import dataclass, field

LARGEST = 1 << 30

# Bounds that still move after so many rounds creep by ones; CP-SAT may have the rest.
ROUNDS = 20


@dataclass(frozen=True)
class Term:
    """A coefficient times powers of variables, the latter as (name, exponent) pairs."""

    coefficient: int
    powers: tuple = ()


@dataclass
class Comparison:
    """`left <= right` or `left == right`, sides being lists of terms; or, with a divisor, `left % divisor == 0`."""

    operator: str
    left: list
    right: list = field(default_factory=list)
    divisor: list = None
    values: list = None  # of `left == [1, 2, 3]`


def product(text):
    coefficient, powers = 1, {}
    for factor in text.split("*"):
        base, _, exponent = factor.partition("^")
        exponent = int(exponent or 1)
        if base.lstrip("-").isdigit():
            coefficient *= int(base) ** exponent
        else:
            powers[base] = powers.get(base, 0) + exponent
    return Term(coefficient, tuple(sorted(powers.items())))


def total(text):
    return [product(part) for part in text.split("+")]


def comparison(text):
    parts = re.split(r"(==|<=)", text)
    if len(parts) != 3:
        raise ValueError(f"one == or <= expected in `{text}`")
    left, operator, right = parts
    if right.startswith("["):
        values = sorted(int(value) for value in right.strip("[]").split(","))
        return Comparison("in", total(left), values=values)
    if "%" in left:
        if (operator, right) != ("==", "0"):
            raise ValueError(f"a remainder other than 0 in `{text}`")
        dividend, divisor = left.split("%")
        return Comparison("divides", total(dividend), divisor=total(divisor))
    return Comparison(operator, total(left), total(right))


def parse(text):
    """A list of statements, each a list of alternatives."""
    lines = [line.split("#")[0] for line in text.split("\n")]
    text = re.sub(r"[\s()]", "", "".join(lines))
    return [[comparison(part) for part in statement.split("|")] for statement in text.split(";") if statement]


def names(statements):
    terms = (t for s in statements for c in s for side in (c.left, c.right, c.divisor or []) for t in side)
    return list(dict.fromkeys(name for t in terms for name, _ in t.powers))


def smallest(term, bounds):
    return term.coefficient * math.prod(bounds[name][0] ** exponent for name, exponent in term.powers)


def largest(term, bounds):
    return term.coefficient * math.prod(bounds[name][1] ** exponent for name, exponent in term.powers)


class Empty(Exception):
    """No value is left: there is no solution."""


def narrow(bounds, name, low=None, high=None):
    old_low, old_high = bounds[name]
    new = max(old_low, low if low is not None else old_low), min(old_high, high if high is not None else old_high)
    if new[0] > new[1]:
        raise Empty
    bounds[name] = new
    return new != (old_low, old_high)


def root(value, exponent):
    """The largest integer whose power is at most the value, which is not negative."""
    low, high = 0, 1 << (value.bit_length() // exponent + 1)
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**exponent <= value else (low, middle)
    return low


def at_most(left, right, bounds, caps):
    """Bounds from `left <= right`, where nothing is negative. Also caps what each product can come to."""
    changed = False
    most = sum(largest(term, bounds) for term in right)
    least = sum(smallest(term, bounds) for term in left)
    if least > most:
        raise Empty
    for term in left:
        room = most - (least - smallest(term, bounds))
        cap = room // term.coefficient
        caps[term.powers] = min(caps.get(term.powers, cap), cap)
        for name, exponent in term.powers:
            others = smallest(term, bounds) // bounds[name][0] ** exponent
            changed |= narrow(bounds, name, high=root(room // others, exponent))
    for term in right:
        need = least - (most - largest(term, bounds))
        for name, exponent in term.powers:
            others = largest(term, bounds) // bounds[name][1] ** exponent
            if need > 0:
                below = root((need - 1) // others, exponent)  # its power is too small
                changed |= narrow(bounds, name, low=below + 1)
        # Narrowing changes what was summed up.
        most = sum(largest(term, bounds) for term in right)
    return changed


def bounds_of(statements):
    """Bounds of each variable and caps of each product from interval reasoning.

    Without them the products of undeclared variables overflow the 64 bits of CP-SAT.
    """
    bounds, caps = {name: (1, LARGEST) for name in names(statements)}, {}
    for _ in range(ROUNDS):
        changed = False
        for alternatives in statements:
            if len(alternatives) == 1:
                changed |= from_comparison(alternatives[0], bounds, caps)
        if not changed:
            break
    return bounds, caps


def from_comparison(c, bounds, caps):
    if c.operator == "in":
        ((name, _),) = c.left[0].powers
        return narrow(bounds, name, c.values[0], c.values[-1])
    if c.operator == "divides":
        return at_most(c.divisor, c.left, bounds, caps)
    changed = at_most(c.left, c.right, bounds, caps)
    if c.operator == "==":
        changed |= at_most(c.right, c.left, bounds, caps)
    return changed
