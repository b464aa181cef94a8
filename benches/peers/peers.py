#!/usr/bin/env python3
"""`constrint` beside what auto-tuners' users would take instead, on public search spaces: one Markdown table.

`run.sh` calls it. A count that is not ours gets no ratio, is told at once, and fails the run.

| file | holds |
| --- | --- |
| `measure.py` | CPU time and peak memory of a command |
| `space.py` | a space from JSON |
| `listed.py` | python-constraint2 |
| `minizinc.py` | a space in MiniZinc's language, for Gecode |
| `cpsat.py` | CP-SAT |
| `curve.py` | the plot and the table of growing spaces, apart from the peers |
"""

import argparse
import json
import math
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import measure

HERE = Path(__file__).parent
SPACES = HERE.parent.parent / "problems" / "spaces"
COMPARED = ["microhh", "hotspot", "gemm_clblast", "prl_8x8", "prl_32x32"]
# No peer lists these. Each is a product: of the choices of the two sides, of seven dimensions and their orders, of the
# choices of two groups of variables that share no constraint.
COUNTED = {"prl_1024x1024": 23_111_088, "tensor_contraction": 175**3 * 70**4 * math.factorial(7)}
FLASHRNN = 67_732 * 176_730
PYTHON, GECODE, CPSAT = "python-constraint2", "Gecode", "CP-SAT"


@dataclass
class Row:
    """One space: its solutions by ours, and CPU seconds run by run."""

    name: str
    path: Path
    solutions: int = 0
    peak: int = 0
    enumerate: list = field(default_factory=list)
    count: list = field(default_factory=list)
    # By peer, CPU seconds run by run; where it did not end in time, and how far it had come.
    peers: dict = field(default_factory=dict)
    unfinished: dict = field(default_factory=dict)
    wrong: list = field(default_factory=list)

    def agree(self, who, solutions):
        if solutions != self.solutions:
            self.wrong.append(who)
            print(f"MISMATCH {self.name}: {who} has {solutions}, ours {self.solutions}", file=sys.stderr)

    def ratio(self, peer):
        """How many times ours a peer takes; none where it has not ended or any count differs."""
        if self.wrong or peer in self.unfinished or peer not in self.peers:
            return None
        return statistics.median(self.peers[peer]) / statistics.median(self.enumerate)

    def cells(self, peers):
        yield from [self.name, f"{self.solutions:,}", milliseconds(self.enumerate), milliseconds(self.count)]
        yield f"{self.peak / 1e6:.1f}"
        for peer in peers:
            yield milliseconds(self.peers.get(peer, []))
            if peer in self.unfinished:
                yield f"not ended, {self.unfinished[peer]:,} found"
            elif peer in self.peers:
                yield "counts differ" if self.wrong else f"{self.ratio(peer):,.0f}"
            else:
                yield ""


def milliseconds(seconds):
    return f"{statistics.median(seconds) * 1e3:,.1f}" if seconds else ""


class Runs:
    """The commands, with a folder for what they write."""

    def __init__(self, constrint, folder, limit_seconds):
        self.constrint, self.folder, self.limit_seconds = constrint, Path(folder), limit_seconds
        self.output = self.folder / "output.txt"

    def ours(self, row):
        csv = self.folder / "rows.csv"
        csv.unlink(missing_ok=True)
        row.enumerate.append(measure.cpu_seconds(self.enumerating(row, csv), self.output))
        row.solutions = measure.lines(csv) - 1
        self.counting(row)

    def counting(self, row):
        row.count.append(measure.cpu_seconds([self.constrint, "count", row.path], self.output))
        counted = int(self.output.read_text())
        if row.solutions:
            row.agree("`count`", counted)
        row.solutions = row.solutions or counted

    def peak(self, row, csv=None):
        command = self.enumerating(row, csv) if csv else [self.constrint, "count", row.path]
        row.peak = measure.peak_bytes(command, self.output)

    def enumerating(self, row, csv):
        return [self.constrint, "enumerate", "--quiet", row.path, "--format", "csv", "--out", csv]

    def peer(self, row, peer, script, *arguments):
        """One that says itself what it took."""
        command = [sys.executable, "-W", "ignore", HERE / script, row.path, *arguments]
        answer = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        row.peers.setdefault(peer, []).append(answer["seconds"])
        if answer["complete"]:
            row.agree(peer, answer["solutions"])
        else:
            row.unfinished[peer] = answer["solutions"]

    def python_constraint(self, row):
        self.peer(row, PYTHON, "listed.py")

    def cpsat(self, row):
        self.peer(row, CPSAT, "cpsat.py", str(self.limit_seconds))

    def gecode(self, row):
        model, flat = self.folder / "model.mzn", self.folder / "model.fzn"
        with open(model, "wb") as file:
            subprocess.run([sys.executable, "-W", "ignore", HERE / "minizinc.py", row.path], stdout=file, check=True)
        flatten = ["minizinc", "-c", "--solver", "gecode", model, "-o", flat, "--no-output-ozn"]
        subprocess.run(flatten, stderr=subprocess.DEVNULL, check=True)
        row.peers.setdefault(GECODE, []).append(measure.cpu_seconds(["fzn-gecode", "-a", flat], self.output))
        with open(self.output, "rb") as file:
            row.agree(GECODE, sum(line.startswith(b"-----") for line in file))


def compare(runs, rows, arguments):
    """In turn, so that what else the machine does falls on all alike."""
    for turn in range(arguments.rounds):
        for row in rows:
            runs.ours(row)
            runs.python_constraint(row)
            # They take so much longer that once is enough.
            if turn == 0 and arguments.gecode:
                runs.gecode(row)
            if turn == 0 and arguments.cpsat:
                runs.cpsat(row)
        print(f"round {turn + 1} of {arguments.rounds}", file=sys.stderr)
    for row in rows:
        runs.peak(row, runs.folder / "rows.csv")


def counted(runs, arguments):
    spaces = [(name, SPACES / f"{name}.json", solutions) for name, solutions in COUNTED.items()]
    if arguments.flashrnn:
        spaces.append(("flashrnn, lstm bf16 768 × 1, batch 64, H100", arguments.flashrnn, FLASHRNN))
    for name, path, solutions in spaces:
        row = Row(name, path)
        for _ in range(arguments.rounds):
            runs.counting(row)
        runs.peak(row)
        row.agree("the product of the parts", solutions)
        yield row


def table(rows, peers):
    head = ["space", "solutions", "enumerate ms", "count ms", "peak MB"]
    head += [cell for peer in peers for cell in (f"{peer} ms", "times ours")]
    yield line(head)
    yield line(["---"] * len(head))
    yield from (line(row.cells(peers)) for row in rows)
    ratios = {peer: [ratio for row in rows if (ratio := row.ratio(peer))] for peer in peers}
    mean = {peer: math.exp(statistics.fmean(map(math.log, found))) for peer, found in ratios.items() if found}
    for name, of in [("geometric mean", mean.get), ("least", lambda peer: min(ratios[peer], default=None))]:
        compared = len([row for row in rows if row.enumerate])
        cells = [[f"{len(ratios[peer])} of {compared} spaces", f"{of(peer):,.0f}" if of(peer) else "-"] for peer in peers]
        yield line([name, "", "", "", "", *(cell for pair in cells for cell in pair)])


def line(cells):
    return "| " + " | ".join(cells) + " |"


def in_memory(path):
    """The line of `cargo bench --bench spaces -- --nested`, in words."""
    times = json.loads(Path(path).read_text(encoding="utf-8"))
    loops, build, walk, listed = (times[f"{name}_ms"] for name in ["loops", "build", "walk", "list"])
    return (
        f"hotspot in memory, in one process: loops written by hand in Rust list it in {loops:.1f} ms. Our diagram is built "
        f"in {build:.1f} ms; with a walk over all rows that is {walk:.1f} ms, **{walk / loops:.2f} times** the loops, and "
        f"with the rows listed in memory like theirs {listed:.1f} ms, **{listed / loops:.2f} times**."
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("constrint", help="the program, built in release")
    parser.add_argument("folder", help="for what the runs write")
    parser.add_argument("--nested", help="what the bench `spaces` told of nested loops")
    parser.add_argument("--flashrnn", help="FlashRNN's text, where it is there")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--gecode", action="store_true")
    parser.add_argument("--cpsat", action="store_true")
    parser.add_argument("--limit", type=float, default=60, help="seconds for CP-SAT on a space")
    arguments = parser.parse_args()
    peers = [PYTHON]
    if arguments.gecode and not (shutil.which("minizinc") and shutil.which("fzn-gecode")):
        print("no minizinc with fzn-gecode is installed: Gecode is left out", file=sys.stderr)
        arguments.gecode = False
    peers += [GECODE] * arguments.gecode + [CPSAT] * arguments.cpsat
    runs = Runs(arguments.constrint, arguments.folder, arguments.limit)
    rows = [Row(name, SPACES / f"{name}.json") for name in COMPARED]
    compare(runs, rows, arguments)
    rows += counted(runs, arguments)
    print("\n".join(table(rows, peers)))
    if arguments.nested:
        print("\n" + in_memory(arguments.nested))
    return int(any(row.wrong for row in rows))


if __name__ == "__main__":
    sys.exit(main())
