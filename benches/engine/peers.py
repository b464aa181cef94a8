#!/usr/bin/env python3
"""The cases of `cargo bench --bench engine -- --write FILE` with CP-SAT and with ConstrINT: one Markdown table.

`run.sh` calls it. All times are CPU time. An answer that is not ours is told at once, counted, and fails the run.

| file | holds |
| --- | --- |
| `dialect.py` | text to statements and bounds |
| `cpsat.py` | CP-SAT, a variable after the other and in one fixed search |
| `published.py` | ConstrINT, from the published package |
"""

import argparse
import json
import math
import random
import statistics
import sys
from dataclasses import dataclass, field


@dataclass
class Row:
    """What one solver took, case by case, beside what we took."""

    name: str
    seconds: list = field(default_factory=list)
    ours: list = field(default_factory=list)
    wrong: int = 0
    timeouts: int = 0
    refuted_early: int = 0

    def add(self, case, seconds):
        self.seconds.append(seconds)
        self.ours.append(case["seconds"])

    def compare(self, case, values):
        """Counts an answer that is not ours, on the variables of the order: the others need not be decided."""
        ours = case["values"]
        same = (values is None) == (ours is None)
        if same and values is not None:
            same = all(values[name] == ours[name] for name, _ in case["order"])
        if not same:
            self.wrong += 1
            print(f"MISMATCH {self.name} {case['id']}:\n  {values}\n  ours {ours}", file=sys.stderr)

    def markdown(self):
        median, worst = milliseconds(self.seconds)
        ratios = [theirs / ours for theirs, ours in zip(self.seconds, self.ours)]
        least = " at least" if self.timeouts else ""
        mean = math.exp(statistics.fmean(map(math.log, ratios)))
        cells = [self.name, len(ratios), median, worst, f"{least} {mean:,.1f}".strip(), f"{min(ratios):,.2f}"]
        return "| " + " | ".join(map(str, [*cells, self.wrong, self.timeouts])) + " |"


def milliseconds(seconds):
    return f"{statistics.median(seconds) * 1e3:,.2f}", f"{max(seconds) * 1e3:,.2f}"


def sample(cases, count):
    """A quarter of them infeasible. Drawn, as even steps would meet one number of heads again and again."""
    if count >= len(cases):
        return cases
    infeasible = [case for case in cases if case["values"] is None]
    feasible = [case for case in cases if case["values"] is not None]
    few = min(len(infeasible), -(-count // 4))
    draw = random.Random(1)
    return draw.sample(feasible, min(count - few, len(feasible))) + draw.sample(infeasible, few)


def run_cpsat(cases):
    import cpsat

    rows = []
    for name, ask_for in [("variable by variable", cpsat.one_by_one), ("one fixed search", cpsat.at_once)]:
        solving, building = Row(f"CP-SAT, {name}"), Row(f"CP-SAT, {name}, with building the model in Python")
        for case in cases:
            values, seconds, with_building = cpsat.first(case["text"], case["order"], ask_for)
            solving.compare(case, values)
            building.add(case, with_building)
            if seconds is None:
                solving.refuted_early += 1
            else:
                solving.add(case, seconds)
        building.wrong = solving.wrong
        rows += [solving, building]
    return rows


def run_published(cases, module, limit_seconds):
    import published

    row = Row("ConstrINT, as published")
    for case in cases:
        try:
            values, seconds = published.first(module, case["text"], case["order"], limit_seconds)
            row.compare(case, values)
        except published.TimeOut:
            row.timeouts += 1
            seconds = limit_seconds
        row.add(case, seconds)
        print(f"ConstrINT {case['id']}: {seconds:.1f} s", file=sys.stderr)
    return [row]


def table(cases, rows):
    seconds = [case["seconds"] for case in cases]
    infeasible = sum(case["values"] is None for case in cases)
    median, worst = milliseconds(seconds)
    lines = [
        f"{len(cases)} cases, {infeasible} of them infeasible. CPU time; ours with parsing. Our peak memory: "
        f"{max(case['peak_bytes'] or 0 for case in cases) / 1e6:.0f} MB.",
        "",
        "| solver | cases | median ms | worst ms | times ours, geometric mean | times ours, least | wrong | timeouts |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        f"| constrint | {len(cases)} | {median} | {worst} | 1 | 1 | | |",
        *(row.markdown() for row in rows),
    ]
    for row in rows:
        if row.refuted_early:
            lines += ["", f"{row.name}: {row.refuted_early} cases are refuted while the model is built and not in its times."]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", help="JSON lines")
    parser.add_argument("--published", help="the source of ConstrINT's solver")
    parser.add_argument("--cpsat", type=int, default=0, help="how many cases for CP-SAT")
    parser.add_argument("--constrint", type=int, default=0, help="how many cases for ConstrINT, 10 to 20 s each")
    parser.add_argument("--limit", type=int, default=60, help="CPU seconds for ConstrINT on a case")
    arguments = parser.parse_args()
    with open(arguments.cases, encoding="utf-8") as lines:
        cases = [json.loads(line) for line in lines]
    rows = []
    if arguments.constrint:
        rows += run_published(sample(cases, arguments.constrint), arguments.published, arguments.limit)
    if arguments.cpsat:
        rows += run_cpsat(sample(cases, arguments.cpsat))
    print(table(cases, rows))
    return int(any(row.wrong for row in rows))


if __name__ == "__main__":
    sys.exit(main())
