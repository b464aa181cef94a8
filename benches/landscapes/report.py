"""Curves as Markdown tables."""

from math import isinf

import numpy as np

from curves import Curves, geometric_mean, median, medians_of, strategies_of

AFTER = (10, 25, 50, 100, 200)
# Over the best there is.
WITHIN = (1.2, 1.1, 1.05, 1.02, 1.005)


def columns(measurements: int) -> list[int]:
    return [after for after in AFTER if after <= measurements] or [measurements]


def figure(ratio: float) -> str:
    return "–" if isinf(ratio) else f"{ratio:.3f}"


def lines(heads: list[str], rows: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(line)} |" for line in [heads, ["---"] * len(heads), *rows]]


def named(strategy: str, recordings: int, of: int) -> str:
    return strategy if recordings == of else f"{strategy} ({recordings} of {of} recordings)"


def means_of(curves: Curves) -> dict[str, np.ndarray]:
    """By strategy, the geometric mean over recordings of the medians; where it lacks some, its name says so."""
    recordings = len({recording for _, recording in curves})
    medians = {strategy: list(medians_of(curves, strategy).values()) for strategy in strategies_of(curves)}
    return {named(strategy, len(of), recordings): geometric_mean(of) for strategy, of in medians.items()}


def with_best(means: dict[str, np.ndarray], family: str) -> dict[str, np.ndarray]:
    """Before the first of a family, such as the strategies of one tuner, the best of them after each measurement."""
    members = [name for name in means if name.startswith(f"{family} ") and not name.endswith("recordings)")]
    if len(members) < 2:
        return means
    best = np.min([means[name] for name in members], axis=0)
    first = list(means).index(members[0])
    entries = list(means.items())
    return dict([*entries[:first], (f"{family}, the best strategy at each", best), *entries[first:]])


def found(curves: dict[str, np.ndarray], measurements: int) -> list[str]:
    heads = ["strategy", *map(str, columns(measurements))]
    return lines(heads, [[name, *(figure(curve[after - 1]) for after in columns(measurements))] for name, curve in curves.items()])


def needed(curves: dict[str, np.ndarray]) -> list[str]:
    """The first measurement with which a curve is within each ratio."""

    def cell(curve: np.ndarray, ratio: float) -> str:
        within = np.flatnonzero(curve <= ratio)
        return str(within[0] + 1) if len(within) else f"> {len(curve)}"

    rows = [[name, *(cell(curve, ratio) for ratio in WITHIN)] for name, curve in curves.items()]
    return lines(["strategy", *map(str, WITHIN)], rows)


def markdown(curves: Curves, measurements: int, family: str, about: str) -> str:
    """All tables; `about` says how the curves came to be."""
    recordings = list(dict.fromkeys(recording for _, recording in curves))
    means = with_best(means_of(curves), family)
    parts = [
        about,
        f"The best found over the best there is after so many measurements: the median over seeds, and of {len(recordings)} "
        "recordings the geometric mean. A failed trial is a measurement. –: in half of the runs or more on some recording, "
        "nothing had run. A search that ended before keeps its best.",
        "\n".join(found(means, measurements)),
        "Measurements until that mean is within so much of the best:",
        "\n".join(needed(means)),
    ]
    for recording in recordings:
        medians = {strategy: median(seeds) for (strategy, of), seeds in curves.items() if of == recording}
        parts += [f"**{recording}**", "\n".join(found(medians, measurements))]
    return "\n\n".join(parts) + "\n"
