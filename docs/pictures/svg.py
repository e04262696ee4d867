"""A matplotlib figure as SVG text that is the same on every run."""

from __future__ import annotations

import io
from typing import Any

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

# The colours of bench/plots.py, told apart by hatches too.
OURS, THEIRS = "#1f5fa8", "#b3470f"
PADDING: dict[str, Any] = {"facecolor": "#f3e3da", "edgecolor": THEIRS, "hatch": "////"}


def new_figure(name: str, width: float, height: float) -> Figure:
    """An empty one, whose SVG has identifiers made from its name."""
    matplotlib.rcParams.update(
        {"svg.fonttype": "none", "svg.hashsalt": name, "hatch.linewidth": 0.4, "font.size": 10}
    )
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasSVG(figure)
    return figure


def text_of(figure: Figure) -> str:
    """The SVG, without date and version."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"
