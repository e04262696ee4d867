"""How far a command is, on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

# (what comes next, parts that are done, of so many)
Told = Callable[[str, int, int], None]


@contextmanager
def shown_progress(out: TextIO, is_long: bool = True) -> Iterator[Told | None]:
    """What a command tells of its parts; None where nobody would look, or it would only flicker."""
    if not (is_long and out.isatty()):
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
        TextColumn("{task.description:<55}"),
        BarColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(file=out), transient=True) as bar:
        task = bar.add_task("")
        yield lambda what, done, of: bar.update(task, description=what, completed=done, total=of)
