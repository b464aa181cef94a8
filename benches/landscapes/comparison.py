"""Runs each peer on each recording, in parallel, and brings their curves and ours together."""

import datetime
import hashlib
import os
import re
import resource
import shlex
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import curves
import plot
import report
from environment import HERE, PINS, ROOT
from peers import KERNEL_TUNER, MOST_SEEDS, PEERS, PROPOSALS
from recording import Recording, Refused, read_all

OURS = "constrint"
# What curves of peers depend on beside what a call asks for.
METHOD = (PINS, *((HERE / name).read_text() for name in ("peers.py", "recording.py")))


@dataclass(frozen=True)
class Task:
    """A peer on a recording, under all seeds."""

    peer: str
    recording: Recording
    seeds: int
    measurements: int
    folder: Path

    def part(self) -> Path:
        """The file of its curves. Its name holds all that they depend on, so that none is taken for another."""
        settled = repr((self.recording.digest, self.seeds, self.measurements, METHOD))
        digest = hashlib.sha256(settled.encode()).hexdigest()[:12]
        return self.folder / f"{self.peer}, {self.recording.name}, {digest}.csv"

    def run(self) -> None:
        asked = PEERS[self.peer](self.recording, range(self.seeds), self.measurements)
        found = [self.recording.curve(rows, self.measurements) for rows in asked]
        curves.write(self.part(), {(self.peer, self.recording.name): np.array(found)})


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def cpu_seconds() -> float:
    """Of this process and of those that have ended below it."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure_peers(recordings: list[Recording], seeds: int, measurements: int, folder: Path) -> tuple[curves.Curves, list[str]]:
    """The peers' curves, of those that are not in the folder anew, and what there is to say of those that failed."""
    folder.mkdir(parents=True, exist_ok=True)
    seeds_of = {peer: min(seeds, MOST_SEEDS.get(peer, seeds)) for peer in PEERS}
    tasks = [Task(peer, recording, seeds_of[peer], measurements, folder) for peer in PEERS for recording in recordings]
    # Optuna takes longest and would be waited for at the end.
    missing = sorted((task for task in tasks if not task.part().is_file()), key=lambda task: not task.peer.startswith("Optuna"))
    say(f"{len(tasks) - len(missing)} of {len(tasks)} runs of peers are in {folder}")
    notes = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(task.run): task for task in missing}
        for count, done in enumerate(as_completed(running), 1):
            task, error = running[done], done.exception()
            say(f"{count} of {len(missing)}: {task.peer}, {task.recording.name}{f', failed: {error!r}' if error else ''}")
            if error:
                notes.append(f"{task.peer} failed on {task.recording.name}: {error!r}")
    names = [recording.name for recording in recordings]
    parts = [curves.read(task.part(), names, measurements) for task in tasks if task.part().is_file()]
    return {key: seeds for part in parts for key, seeds in part.items()}, notes


def ours(folder: Path, out: Path, given: Path | None, names: list[str], measurements: int) -> tuple[curves.Curves, list[str]]:
    """From the file that is given, or from the benchmark in Rust; and what there is to say of it."""
    path = given or out / "constrint.csv"
    if not given:
        say("cargo bench --bench landscapes")
        path.unlink(missing_ok=True)
        bench = ["cargo", "bench", "--quiet", "--bench", "landscapes", "--", "--curves", path.resolve(), folder.resolve()]
        subprocess.run(bench, cwd=ROOT, check=True, stdout=sys.stderr)
    if not path.is_file():
        raise Refused(f"{path} is not there: `cargo bench --bench landscapes -- --curves {path} {folder}` writes it")
    found = curves.read(path, names, measurements)
    if both := sorted({strategy for strategy, _ in found} & set(PEERS)):
        raise Refused(f"{path}: {', '.join(both)} is the name of a peer; what is given is {OURS}'s alone")
    longest = curves.longest(path)
    notes = [f"No run of {OURS} is longer than {longest} measurements: it keeps its best."] if longest < measurements else []
    return found, notes + [f"{strategy}: all seeds give one and the same run." for strategy in curves.seedless(found)]


def compare(folder: Path, seeds: int, measurements: int, out: Path, given: Path | None, peers_only: bool) -> int:
    """Writes curves.csv, curves.svg and table.md into `out`, prints the latter, and gives the exit status."""
    os.nice(10)
    recordings = read_all(folder)
    out.mkdir(parents=True, exist_ok=True)
    names = [recording.name for recording in recordings]
    found, notes = ({}, []) if peers_only else ours(folder, out, given, names, measurements)
    peers, failed = measure_peers(recordings, seeds, measurements, out / "parts")
    found |= peers
    curves.write(out / "curves.csv", found)
    (out / "curves.svg").write_text(plot.svg(found, measurements, OURS), encoding="utf-8")
    table = report.markdown(found, measurements, KERNEL_TUNER, about(seeds, measurements, notes + failed))
    (out / "table.md").write_text(table, encoding="utf-8")
    print(table, end="")
    say(f"{cpu_seconds():.0f} s of CPU time; {out} has curves.csv, curves.svg, table.md")
    return 1 if failed else 0


def about(seeds: int, measurements: int, notes: list[str]) -> str:
    version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE).group(1)
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    call = shlex.join(["python3", "benches/landscapes/compare.py", *sys.argv[1:]])
    fewer = "".join(f"; {most} for {peer}" for peer, most in MOST_SEEDS.items() if most < seeds)
    said = [
        f"Peers: {seeds} seeds{fewer}. What is not recorded is invalid and costs them nothing, what is repeated neither.",
        f"Kernel Tuner: its own simulation mode, default options, `max_fevals` {measurements}, by which some strategies plan and "
        "which some do not use up; its space is the recorded rows.",
        "Optuna's TPE is told of what is invalid as of a pruned trial, or ignores it; it ends after "
        f"{PROPOSALS * measurements:,} proposals.",
        *notes,
    ]
    head = f"{datetime.date.today()}, constrint {version}{f' of {commit}' if commit else ''}, {', '.join(PINS)}."
    return f"{head}\n\n```\n{call}\n```\n\n" + "\n".join(f"- {note}" for note in said)
