"""The whole demo: the same training with torch's samplers and with ours, then a billion indices.

    python -m examples.demo

Exits with 1 when anything that should be the same is not.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence

import torch
from rich.console import Console
from rich.markup import escape

import fastsamplers

from . import billion, digits, memory, text
from .comparison import RunsDifferError
from .measurement import OrderError


def fails(console: Console, part: Callable[[], None]) -> bool:
    """Runs one part of the demo and says why when something in it is not as it should be."""
    try:
        part()
    except (RunsDifferError, OrderError, MemoryError) as error:
        console.print(f"  [bold red]failed[/]     {escape(str(error))}", highlight=False)
        return True
    return False


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="torch's samplers and ours, side by side.")
    parser.add_argument("--epochs", type=int, default=2, help="of both trainings")
    parser.add_argument("--images", type=int, default=1500, help="digits to train on")
    parser.add_argument("--snippets", type=int, default=3000, help="pieces of text to train on")
    parser.add_argument("--n", type=int, default=10**9, help="indices to shuffle and batch")
    parser.add_argument("--torch-n", type=int, default=10**7, help="indices beside torch")
    options = parser.parse_args(arguments)
    console = Console()
    console.print(
        f"[bold]fastsamplers {fastsamplers.__version__}[/] beside torch {torch.__version__}, "
        f"Python {platform.python_version()}, {os.cpu_count()} cores, "
        f"{memory.installed() / 1e9:.0f} GB",
        highlight=False,
    )
    begin = time.perf_counter()
    parts: tuple[Callable[[], None], ...] = (
        lambda: digits.compare(console, epochs=options.epochs, limit=options.images),
        lambda: text.compare(console, epochs=options.epochs, limit=options.snippets),
        lambda: billion.compare(console, n=options.n, torch_n=options.torch_n),
    )
    failed = sum([fails(console, part) for part in parts])
    seconds = time.perf_counter() - begin
    console.print()
    console.rule(style="dim")
    if failed:
        console.print(f"[bold red]{failed} of {len(parts)} parts failed[/] after {seconds:.0f} s")
        return 1
    console.print(f"[bold green]Nothing differs.[/] {seconds:.0f} s", highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
