"""Draws what ``fastsamplers bench`` has measured: three panels of bars on logarithmic axes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastsamplers import plot_file
from fastsamplers.beside_torch.report import Result, headline, nanoseconds
from fastsamplers.beside_torch.work import SIDES

_COLORS = {"torch": "#b3470f", "fastsamplers": "#1f5fa8"}
_HEIGHT = 0.38
# A bar begins here: less memory, in MiB, cannot be told from the process's own.
_LEAST_MEMORY = 0.25


def draw(result: Result, file: Path, description: str | None = None) -> None:
    """Writes bars of both sides for each work: first batch, time of an index, memory of a pass.

    Args:
        result (dict): what ``fastsamplers bench --json`` prints.
        file (Path): its suffix, one of ``plot_file.SUFFIXES``, decides the format.
        description (str, optional): for the metadata of an SVG.

    Raises:
        ImportError, ValueError, FileNotFoundError: as ``plot_file.require_drawable``.
    """
    rows = result["rows"]
    with plot_file.figure_for(file, 15, 2.4 + 0.62 * len(rows), description) as figure:
        figure.suptitle(headline(result), fontsize=12)
        first, each, memory = figure.subplots(1, 3, sharey=True)
        _panel(first, rows, lambda side: 1e3 * side["first"], "time to the first batch (ms)")
        _panel(each, rows, nanoseconds, "time of an index (ns)")
        _panel(
            memory,
            rows,
            lambda side: side["memory"] / 2**20,
            "memory of a pass (MiB)",
            least=_LEAST_MEMORY,
        )
        limit = result["machine"]["memory"] / 2**20
        memory.axvline(limit, color="#222222", linestyle="--", linewidth=1.2)
        memory.annotate(
            "memory available",
            (limit, 0.5),
            xycoords=("data", "axes fraction"),
            rotation=90,
            ha="right",
            va="center",
            fontsize=9,
        )
        first.set_yticks(range(len(rows)), [row["work"] for row in rows])
        first.invert_yaxis()
        figure.legend(
            *first.get_legend_handles_labels(), loc="outside lower center", ncols=len(SIDES)
        )


def _panel(
    axes: Any, rows: Any, value: Callable[[Any], float], name: str, least: float = 0.0
) -> None:
    for number, side in enumerate(SIDES):
        places = [
            k + (number - 0.5) * _HEIGHT for k, row in enumerate(rows) if side in row["sides"]
        ]
        values = [value(row["sides"][side]) for row in rows if side in row["sides"]]
        lengths = [max(least, each) for each in values]
        bars = axes.barh(places, lengths, height=_HEIGHT, color=_COLORS[side], label=side)
        axes.bar_label(bars, [_short(each) for each in values], padding=3, fontsize=9)
    axes.set_xscale("log")
    axes.set_title(f"{name}, log scale", loc="left")
    axes.margins(x=0.18)
    axes.spines[["top", "right"]].set_visible(False)


def _short(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2g}"
