"""Curves as SVG: how far above the best there is, after each measurement; the mean first, then each recording."""

from html import escape
from math import log10

import numpy as np

from curves import Curves, medians_of, strategies_of
from report import means_of

WIDTH, HEIGHT, LEFT, TOP, BOTTOM, ACROSS = 400, 300, 56, 34, 50, 3
# Of ours, and of the others.
BOLD = ["#0072b2", "#d55e00", "#009e73"]
THIN = [
    "#e69f00", "#56b4e9", "#cc79a7", "#8c6d31", "#7b4173", "#6b6ecf", "#b5cf6b", "#bd9e39", "#d6616b", "#17becf", "#ce6dbd",
    "#637939", "#aaaaaa", "#e6006e", "#3a00e6",
]  # fmt: skip
# Above the best there is, in percent.
GAPS = (0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)
AFTER = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


def styles(strategies: list[str], ours: str) -> dict[str, str]:
    """How each is drawn: ours bold, random dashed, others thin."""
    found, bold, thin = {}, iter(BOLD * len(strategies)), iter(THIN * len(strategies))
    for strategy in strategies:
        if strategy.startswith(ours):
            found[strategy] = f'stroke="{next(bold)}" stroke-width="3"'
        elif strategy == "random":
            found[strategy] = 'stroke="#000" stroke-width="1.6" stroke-dasharray="5 3"'
        else:
            dashes = ' stroke-dasharray="7 2"' if strategy.startswith("Optuna") else ""
            found[strategy] = f'stroke="{next(thin)}" stroke-width="1.3"{dashes}'
    return found


class Panel:
    """Axes, both logarithmic, and the curves on them."""

    def __init__(self, place: int, title: str, measurements: int):
        self.left = LEFT + place % ACROSS * (WIDTH + LEFT + 14)
        self.top = TOP + place // ACROSS * (HEIGHT + TOP + BOTTOM)
        self.measurements, self.parts = measurements, []
        self.text(self.left + WIDTH / 2, self.top - 12, title, 'font-weight="bold"')
        self.text(self.left + WIDTH / 2, self.top + HEIGHT + 36, "measurements")
        for after in (after for after in AFTER if after <= measurements):
            self.grid(self.x(after), self.top, self.x(after), self.top + HEIGHT)
            self.text(self.x(after), self.top + HEIGHT + 18, str(after))
        for gap in GAPS:
            at = self.y(1 + gap / 100)
            self.grid(self.left, at, self.left + WIDTH, at)
            self.text(self.left - 6, at + 4, f"{gap:g}%", 'text-anchor="end"')

    def x(self, measurement: int) -> float:
        return self.left + WIDTH * log10(measurement) / max(log10(self.measurements), 1)

    def y(self, ratio: float) -> float:
        """What is nearer than the least gap, or exact, is at the bottom; what is infinite at the top."""
        least, greatest = log10(GAPS[0]), log10(GAPS[-1])
        gap = min(max(100 * (ratio - 1), GAPS[0]), GAPS[-1])
        return self.top + HEIGHT * (greatest - log10(gap)) / (greatest - least)

    def grid(self, *ends: float) -> None:
        x1, y1, x2, y2 = (f"{end:.1f}" for end in ends)
        self.parts.append(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#ddd"/>')

    def text(self, x: float, y: float, words: str, attributes: str = "") -> None:
        anchor = "" if "anchor" in attributes else ' text-anchor="middle"'
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}"{anchor} {attributes}>{escape(words)}</text>')

    def curve(self, ratios: np.ndarray, style: str) -> None:
        """Steps, with a point only where something was found."""
        steps = [(1, ratios[0])]
        for after in np.flatnonzero(ratios[1:] != ratios[:-1]) + 1:
            steps += [(after + 1, ratios[after - 1]), (after + 1, ratios[after])]
        path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in [*steps, (len(ratios), ratios[-1])])
        self.parts.append(f'<polyline points="{path}" fill="none" {style}/>')


def legend(strategies: dict[str, str], top: int) -> list[str]:
    parts = []
    for index, (strategy, style) in enumerate(strategies.items()):
        x, y = LEFT + index % ACROSS * (WIDTH + LEFT + 14), top + 20 * (index // ACROSS)
        parts.append(f'<line x1="{x}" y1="{y - 4}" x2="{x + 30}" y2="{y - 4}" {style}/>')
        parts.append(f'<text x="{x + 38}" y="{y}">{escape(strategy)}</text>')
    return parts


def svg(curves: Curves, measurements: int, ours: str) -> str:
    """One panel for the mean and one for each recording; strategies whose names begin with `ours` are bold."""
    names = strategies_of(curves)
    recordings = list(dict.fromkeys(recording for _, recording in curves))
    style = styles(names, ours)
    panels = [Panel(0, f"above the best there is, mean of {len(recordings)} recordings", measurements)]
    # Named by how many recordings they have, in the same order.
    means = means_of(curves)
    for name, mean in zip(names, means.values()):
        panels[0].curve(mean, style[name])
    for place, recording in enumerate(recordings, 1):
        panels.append(Panel(place, recording, measurements))
        for name in names:
            if (ratios := medians_of(curves, name).get(recording)) is not None:
                panels[-1].curve(ratios, style[name])
    below = panels[-1].top + HEIGHT + BOTTOM + 24
    width, height = LEFT + ACROSS * (WIDTH + LEFT + 14), below + 20 * -(-len(names) // ACROSS)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12" fill="#222">',
        "<title>The best found above the best there is, after each measurement, medians over seeds</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        *(part for panel in panels for part in panel.parts),
        *legend(dict(zip(means, style.values())), below),
        "</svg>\n",
    ])  # fmt: skip
