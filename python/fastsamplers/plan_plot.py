"""Draws what ways of batching cost: padding, and padded tokens of each batch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fastsamplers import plot_file
from fastsamplers.plan_report import percent
from fastsamplers.planning import StrategyFigures

_BINS = 60
# From such a factor on between the mean batches of two strategies.
_LOGARITHMIC_FROM = 10
_COLORS = {"random": "#b3470f", "bucketed": "#1f5fa8", "max-tokens": "#2a7f62", "packed": "#6a4c93"}


def draw(figures: Sequence[StrategyFigures], file: Path, subtitle: str = "") -> None:
    """Writes bars of padding waste, and a histogram of padded tokens per batch for each strategy.

    Args:
        figures (sequence of StrategyFigures): what ``compare_strategies`` returns.
        file (Path): its suffix, one of ``plot_file.SUFFIXES``, decides the format.
        subtitle (str): a line about the lengths.

    Raises:
        ImportError, ValueError, FileNotFoundError: as ``plot_file.require_drawable``.
    """
    with plot_file.figure_for(file, 9, 3.2 + 1.7 * len(figures)) as figure:
        figure.suptitle(subtitle, fontsize=12)
        heights = [2, *(1 for _ in figures)]
        first, *others = figure.subplots(len(heights), 1, height_ratios=heights)
        _draw_waste(first, figures)
        _draw_costs(others, figures)
        figure.align_ylabels(others)


def _draw_waste(axes: Any, figures: Sequence[StrategyFigures]) -> None:
    names = [plan.strategy for plan in figures]
    bars = axes.barh(
        names,
        [100 * plan.padding_waste for plan in figures],
        color=[_COLORS[name] for name in names],
        height=0.65,
    )
    axes.bar_label(bars, [percent(plan.padding_waste) for plan in figures], padding=4)
    axes.invert_yaxis()
    axes.set_title("Padding waste: padding among the tokens that the model computes", loc="left")
    axes.set(xlabel="padding (% of padded tokens)", xlim=(0, 100))
    axes.spines[["top", "right"]].set_visible(False)


def _draw_costs(all_axes: Sequence[Any], figures: Sequence[StrategyFigures]) -> None:
    is_logarithmic = _is_wide(figures)
    shared = _edges(figures, is_logarithmic)
    for axes, plan in zip(all_axes, figures, strict=True):
        edges = shared if plan.limit is None else _ending_at(plan.limit, shared)
        counts, _ = np.histogram(plan.batch_costs, edges)
        axes.stairs(100 * counts / plan.batches, edges, fill=True, color=_COLORS[plan.strategy])
        noun = "batch" if plan.batches == 1 else "batches"
        title = f"Cost of a batch, {plan.strategy}: {plan.batches:,} {noun}"
        if plan.limit is not None:
            axes.axvline(plan.limit, color="#222222", linestyle="--", linewidth=1.2)
            name = "capacity" if plan.strategy == "packed" else "max_tokens"
            title += f", {name} = {plan.limit:,} (dashed)"
        axes.set_title(title, loc="left")
        axes.set_ylabel("batches (%)")
        axes.set_ylim(bottom=0)
        axes.spines[["top", "right"]].set_visible(False)
        if axes is not all_axes[-1]:
            axes.sharex(all_axes[-1])
            axes.tick_params(labelbottom=False, which="both")
    _scale(all_axes[-1], is_logarithmic)


def _scale(last: Any, is_logarithmic: bool) -> None:
    """Scales the axis that all histograms share with the last one."""
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

    if is_logarithmic:
        last.set_xscale("log")
        last.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        last.xaxis.set_minor_formatter(NullFormatter())
    else:
        last.xaxis.set_major_locator(MaxNLocator(integer=True))
        last.set_xlim(left=0)
    last.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    last.set_xlabel(f"cost of a batch (padded tokens{', log scale' if is_logarithmic else ''})")


def _is_wide(figures: Sequence[StrategyFigures]) -> bool:
    """Whether the strategies' batches differ so much that equal widths would not show them all."""
    means = [plan.padded_tokens / plan.batches for plan in figures]
    least = min(int(plan.batch_costs.min()) for plan in figures)
    return least > 0 and max(means) >= _LOGARITHMIC_FROM * min(means)


def _edges(figures: Sequence[StrategyFigures], is_logarithmic: bool) -> npt.NDArray[np.float64]:
    """Where the bins of all histograms begin and end: between integers, so that none is idle."""
    limits = [plan.limit for plan in figures if plan.limit is not None]
    least = min(int(plan.batch_costs.min()) for plan in figures)
    greatest = max(*(int(plan.batch_costs.max()) for plan in figures), *limits)
    # One bin before the least cost, so that one that ends there has some width.
    if is_logarithmic:
        first = least * (least / greatest) ** (1 / _BINS)
        edges = np.geomspace(first, greatest, _BINS + 2)
    else:
        first = least - (greatest - least) / _BINS
        edges = np.linspace(first, greatest, _BINS + 2)
    edges = np.floor(edges) + 0.5
    return np.unique([min(edges[0], least - 0.5), *edges[1:-1], greatest + 0.5])


def _ending_at(limit: int, edges: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The bins, but that one ends at the limit: none looks as if the limit were not kept."""
    moved = edges.copy()
    moved[1 + np.abs(edges[1:] - (limit + 0.5)).argmin()] = limit + 0.5
    return moved
