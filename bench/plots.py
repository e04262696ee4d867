"""Draws the figures as SVG: the same data and the same matplotlib give the same bytes.

Each file says in its metadata which data it shows, so that a stale one is found without drawing.
"""

from __future__ import annotations

import io
import itertools
import re
from typing import Any

from bench.beside_torch import Plot
from bench.figures import Bars, Figure

# Whose a curve is can be told by the line, and by colours that are warm, cold or grey; which of
# them it is, by the colour and the marker.
LINES = {"torch": "--", "fastsamplers": "-", "limit": ":"}
COLORS = {
    "torch": ("#b3470f", "#e69f00", "#7f1d1d"),
    "fastsamplers": ("#1f5fa8", "#2a9d8f", "#7b3fa0", "#56b4e9", "#14304f"),
    "limit": ("#555555",),
}
FILLS: list[dict[str, Any]] = [
    {"color": "#e0a98a", "edgecolor": "#b3470f", "hatch": "///"},
    {"color": "#1f5fa8", "edgecolor": "#1f5fa8"},
]


def draw(figure: Figure | Bars | Plot) -> str:
    """The figure as SVG. Needs matplotlib, which nothing else here does."""
    if isinstance(figure, Plot):
        return figure.svg()
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Canvas

    # Text as text keeps the files small; a fixed salt keeps the identifiers the same.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": figure.name}):
        entries = len(figure.series if isinstance(figure, Bars) else figure.curves)
        columns = 2 if isinstance(figure, Bars) else 1
        height = 4.8 + 0.2 * entries / columns
        canvas = Canvas(figsize=(8, height), layout="constrained")
        FigureCanvasSVG(canvas)
        axes = canvas.add_subplot(title=figure.title, ylabel=figure.y_label)
        if isinstance(figure, Bars):
            _draw_bars(axes, figure)
        else:
            _draw_curves(axes, figure)
        canvas.legend(loc="outside lower center", ncols=columns, fontsize="small")
        file = io.StringIO()
        # No date, no version: what would change from run to run.
        metadata = {"Date": None, "Creator": None, "Description": f"sha256 {figure.digest()}"}
        canvas.savefig(file, format="svg", metadata=metadata)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def _draw_curves(axes: Any, figure: Figure) -> None:
    from matplotlib.ticker import MaxNLocator

    colors = {look: itertools.cycle(choices) for look, choices in COLORS.items()}
    for marker, curve in zip(itertools.cycle("osD^v<>ph"), figure.curves, strict=False):
        axes.plot(
            curve.xs,
            curve.ys,
            label=curve.label,
            marker=marker,
            markersize=4,
            linestyle=LINES[curve.look],
            color=next(colors[curve.look]),
        )
    axes.set_xlabel(figure.x_label)
    axes.grid(visible=True, color="#dddddd")
    if figure.logarithmic:
        axes.set(xscale="log", yscale="log")
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_ylim(bottom=0)


def _draw_bars(axes: Any, figure: Bars) -> None:
    width = 0.8 / len(figure.series)
    for k, (series, fill) in enumerate(zip(figure.series, FILLS, strict=False)):
        middles = [group + (k + 0.5) * width - 0.4 for group in range(len(figure.groups))]
        bars = axes.bar(middles, series.heights, 0.92 * width, label=series.label, **fill)
        axes.bar_label(bars, fmt="%.3g", padding=2, fontsize="small")
    axes.set_xticks(range(len(figure.groups)), figure.groups)
    axes.grid(visible=True, axis="y", color="#dddddd")
    axes.set_axisbelow(True)
    axes.margins(y=0.08)


def shown_digest(svg: str) -> str | None:
    """The digest of the data that a drawn file shows."""
    found = re.search(r"sha256 ([0-9a-f]{64})", svg)
    return found and found[1]
