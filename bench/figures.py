"""What the plots show, from the results: curves, bars and words, no drawing."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable
from typing import Any

from bench.tables import above_baseline

Result = dict[str, Any]
Point = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Curve:
    """Points of one label; ``look`` is whose they are: torch, fastsamplers or limit."""

    label: str
    look: str
    xs: list[float]
    ys: list[float]


@dataclasses.dataclass(frozen=True)
class Figure:
    """One plot, by the name of its file."""

    name: str
    title: str
    x_label: str
    y_label: str
    curves: list[Curve]
    logarithmic: bool = True

    def digest(self) -> str:
        """A number for all that is plotted: the same data, the same digest."""
        return _digest(dataclasses.asdict(self))


@dataclasses.dataclass(frozen=True)
class Series:
    """A bar for each group."""

    label: str
    heights: list[float]


@dataclasses.dataclass(frozen=True)
class Bars:
    """One plot of groups of bars, by the name of its file."""

    name: str
    title: str
    y_label: str
    groups: list[str]
    series: list[Series]

    def digest(self) -> str:
        return _digest(dataclasses.asdict(self))


def _digest(plotted: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(plotted, sort_keys=True).encode()).hexdigest()


def figures(result: Result, beside: Result) -> list[Figure]:
    """The plots for which there are results; ``beside`` are those of ``fastsamplers bench``."""
    available = _available_memory(result, beside)
    every = [_time_by_n(result), _memory_by_n(result, available), _threads(result)]
    # One point makes no curve.
    return [figure for figure in every if any(len(curve.xs) > 1 for curve in figure.curves)]


def _time_by_n(result: Result) -> Figure:
    shown = [
        ("RandomSampler", "ints", "torch"),
        ("RandomSampler", "lists", "torch"),
        ("randperm", "out=int64", "torch"),
        ("RandomSampler", "ints", "fastsamplers"),
        ("RandomSampler", "lists", "fastsamplers"),
        ("RandomSampler", "blocks", "fastsamplers"),
        ("randperm", "out=int64", "fastsamplers"),
    ]
    curves = []
    for sampler, form, side in shown:
        points = [
            point
            for point in result["scaling"]
            if (point["sampler"], point["form"], point["side"]) == (sampler, form, side)
        ]
        label = f"{side}: {sampler}, {form}"
        curves.append(_curve(label, side, points, lambda p: p["seconds"] / p["indices"] * 1e9))
    one = [point for point in result["limit"] if point["threads"] == 1]
    curves.append(_limit_curve("random changes, 1 thread", one))
    return Figure("time-by-n", "Time for each index", "n", "ns per index", _some(curves))


def _available_memory(result: Result, beside: Result) -> int | None:
    """Bytes that the machine could give, from either stamp: ``make bench`` writes both at once."""
    machine, other = result["machine"], beside["machine"]
    if "memory" in machine:
        return int(machine["memory"])
    is_same_run = beside["date"] == result["date"] and machine.items() <= other.items()
    return other.get("memory") if is_same_run else None


def _memory_by_n(result: Result, available: int | None) -> Figure:
    curves = []
    for side in ("torch", "fastsamplers"):
        # A pass that fits in what the process holds anyway has no place on a logarithmic axis.
        points = [p for p in result["memory"] if p["side"] == side and above_baseline(p) > 0]
        curves.append(_curve(side, side, points, lambda p: above_baseline(p) / 2**20))
    ns = sorted({n for curve in curves for n in curve.xs})
    if available is not None:
        label = f"memory available: {available / 2**30:.1f} GiB"
        curves.append(Curve(label, "limit", ns, [round(available / 2**20, 1)] * len(ns)))
    title = "Peak memory of BatchSampler(RandomSampler, 1024)"
    return Figure("memory-by-n", title, "n", "MiB above an idle process", _some(curves))


def _threads(result: Result) -> Figure:
    works = dict.fromkeys((point["work"], point["n"]) for point in result["threads"])
    curves = []
    for work, n in works:
        points = [p for p in result["threads"] if (p["work"], p["n"]) == (work, n)]
        curves.append(
            _curve(
                f"{work}, n = {n:,}",
                "fastsamplers",
                points,
                lambda p: p["seconds"] / p["n"] * 1e9,
                x="threads",
            )
        )
    n = 100_000_000
    points = [point for point in result["limit"] if point["n"] == n]
    curves.append(_limit_curve(f"random changes, n = {n:,}", points, x="threads"))
    title = "Time for each index, by threads"
    return Figure("threads", title, "threads", "ns per index", _some(curves), logarithmic=False)


def _curve(
    label: str, look: str, points: list[Point], y: Callable[[Point], float], x: str = "n"
) -> Curve:
    # Rounded so that a digest does not depend on the last bit of a division.
    pairs = sorted((point[x], float(f"{y(point):.4g}")) for point in points)
    return Curve(label, look, [pair[0] for pair in pairs], [pair[1] for pair in pairs])


def _limit_curve(label: str, points: list[Point], x: str = "n") -> Curve:
    return _curve(label, "limit", points, lambda p: p["seconds_per_step"] * 1e9, x)


def _some(curves: list[Curve]) -> list[Curve]:
    return [curve for curve in curves if curve.xs]
