"""A recording, as Python's tuners take it: every configuration of a kernel with its time, or with why it failed."""

import csv
import hashlib
import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from math import inf, isfinite
from pathlib import Path

import numpy as np

Configuration = tuple[int | float, ...]


class Refused(Exception):
    """What is wrong with what was given, and how to mend it."""


@dataclass(frozen=True)
class Recording:
    """Rows in the order of the file."""

    name: str
    parameters: tuple[str, ...]
    configurations: tuple[Configuration, ...]
    # Infinite where the configuration failed.
    times_ms: np.ndarray
    # Empty where it ran.
    failures: tuple[str, ...]
    # Of the file's bytes.
    digest: str

    @cached_property
    def row_of(self) -> dict[Configuration, int]:
        return {configuration: row for row, configuration in enumerate(self.configurations)}

    def values(self) -> dict[str, list[int | float]]:
        """Of each parameter, the values that occur, least first."""
        return {name: sorted(set(column)) for name, column in zip(self.parameters, zip(*self.configurations))}

    def curve(self, rows: list[int], measurements: int) -> np.ndarray:
        """The best found over the best there is after 1, 2, … measurements of these rows.

        A row that failed counts. Infinite until one ran. A search that ends early keeps its best.
        """
        if len(set(rows)) < len(rows):
            raise ValueError(f"{self.name}: a row was measured twice")
        if not rows:
            return np.full(measurements, inf)
        best = np.minimum.accumulate(self.times_ms[rows[:measurements]]) / self.times_ms.min()
        return np.concatenate([best, np.full(measurements - len(best), best[-1])])


def read(path: Path) -> Recording:
    """Comma-separated values: a column a parameter, `time_ms`, `failure`."""
    lines = list(numbered_lines(path))
    head = lines[0][1] if lines else []
    for name in ("time_ms", "failure"):
        if head.count(name) != 1:
            raise Refused(f"{path}: its first line needs one column `{name}`")
    parameters = tuple(name for name in head if name not in ("time_ms", "failure"))
    if not parameters or len(set(parameters)) < len(parameters):
        raise Refused(f"{path}: its first line needs a column for each parameter, each name once")
    rows = [row(f"{path}:{number}", head, line) for number, line in lines[1:]]
    times = np.array([time for _, time, _ in rows])
    if not np.isfinite(times).any():
        raise Refused(f"{path}: no configuration has a time, so that there is no best to compare with")
    configurations = tuple(configuration for configuration, _, _ in rows)
    seen: dict[Configuration, int] = {}
    for (number, _), configuration in zip(lines[1:], configurations):
        if seen.setdefault(configuration, number) != number:
            raise Refused(f"{path}:{number}: the configuration of line {seen[configuration]} again; leave one of them")
    failures = tuple(failure for _, _, failure in rows)
    return Recording(path.stem, parameters, configurations, times, failures, hashlib.sha256(path.read_bytes()).hexdigest())


def numbered_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Lines of comma-separated values and at which line of the file each ends."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"{path} is no text in UTF-8: {error}") from None
    reader = csv.reader(io.StringIO(text, newline=""))
    yield from ((reader.line_num, line) for line in reader)


def row(place: str, head: list[str], line: list[str]) -> tuple[Configuration, float, str]:
    """A configuration, its time in ms, and why it failed."""
    if len(line) != len(head):
        raise Refused(f"{place}: {len(line)} fields where the first line has {len(head)}")
    fields = dict(zip(head, line))
    time, failure = fields.pop("time_ms"), fields.pop("failure")
    if bool(time) == bool(failure):
        raise Refused(f"{place}: give either time_ms or failure")
    time_ms = number(place, "time_ms", time) if time else inf
    if time_ms <= 0:
        raise Refused(f"{place}: time_ms is {time}; a time is positive")
    return tuple(number(place, name, value) for name, value in fields.items()), time_ms, failure


def number(place: str, name: str, word: str) -> int | float:
    for kind in (int, float):
        with suppress(ValueError):
            if isfinite(found := kind(word)):
                return found
    raise Refused(f"{place}: {name} is `{word}`, which is no number; this comparison has parameters of numbers alone")


def read_all(folder: Path) -> list[Recording]:
    """All recordings of a folder, by name."""
    if not folder.is_dir():
        raise Refused(f"{folder} is no folder; give one with recordings KERNEL-GPU.csv")
    found = [read(path) for path in sorted(folder.glob("*.csv"))]
    if not found:
        raise Refused(f"{folder} has no recordings KERNEL-GPU.csv")
    return found
