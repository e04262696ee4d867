"""Two training runs side by side: what each has seen, and the proof that it was the same.

Nothing is compared with a tolerance. With the same batches, the same weights and one thread, the
losses are the same floats.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

SIDES = ("torch.utils.data", "fastsamplers")


class RunsDifferError(Exception):
    """Two runs that should have been the same were not; the text says where they parted."""


@dataclass
class Run:
    """What one training run saw and what came of it."""

    batches: list[list[int]] = field(default_factory=list)
    """The indices of every batch, as they reached the model."""
    losses: list[float] = field(default_factory=list)
    """The loss of every step."""
    states: list[bytes] = field(default_factory=list)
    """Where the random generators stood after the last step."""
    accuracy: float = 0.0
    """On data that the training has not seen."""

    def record(self, indices: torch.Tensor, loss: torch.Tensor) -> None:
        self.batches.append(indices.tolist())
        self.losses.append(loss.item())

    def finish(self, accuracy: float, *generators: torch.Generator) -> Run:
        self.accuracy = accuracy
        self.states = [bytes(g.get_state().numpy()) for g in (torch.default_generator, *generators)]
        return self


def require_equal(expected: Run, actual: Run) -> None:
    """RunsDifferError unless both runs were the same to the last bit."""
    if not expected.batches:
        raise RunsDifferError("nothing to compare: no batch has reached the model")
    _require_same("batch", "batches", expected.batches, actual.batches)
    _require_same("loss", "losses", expected.losses, actual.losses)
    _require_same("generator state", "generators", expected.states, actual.states)
    if expected.accuracy != actual.accuracy:
        raise RunsDifferError(_difference("accuracy", expected.accuracy, actual.accuracy))


def _require_same(one: str, many: str, expected: Sequence[Any], actual: Sequence[Any]) -> None:
    for position, (theirs, ours) in enumerate(zip(expected, actual, strict=False)):
        if theirs != ours:
            raise RunsDifferError(_difference(f"{one} {position}", theirs, ours))
    if len(expected) != len(actual):
        raise RunsDifferError(
            f"{len(expected)} {many} with {SIDES[0]}, but {len(actual)} with {SIDES[1]}"
        )


def _difference(name: str, theirs: Any, ours: Any) -> str:
    return f"{name} is {_shortened(theirs)} with {SIDES[0]}, but {_shortened(ours)} with {SIDES[1]}"


def _shortened(value: Any) -> str:
    if isinstance(value, bytes):
        return f"{value[:24].hex()}..."
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def show_title(console: Console, title: str, names: Iterable[str]) -> None:
    """What a part of the demo is about, and the one line of its script that changes."""
    listed = ", ".join(names)
    console.print()
    console.rule(f"[bold]{title}", align="left", style="dim")
    console.print(f"  [red]- from {SIDES[0]} import {listed}", highlight=False)
    console.print(f"  [green]+ from {SIDES[1]} import {listed}", highlight=False)


def show_runs(console: Console, runs: dict[tuple[str, str], tuple[Run, Run]]) -> None:
    """A table with two lines for each pair of runs, torch's above ours.

    A key of ``runs`` is what stands before the two lines.
    """
    table = Table(box=box.SIMPLE, collapse_padding=True)
    table.add_column("sampler")
    table.add_column("")
    for heading in ("batches", "first loss", "last loss", "accuracy"):
        table.add_column(heading, justify="right")
    for names, pair in runs.items():
        for name, side, run in zip(names, ("torch", "fastsamplers"), pair, strict=True):
            table.add_row(
                name,
                side,
                f"{len(run.batches):,}",
                f"{run.losses[0]:.6f}",
                f"{run.losses[-1]:.6f}",
                f"{100 * run.accuracy:.2f} %",
            )
    console.print(table)
    count = sum(len(ours.batches) for _, ours in runs.values())
    show_result(
        console, "identical", f"{count:,} batches, {count:,} losses, generator states, accuracy"
    )


def show_result(console: Console, verdict: str, what: str) -> None:
    console.print(f"  [bold green]{verdict:<10}[/] {what}", highlight=False)


def training_progress(console: Console) -> Progress:
    """A bar that is drawn at each step, without a thread: workers may be forked beneath it."""
    return Progress(
        TextColumn("  {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        auto_refresh=False,
        transient=True,
        disable=not console.is_terminal,
    )
