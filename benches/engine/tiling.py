#!/usr/bin/env python3
"""Random tiling problems with constrint and with CP-SAT, one worker each: Markdown tables of solving and of counting.

`run.sh --tiling` calls it. A solution is checked by Python, and an optimum that is not CP-SAT's is told at once,
counted, and fails the run.

| file | holds |
| --- | --- |
| `tiling_problems.py` | the problems, from a seed |
| `tiling_meaning.py` | what their expressions mean in Python |
| `tiling_cpsat.py` | CP-SAT's model of a problem, and its optimum |
"""

import argparse
import json
import math
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import tiling_meaning
import tiling_problems

# Below this, times compare processes' habits rather than solvers.
MATTERS_MS = 5
PROVED = ("optimal", "infeasible")


@dataclass
class Answer:
    status: str
    config: dict
    milliseconds: float

    def proved(self):
        return self.status in PROVED


@dataclass
class Case:
    """A problem, and what both make of it."""

    family: str
    problem: dict
    path: Path
    ours: Answer = None
    theirs: Answer = None
    counted: dict = None

    def ratio(self):
        return self.theirs.milliseconds / max(self.ours.milliseconds, 1e-3)

    def loses(self):
        slower = max(self.ours.milliseconds, self.theirs.milliseconds)
        return self.ratio() < 1 and slower > MATTERS_MS

    def fault(self):
        """What is wrong with the answers, if anything is."""
        for who, answer in (("constrint", self.ours), ("CP-SAT", self.theirs)):
            if answer and answer.config and tiling_meaning.faults(self.problem, answer.config):
                return f"{who}'s configuration violates a constraint"
        if not self.theirs or not (self.ours.proved() and self.theirs.proved()):
            return None
        if self.ours.status != self.theirs.status:
            return f"{self.ours.status}, but {self.theirs.status} for CP-SAT"
        if self.ours.config:
            worths = [tiling_meaning.worth(self.problem, answer.config) for answer in (self.ours, self.theirs)]
            if worths[0] != worths[1]:
                return f"{shown(worths[0])}, but {shown(worths[1])} for CP-SAT"
        return None


def shown(worth):
    return ", ".join(map(str, worth))


def call(binary, *arguments):
    """The object that a call prints, its CPU seconds and its peak memory in bytes."""
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen([binary, *map(str, arguments)], stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    if process.returncode not in (0, 1, 3):
        raise RuntimeError(f"exit code {process.returncode} of {arguments}")
    return json.loads(text), usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def solve(binary, case, limit_seconds):
    limits = ["--threads", 1, "--time-limit", f"{limit_seconds}s", "--no-cache"]
    answer, _, _ = call(binary, "solve", "--json", *limits, case.path)
    return Answer(answer["status"], answer.get("config"), answer["statistics"]["solve_ms"])


def solve_cpsat(problem, limit_seconds):
    import tiling_cpsat

    answer = tiling_cpsat.optimum(problem, limit_seconds)
    return Answer(answer.status, answer.config, answer.seconds * 1e3)


def least_of(repeat, ask):
    """The quickest of some runs; one that takes long is not repeated."""
    best = ask()
    for _ in range(repeat - 1):
        if best.milliseconds > 1000:
            break
        best = min(best, ask(), key=lambda answer: answer.milliseconds)
    return best


def count(binary, case, limit_seconds):
    answer, seconds, bytes_ = call(binary, "count", "--json", "--threads", 1, "--time-limit", f"{limit_seconds}s", case.path)
    return {"done": "count" in answer, "seconds": seconds, "bytes": bytes_}


def run(arguments, folder):
    # A child's peak memory starts at its parent's, which OR-Tools would raise: CP-SAT has a process of its own.
    drawn_problems = tiling_problems.problems(arguments.seed, arguments.count)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as cpsat:
        return [answered(arguments, folder, cpsat, *drawn) for drawn in drawn_problems]


def answered(arguments, folder, cpsat, family, problem):
    path = Path(folder) / f"{problem['name'].replace(' ', '-')}.json"
    path.write_text(json.dumps(problem, indent=2))
    case = Case(family, problem, path)
    case.ours = least_of(arguments.repeat, lambda: solve(arguments.binary, case, arguments.limit))
    if arguments.cpsat:
        ask = lambda: cpsat.submit(solve_cpsat, problem, arguments.limit).result()  # noqa: E731
        case.theirs = least_of(arguments.repeat, ask)
    case.counted = count(arguments.binary, case, arguments.count_limit)
    fault = case.fault()
    if fault:
        print(f"WRONG {problem['name']}: {fault}", file=sys.stderr)
    return case


def quantile(numbers, part):
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, math.ceil(part * len(ordered)) - 1)]


def row(*cells):
    return "| " + " | ".join(map(str, cells)) + " |"


def number(value):
    return f"{value:,.2f}" if value < 100 else f"{value:,.0f}"


def compared(name, cases):
    """How many times ours CP-SAT takes on these cases."""
    ratios = [case.ratio() for case in cases]
    ours, theirs = ([getattr(case, who).milliseconds for case in cases] for who in ("ours", "theirs"))
    return row(
        name,
        len(cases),
        *map(number, (statistics.median(ours), max(ours), statistics.median(theirs), max(theirs))),
        *map(number, (min(ratios), statistics.median(ratios), statistics.geometric_mean(ratios), max(ratios))),
        sum(case.loses() for case in cases),
    )


def beside_cpsat(cases):
    head = [
        "family",
        "problems",
        "ours, median ms",
        "worst",
        "CP-SAT, median ms",
        "worst",
        "CP-SAT takes times ours: least",
        "median",
        "geometric mean",
        "largest",
        f"CP-SAT quicker (one over {MATTERS_MS} ms)",
    ]
    lines = [row(*head), row(*["---"] * len(head))]
    for family in tiling_problems.FAMILIES:
        of_family = [case for case in cases if case.family == family]
        lines += [compared(family, of_family)] if of_family else []
    lines.append(compared("all", cases))
    losing = sorted((case for case in cases if case.loses()), key=Case.ratio)
    if losing:
        lines += ["", "CP-SAT is quicker on:", ""]
    lines += [
        f"- {case.problem['name']}: {number(case.ours.milliseconds)} ms, {case.ours.status}; "
        f"CP-SAT {number(case.theirs.milliseconds)} ms, {case.theirs.status}"
        for case in losing
    ]
    return lines


def solving(cases):
    times = [case.ours.milliseconds for case in cases]
    unproved = sum(not case.ours.proved() for case in cases)
    infeasible = sum(case.ours.status == "infeasible" for case in cases)
    quantiles = ", ".join(f"{name} {number(quantile(times, q))} ms" for name, q in QUANTILES)
    return [
        f"{len(cases)} problems, {infeasible} of them infeasible, {unproved} not proved within the limit. Our time to solve: "
        f"{quantiles}; over 200 ms: {sum(t > 200 for t in times)}; over 1 s: {sum(t > 1000 for t in times)}.",
    ]


QUANTILES = [("median", 0.5), ("9 in 10", 0.9), ("99 in 100", 0.99), ("all", 1.0)]


def counting(cases):
    seconds = [case.counted["seconds"] for case in cases]
    megabytes = [case.counted["bytes"] / 1e6 for case in cases]
    head = ["`count`, the whole process", *(name for name, _ in QUANTILES), "over the target"]
    return [
        row(*head),
        row(*["---"] * len(head)),
        row("CPU s", *(number(quantile(seconds, q)) for _, q in QUANTILES), f"{sum(s > 1 for s in seconds)} over 1 s"),
        row("peak MB", *(number(quantile(megabytes, q)) for _, q in QUANTILES), f"{sum(m > 200 for m in megabytes)} over 200"),
        "",
        f"{sum(not case.counted['done'] for case in cases)} counts were not done within the limit.",
    ]


def records(cases):
    for case in cases:
        sides = {"ours": case.ours, "theirs": case.theirs}
        yield {
            "name": case.problem["name"],
            **{who: [answer.status, answer.milliseconds] for who, answer in sides.items() if answer},
            "count": case.counted,
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, help="constrint")
    parser.add_argument("--seed", type=int, default=1, help="of the problems")
    parser.add_argument("--count", type=int, default=480, help="how many problems")
    parser.add_argument("--limit", type=float, default=60, help="seconds to solve a problem")
    parser.add_argument("--count-limit", type=float, default=20, help="seconds to count its solutions")
    parser.add_argument("--repeat", type=int, default=1, help="the quickest of so many runs")
    parser.add_argument("--no-cpsat", dest="cpsat", action="store_false", help="ours alone")
    parser.add_argument("--problems", help="keep the problems in this folder")
    parser.add_argument("--records", help="write what each problem took, as JSON lines")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.problems or temporary
        os.makedirs(folder, exist_ok=True)
        cases = run(arguments, folder)
    if arguments.records:
        Path(arguments.records).write_text("".join(json.dumps(record) + "\n" for record in records(cases)))
    tables = [solving(cases), beside_cpsat(cases) if arguments.cpsat else [], counting(cases)]
    print("\n\n".join("\n".join(table) for table in tables if table))
    wrong = sum(case.fault() is not None for case in cases)
    if wrong:
        print(f"\n{wrong} answers are wrong.")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
