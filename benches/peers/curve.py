#!/usr/bin/env python3
"""The curve of `cargo bench --bench spaces -- --curve`: a plot as SVG, and a Markdown table on standard output.

usage: curve.py CURVE.csv PLOT.svg
"""

import csv
import math
import sys
from collections import defaultdict
from dataclasses import dataclass

COLOURS = ["#0072b2", "#d55e00", "#009e73"]
WIDTH, HEIGHT, TOP, BOTTOM, LEFT = 400, 300, 34, 54, 74
# Powers of ten on the common axis of solutions.
SOLUTIONS = (2, 21)


@dataclass
class Point:
    """A member of a family."""

    size: int
    solutions: int
    nodes: int
    diagram_bytes: int
    cpu_ms: float
    peak_bytes: int


def read(path):
    families = defaultdict(list)
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = row.pop("family")
            numbers = {key: float(cell) if key == "cpu_ms" else int(cell or 0) for key, cell in row.items()}
            families[name].append(Point(**numbers))
    return dict(families)


class Panel:
    """Axes, both in powers of ten, and what is drawn on them."""

    def __init__(self, left, title, powers, label):
        self.left, self.powers, self.parts = left, powers, []
        self.text(left + WIDTH / 2, TOP - 12, title, 'font-weight="bold"')
        self.text(left + WIDTH / 2, TOP + HEIGHT + 40, "solutions")
        for power in range(SOLUTIONS[0], SOLUTIONS[1] + 1):
            at = self.x(10**power)
            self.grid(at, TOP, at, TOP + HEIGHT)
            if power % 3 == 0:
                self.text(at, TOP + HEIGHT + 18, tick(power))
        for power in range(powers[0], powers[1] + 1):
            at = self.y(10.0**power)
            self.grid(left, at, left + WIDTH, at)
            self.text(left - 8, at + 4, label(power), 'text-anchor="end"')

    def x(self, solutions):
        least, greatest = SOLUTIONS
        return self.left + WIDTH * (math.log10(solutions) - least) / (greatest - least)

    def y(self, value):
        least, greatest = self.powers
        return TOP + HEIGHT - HEIGHT * (math.log10(value) - least) / (greatest - least)

    def grid(self, *ends):
        x1, y1, x2, y2 = (f"{end:.1f}" for end in ends)
        self.parts.append(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#ddd"/>')

    def text(self, x, y, words, attributes=""):
        anchor = "" if "anchor" in attributes else ' text-anchor="middle"'
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}"{anchor} {attributes}>{words}</text>')

    def curve(self, points, colour, dashes=""):
        at = [(self.x(solutions), self.y(value)) for solutions, value in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" {dashes}/>')
        if not dashes:
            self.parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in at]

    def proportional(self, each, words):
        """What grows with the solutions, from where it enters the panel to where it leaves it."""
        ends = [max(10 ** SOLUTIONS[0], 10 ** self.powers[0] / each), 10 ** self.powers[1] / each]
        self.curve([(end, end * each) for end in ends], "#888", 'stroke-dasharray="5 4"')
        x, y = self.x(ends[1]), TOP
        self.text(x + 8, y + 16, words, 'text-anchor="start" fill="#666"')


def tick(power):
    return f'10<tspan dy="-5" font-size="9">{power}</tspan>'


def seconds(power):
    return {-4: "0.1 ms", -3: "1 ms", -2: "10 ms", -1: "0.1 s", 0: "1 s", 1: "10 s"}[power]


def amount(power):
    units = ["B", "kB", "MB", "GB"]
    return f"{10 ** (power % 3)} {units[power // 3]}"


def plot(families):
    second = 2 * LEFT + WIDTH
    time = Panel(LEFT, "CPU time, from JSON to the diagram", (-4, 1), seconds)
    space = Panel(second, "bytes of the diagram", (3, 8), amount)
    time.proportional(40e-9, "40 ns a solution")
    space.proportional(8, "8 bytes a solution")
    for colour, points in zip(COLOURS, families.values()):
        time.curve([(point.solutions, point.cpu_ms / 1e3) for point in points], colour)
        space.curve([(point.solutions, point.diagram_bytes) for point in points], colour)
    parts = time.parts + space.parts
    for index, (colour, name) in enumerate(zip(COLOURS, families)):
        x, y = LEFT + index * 190, TOP + HEIGHT + BOTTOM + 18
        parts.append(f'<circle cx="{x}" cy="{y - 4}" r="3.5" fill="{colour}"/>')
        parts.append(f'<text x="{x + 10}" y="{y}">{name}</text>')
    width, height = second + WIDTH + 20, TOP + HEIGHT + BOTTOM + 32
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12" fill="#222">',
        "<title>Solutions against CPU time and against bytes</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        *parts,
        "</svg>\n",
    ])  # fmt: skip


def table(families):
    yield "| family | size | solutions | nodes | diagram kB | CPU ms | peak MB of the process |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for name, points in families.items():
        for point in points:
            peak = f"{point.peak_bytes / 1e6:.1f}" if point.peak_bytes else "-"
            cells = [name, point.size, f"{point.solutions:,}", f"{point.nodes:,}", f"{point.diagram_bytes / 1e3:,.1f}"]
            yield "| " + " | ".join(map(str, [*cells, f"{point.cpu_ms:,.2f}", peak])) + " |"


def main():
    families = read(sys.argv[1])
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(plot(families))
    print("\n".join(table(families)))


if __name__ == "__main__":
    main()
