"""Text of many lengths: the same training with batches made in four ways.

    python -m examples.lengths

A small transformer reads snippets of 1 to 512 bytes. Batches of random snippets are more than half
padding. The samplers by length put snippets of like length together, or several into one row: as
many tokens are read and as many steps made, in less time. What is left to ask is whether the model
learns as much, and the loss on held-out text answers it.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from rich import box
from rich.console import Console
from rich.table import Table

from .comparison import show_result, training_progress
from .length_runs import BASE, BATCH_SIZE, run
from .measurement import OrderError
from .snippets import LONGEST, read


def figures(
    *, snippets: int = 2000, epochs: int = 1, seeds: int = 2, console: Console | None = None
) -> dict[str, Any]:
    """Trains with each strategy and each seed; OrderError if an epoch was not each snippet once."""
    torch.set_num_threads(1)  # losses can be had again, and neighbours disturb the times less
    training, held_out = read(snippets)
    with training_progress(console or Console()) as progress:

        def track(turns: Iterable[str]) -> Iterable[str]:
            task = progress.add_task("", total=len(list(turns)))
            for turn in turns:
                progress.update(task, description=f"{turn:<21}", refresh=True)
                yield turn
                progress.update(task, advance=1, refresh=True)

        outcomes = run(training, held_out, epochs, seeds, track)
    return {
        "snippets": len(training),
        "held_out": len(held_out),
        "batch_size": BATCH_SIZE,
        "longest": LONGEST,
        "mean_length": round(float(training.lengths.mean()), 1),
        "epochs": epochs,
        "seeds": seeds,
        "strategies": [outcome.figures(outcomes[BASE]) for outcome in outcomes.values()],
    }


def stamp(arguments: Sequence[str]) -> dict[str, Any]:
    """By what, when and where it was measured."""
    return {
        "command": " ".join(["python -m examples.lengths", *arguments]),
        "date": datetime.date.today().isoformat(),
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.machine()}",
        },
        "versions": {name: version(name) for name in ("fastsamplers", "torch", "numpy")}
        | {"python": platform.python_version()},
    }


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    for line in described.read_text().splitlines() if described.exists() else ():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.processor() or "unknown"


def show(console: Console, found: dict[str, Any]) -> None:
    table = Table(box=box.SIMPLE, collapse_padding=True, pad_edge=False)
    table.add_column("an epoch")
    for heading in ("batches", "padded", "waste", "CPU s", "time", "loss"):
        table.add_column(heading, justify="right")
    for row in found["strategies"]:
        table.add_row(
            row["strategy"],
            f"{row['batches']:,}",
            f"{row['padded_tokens']:,}",
            f"{100 * row['waste']:.1f} %",
            f"{row['seconds']:.2f}",
            f"{100 * row['time_ratio']:.0f} %",
            f"{row['loss']:.3f} ± {row['loss_deviation']:.3f}",
        )
    console.print(table)
    for row in found["strategies"][1:]:
        console.print(
            f"  {row['strategy']:<22}loss {row['difference']:+.3f} ± "
            f"{row['difference_deviation']:.3f} beside random batches, seed by seed",
            highlight=False,
        )
    tokens = found["strategies"][0]["tokens"]
    show_result(
        console,
        "counted",
        f"each of {found['snippets']:,} snippets once, {tokens:,} tokens an epoch",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(description="Text of many lengths, batches made in four ways.")
    parser.add_argument("--snippets", type=int, default=2000, help="nine tenths to train on")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=2, help="trainings with each strategy")
    parser.add_argument("--json", type=Path, help="a file to write the figures to")
    options = parser.parse_args(given)
    console = Console()
    console.print()
    console.rule("[bold]Lengths: four ways to make batches of text", align="left", style="dim")
    try:
        found = figures(
            snippets=options.snippets, epochs=options.epochs, seeds=options.seeds, console=console
        )
    except OrderError as error:
        print(error, file=sys.stderr)
        return 1
    show(console, found)
    if options.json is not None:
        options.json.write_text(json.dumps(stamp(given) | found, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
