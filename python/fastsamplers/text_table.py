"""The tables that commands print: by rich where it is installed and can be shown, else plain."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from itertools import zip_longest
from typing import TextIO

from fastsamplers.wording import encodable

# Wider than the tables: a number that is cut short is worse than a line that the terminal breaks.
_WIDTH = 200

_RULE = "\N{BOX DRAWINGS LIGHT HORIZONTAL}"  # what rich draws

_Cells = Sequence[str]


def show(header: _Cells, rows: Sequence[_Cells], out: TextIO) -> None:
    """Prints rows of a name and figures, as wide as their header; a cell may have several lines."""
    header = [encodable(cell, out) for cell in header]
    rows = [[encodable(cell, out) for cell in row] for row in rows]
    if encodable(_RULE, out) == _RULE:
        with contextlib.suppress(ImportError):
            _show_rich(header, rows, out)
            return
    _show_plain(header, rows, out)


def _show_rich(header: _Cells, rows: Sequence[_Cells], out: TextIO) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    for number, name in enumerate(header):
        table.add_column(name, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console = Console(file=out, width=_WIDTH)
    # What cannot be written is the caller's to handle: rich would end the process.
    out.flush()
    with console.capture() as drawn:
        console.print(table)
    print(f"\n{drawn.get()}", file=out)


def _show_plain(header: _Cells, rows: Sequence[_Cells], out: TextIO) -> None:
    columns = zip(header, *rows, strict=True)
    widths = [max(len(line) for cell in column for line in cell.split("\n")) for column in columns]
    print(file=out)
    for row in (header, ["-" * width for width in widths], *rows):
        for line in zip_longest(*(cell.split("\n") for cell in row), fillvalue=""):
            first, *cells = (
                f"{cell:>{width}}" if number else f"{cell:<{width}}"
                for number, (cell, width) in enumerate(zip(line, widths, strict=True))
            )
            print("  ".join([first, *cells]).rstrip(), file=out)
    print(file=out)
