"""How far planning is, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from fastsamplers.planning import Progress

# Fewer lengths are planned in less than half a second: a bar would only flicker.
SHOWN_FROM = 2_000_000


@contextmanager
def shown_progress(count: int, out: TextIO) -> Iterator[Progress | None]:
    """What to give to ``compare_strategies`` for so many lengths; None where nobody would look."""
    if count < SHOWN_FROM or not out.isatty():
        yield None
        return
    try:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
    except ImportError:
        yield lambda what, done, of: print(f"[{done}/{of}] {what}", file=out, flush=True)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<30}"),
        BarColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(file=out), transient=True) as bar:
        task = bar.add_task("")
        yield lambda what, done, of: bar.update(task, description=what, completed=done, total=of)
