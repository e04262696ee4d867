"""One billion indices, shuffled by RandomSampler and batched by BatchSampler.

    python -m examples.billion

torch's samplers are measured beside ours at ten million indices, and their figures are scaled up in
proportion. That is kind to them: at a billion, a shuffle misses the caches more often.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from . import memory
from .comparison import SIDES, show_result, show_title
from .measurement import BATCH_SIZE, Child, Measurement, OrderError

# From here on torch shuffles by a rule under which no index is final before the last step, and who
# gives the same order has to wait for it too.
WHOLE_SHUFFLE_FROM = 214_748_364


def run_with_bars(
    progress: Progress,
    package: str,
    n: int,
    output: str | None = None,
    digest: bool = False,
    algorithm: str | None = None,
) -> Measurement:
    """Measures in a child process and shows how far it is.

    The whole shuffle of a large n is one call that reports nothing. But it fills its memory from
    the front to the end, so that what the child holds says how far it is. Where the system does not
    tell that, the bar pulses.
    """
    name = "torch" if package == SIDES[0] else package
    shuffle = None
    if package == SIDES[1] and n >= WHOLE_SHUFFLE_FROM and algorithm is None:
        shuffle = progress.add_task(f"{name}: shuffle", total=None, detail="")
    batches = progress.add_task(
        f"{algorithm or name}: batches", total=n, detail=f"of {n:,}", start=shuffle is None
    )
    child = Child(package, n, output, digest, algorithm)
    needed = (4 if n <= 2**32 else 8) * n
    baseline = None
    while True:
        message = child.receive(0.1)
        if isinstance(message, Measurement):
            progress.update(batches, completed=n)
            return message
        if message is None:
            held = child.memory()
            if shuffle is not None and baseline is not None and held is not None:
                filled = min(max(0, held - baseline), needed)
                progress.update(
                    shuffle, total=needed, completed=filled, detail=f"of {_size(needed)} filled"
                )
        elif baseline is None:
            baseline = message
        else:
            if shuffle is not None:
                progress.update(shuffle, total=needed, completed=needed)
                progress.start_task(batches)
                shuffle = None
            progress.update(batches, completed=message)


def compare(console: Console, *, n: int = 10**9, torch_n: int = 10**7) -> None:
    """Measures, prints a table, and raises OrderError when an index is not where it should be."""
    show_title(
        console,
        f"Size: {n:,} indices shuffled, in batches of {BATCH_SIZE:,}",
        ("BatchSampler", "RandomSampler"),
    )
    torch_n = min(n, torch_n)
    columns = (
        TextColumn("  {task.description:<21}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} % {task.fields[detail]:<20}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        theirs = run_with_bars(progress, SIDES[0], torch_n, digest=True)
        ours = run_with_bars(progress, SIDES[1], torch_n, digest=True)
        if theirs.digest != ours.digest:
            raise OrderError(f"the two orders of {torch_n:,} indices are not the same")
        all_of_them = run_with_bars(progress, SIDES[1], n, output="numpy")
        computed = run_with_bars(progress, SIDES[1], n, output="numpy", algorithm="feistel")
    show_measurements(console, theirs, ours, all_of_them, computed)


def show_measurements(
    console: Console,
    theirs: Measurement,
    ours: Measurement,
    large: Measurement,
    computed: Measurement,
) -> None:
    """``theirs`` and ``ours`` at the same n, then what torch's would be at that of the others."""
    implied = theirs.scaled_to(large.n)
    table = Table(box=box.SIMPLE, collapse_padding=True)
    table.add_column("samplers")
    headings = ("indices", "first\nbatch", "whole\npass", "ns per\nindex", "memory\nof the pass")
    for heading in headings:
        table.add_column(heading, justify="right")
    rows = (
        ("torch", theirs, ""),
        ("fastsamplers", ours, ""),
        ("torch, implied", implied, "dim"),
        ("fastsamplers, arrays", large, "bold"),
        ("the same, feistel", computed, "bold"),
    )
    for name, m, style in rows:
        table.add_row(
            name,
            f"{m.n:,}",
            _time(m.first_batch),
            _time(m.whole_pass),
            f"{m.whole_pass / m.n * 1e9:.1f}",
            _size(m.memory),
            style=style,
        )
    console.print(table)
    show_result(console, "identical", f"the order of {ours.n:,} indices with torch and with ours")
    show_result(
        console, "complete", f"each of {large.n:,} indices came exactly once, by both orders"
    )
    notes = [
        f"At n = {large.n:,} torch needs about {_size(implied.memory)}; "
        f"this machine has {_size(memory.installed())}.",
        'Arrays: BatchSampler(..., output="numpy"). The other batches are lists of int.',
    ]
    if large.n >= WHOLE_SHUFFLE_FROM:
        notes.append(
            f"From n = {WHOLE_SHUFFLE_FROM:,} on no index of torch's order is final before all are."
        )
    notes.append('Feistel: algorithm="feistel", an order of ours that is computed, not stored.')
    for note in notes:
        console.print(f"  {note}", highlight=False)


def _time(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{_digits(seconds * factor)} {unit}"
    return f"{seconds * 1e6:.0f} µs"


def _size(count: float) -> str:
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if count >= factor:
            return f"{_digits(count / factor)} {unit}"
    return f"{count / 1e3:.0f} KB"


def _digits(value: float) -> str:
    """Three significant digits of a value from 1 to 999, and never less than its whole part."""
    return f"{value:.{0 if value >= 100 else 1 if value >= 10 else 2}f}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="A billion indices in batches.")
    parser.add_argument("--n", type=int, default=10**9, help="indices")
    parser.add_argument("--torch-n", type=int, default=10**7, help="indices beside torch")
    options = parser.parse_args(arguments)
    try:
        compare(Console(), **vars(options))
    except (OrderError, MemoryError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
