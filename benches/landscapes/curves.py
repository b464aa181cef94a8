"""What was found after each measurement, as comma-separated values, and its medians and means.

A curve is the best found over the best there is after 1, 2, … measurements: infinite until a configuration ran, an empty field
in files. The median over an even number of seeds of which half are infinite is infinite, and so is a mean of it.
"""

import csv
import os
from math import inf
from pathlib import Path

import numpy as np

from recording import Refused, numbered_lines

COLUMNS = ["strategy", "recording", "seed", "measurement", "best_over_best"]
# By strategy and recording, a row a seed, a column a measurement.
Curves = dict[tuple[str, str], np.ndarray]


def write(path: Path, curves: Curves) -> None:
    """Whole or not at all, so that a run that is cut off leaves no half of a file."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for (strategy, recording), seeds in curves.items():
            for (seed, measurement), ratio in np.ndenumerate(seeds):
                writer.writerow([strategy, recording, seed, measurement + 1, "" if ratio == inf else f"{ratio:.6f}"])
    unfinished.replace(path)


def read(path: Path, recordings: list[str], measurements: int) -> Curves:
    """Curves of these recordings, cut to so many measurements; one that ends before keeps its best."""
    lines = numbered_lines(path)
    if next(lines, (1, None))[1] != COLUMNS:
        raise Refused(f"{path}: its first line is not `{','.join(COLUMNS)}`")
    runs: dict[tuple[str, str], dict[str, list[float]]] = {}
    for number, line in lines:
        place = f"{path}:{number}"
        strategy, recording, seed, ratio = fields(place, line, recordings)
        run = runs.setdefault((strategy, recording), {}).setdefault(seed, [])
        check(place, line[3], ratio, run)
        run.append(ratio)
    if not runs:
        raise Refused(f"{path} has no curves")
    return {key: np.array([padded(run, measurements) for run in seeds.values()]) for key, seeds in runs.items()}


def longest(path: Path) -> int:
    """Measurements of the longest run in a file that can be read."""
    return max(int(line[3]) for number, line in numbered_lines(path) if number > 1)


def fields(place: str, line: list[str], recordings: list[str]) -> tuple[str, str, str, float]:
    """Strategy, recording, seed and ratio of a line."""
    if len(line) != len(COLUMNS):
        raise Refused(f"{place}: {len(line)} fields, not {len(COLUMNS)}")
    strategy, recording, seed, _, word = line
    if recording not in recordings:
        raise Refused(f"{place}: {recording} is not among the recordings {', '.join(recordings)}")
    try:
        return strategy, recording, seed, float(word or "inf")
    except ValueError:
        raise Refused(f"{place}: best_over_best is `{word}`, neither a number nor empty") from None


def check(place: str, measurement: str, ratio: float, run: list[float]) -> None:
    """Refuses a line that cannot come next in its run."""
    if measurement != str(len(run) + 1):
        raise Refused(f"{place}: measurement {measurement} where {len(run) + 1} is next; a run's lines are in order from 1")
    if not 1 <= ratio <= (run[-1] if run else inf):
        raise Refused(f"{place}: best_over_best is {ratio}; it is at least 1 and never grows within a run")


def padded(run: list[float], measurements: int) -> list[float]:
    return (run + run[-1:] * measurements)[:measurements]


def median(seeds: np.ndarray) -> np.ndarray:
    """Over seeds, after each measurement."""
    ordered = np.sort(seeds, axis=0)
    # Their mean is taken by hand: `np.median` has inf - inf in it, which is no number.
    return (ordered[(len(seeds) - 1) // 2] + ordered[len(seeds) // 2]) / 2


def geometric_mean(curves: list[np.ndarray]) -> np.ndarray:
    return np.exp(np.mean(np.log(curves), axis=0))


def medians_of(curves: Curves, strategy: str) -> dict[str, np.ndarray]:
    """By recording, of those that the strategy has."""
    return {recording: median(seeds) for (name, recording), seeds in curves.items() if name == strategy}


def seedless(curves: Curves) -> list[str]:
    """Strategies of several seeds that chance does not touch: their median is of one run."""
    moved = {strategy for (strategy, _), seeds in curves.items() if len(seeds) < 2 or (seeds != seeds[0]).any()}
    return [strategy for strategy in strategies_of(curves) if strategy not in moved]


def strategies_of(curves: Curves) -> list[str]:
    return list(dict.fromkeys(strategy for strategy, _ in curves))
