"""One block of a permutation shuffled by two threads: which step belongs to whom."""

from __future__ import annotations

from typing import Any

import torch
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle
from svg import OURS, THEIRS, new_figure

PLACES, FIRST, BLOCK, SEED = 24, 4, 7, 108
GREY = "#555555"


def draw() -> Figure:
    figure = new_figure("ownership", 9, 3.7)
    ax = figure.add_subplot()
    targets = _targets(PLACES, SEED)
    end = FIRST + BLOCK
    middle = (end + PLACES) // 2
    _draw_places(ax, end, middle)
    owners: dict[str, list[str]] = {GREY: [], OURS: [], THEIRS: []}
    for step in range(FIRST, end):
        target = targets[step]
        colour = GREY if target < end else OURS if target < middle else THEIRS
        owners[colour].append(f"{step}\N{RIGHTWARDS ARROW}{target}")
        _draw_step(ax, step, target, colour)
    lists = {
        GREY: "1. one thread, target in the window",
        OURS: "2. thread A, its range of the tail",
        THEIRS: "2. thread B, its range of the tail",
    }
    for k, (colour, who) in enumerate(lists.items()):
        steps = ",  ".join(owners[colour]) or "none in this block"
        y = -1.75 - 0.75 * k
        ax.text(0, y, f"{who}:", color=colour, va="center", weight="bold")
        ax.text(10.2, y, f"steps  {steps}", color=colour, va="center")
    ax.set(xlim=(-0.1, PLACES + 0.1), ylim=(-3.6, 4.1))
    ax.set_axis_off()
    return figure


def _targets(n: int, seed: int) -> list[int]:
    """The target of each step of ``torch.randperm(n)``, found by going along with it."""
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed)).tolist()
    places = list(range(n))
    targets = []
    for i, value in enumerate(order):
        z = places.index(value)
        places[i], places[z] = places[z], places[i]
        targets.append(z)
    return targets


def _draw_places(ax: Any, end: int, middle: int) -> None:
    for place in range(PLACES):
        if place < FIRST:
            face = "#dddddd"
        elif place < end:
            face = "#f4f4f4"
        else:
            face = "#dce8f5" if place < middle else "#f6e3d8"
        ax.add_patch(Rectangle((place, 0), 1, 1, facecolor=face, edgecolor="white", linewidth=1.5))
        ax.text(place + 0.5, 0.5, str(place), ha="center", va="center", fontsize=9)
    spans = {
        "final": (0, FIRST, GREY),
        "window: the block's own places": (FIRST, end, "black"),
        "tail, A's range": (end, middle, OURS),
        "tail, B's range": (middle, PLACES, THEIRS),
    }
    for words, (left, right, colour) in spans.items():
        ax.plot([left + 0.1, right - 0.1], [-0.2, -0.2], color=colour, linewidth=2)
        ax.text((left + right) / 2, -0.65, words, ha="center", va="center", color=colour)


def _draw_step(ax: Any, step: int, target: int, colour: str) -> None:
    if step == target:  # stays where it is
        ax.plot(step + 0.5, 1.25, marker="o", color=colour, markersize=4)
        return
    # The farther the higher.
    bend = -0.75 if target - step < 3 else -0.42
    arrow = FancyArrowPatch(
        (step + 0.5, 1.05),
        (target + 0.5, 1.05),
        connectionstyle=f"arc3,rad={bend}",
        arrowstyle="-|>",
        mutation_scale=11,
        color=colour,
        linewidth=1.3,
    )
    ax.add_patch(arrow)
