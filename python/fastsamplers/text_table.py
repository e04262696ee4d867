"""The tables that commands print: with rich where it is installed, else as aligned text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

# Wider than the tables: a number that is cut short is worse than a line that the terminal breaks.
_WIDTH = 200


def show(header: Sequence[str], rows: Sequence[Sequence[str]], out: TextIO) -> None:
    """Prints rows of a name and figures, as wide as their header."""
    try:
        _show_rich(header, rows, out)
    except ImportError:
        _show_plain(header, rows, out)


def _show_rich(header: Sequence[str], rows: Sequence[Sequence[str]], out: TextIO) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for number, name in enumerate(header):
        table.add_column(name, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    Console(file=out, width=_WIDTH).print(table)


def _show_plain(header: Sequence[str], rows: Sequence[Sequence[str]], out: TextIO) -> None:
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    print(file=out)
    for row in (header, ["-" * width for width in widths], *rows):
        first, *cells = (
            f"{cell:>{width}}" if number else f"{cell:<{width}}"
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join([first, *cells]).rstrip(), file=out)
    print(file=out)
