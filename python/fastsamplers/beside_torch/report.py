"""What ``fastsamplers bench`` prints: a table to read, or JSON."""

from __future__ import annotations

import datetime
import json
import os
import platform
import textwrap
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO

from fastsamplers import _core, _threads, text_table
from fastsamplers.beside_torch.work import BATCH_SIZE, SIDES
from fastsamplers.wording import counted, encodable

Result = dict[str, Any]

_HEADER = (
    *("", "1st batch\ntorch", "\nours", "ns/index\ntorch", "\nours", "\nfaster"),
    *("memory\ntorch", "\nours"),
)
# Names of works break here, so that a table fits into a terminal of 100 columns.
_NAME_WIDTH = 27
_NOTES = (
    "1st batch: until it has come, from the start of a pass",
    f"ns/index: of a pass in batches of {BATCH_SIZE}, whole up to 1e9 indices, the best of several",
    "memory: what a pass takes at its peak, beyond weights that exist before",
)


def stamp(n: int, rounds: int) -> Result:
    """By what, when and where it is measured."""
    return {
        "command": f"fastsamplers bench --n {n} --rounds {rounds}",
        "date": datetime.date.today().isoformat(),
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.machine()}",
            "memory": _core.available_memory(),
        },
        "versions": {name: version(name) for name in ("fastsamplers", "torch", "numpy")}
        | {"python": platform.python_version()},
        "instructions": _core.active_isa(),
        "threads": _threads.get_num_threads(),
        "n": n,
        "batch_size": BATCH_SIZE,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def as_json(result: Result) -> str:
    """All figures as a JSON object."""
    return json.dumps(result, indent=1, allow_nan=False)


def headline(result: Result) -> str:
    """What was measured, where, in one line."""
    machine, versions = result["machine"], result["versions"]
    return (
        f"{counted(result['n'], 'sample')}, fastsamplers {versions['fastsamplers']} beside torch "
        f"{versions['torch']}: {machine['processor']}, {counted(machine['cores'], 'core')}, "
        f"{result['instructions']}"
    )


def show(result: Result, out: TextIO) -> None:
    """Prints the table."""
    print(encodable(headline(result), out), file=out)
    rows = [
        [textwrap.fill(name, _NAME_WIDTH, subsequent_indent="  "), *figures]
        for name, *figures in table(result["rows"])
    ]
    text_table.show(_HEADER, rows, out)
    for note in _NOTES:
        print(note, file=out)


def table(rows: Sequence[Result]) -> list[list[str]]:
    """The name of each work, each figure of torch's and of ours, how many times as fast ours is."""
    cells = []
    for row in rows:
        theirs, ours = (row["sides"].get(side) for side in SIDES)
        faster = ""
        if theirs is not None and ours is not None:
            ratio = theirs["seconds"] / ours["seconds"]
            faster = f"{ratio:.{0 if ratio >= 10 else 1}f}x"
        cells.append(
            [
                row["work"],
                *(_of(side, "first") for side in (theirs, ours)),
                *(_of(side, "each") for side in (theirs, ours)),
                faster,
                *(_of(side, "memory") for side in (theirs, ours)),
            ]
        )
    return cells


def nanoseconds(side: Result) -> float:
    """Of a pass, for each index."""
    return float(1e9 * side["seconds"] / side["indices"])


def _of(side: Result | None, what: str) -> str:
    if side is None:
        return "cannot"
    if what == "first":
        return _duration(side["first"])
    if what == "each":
        return f"{nanoseconds(side):,.1f}"
    mebibytes = side["memory"] / 2**20
    return f"{mebibytes:.1f} MiB" if mebibytes < 1000 else f"{mebibytes / 2**10:,.1f} GiB"


def _duration(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:,.2f} s"
    return f"{1e3 * seconds:,.2f} ms" if seconds >= 1e-3 else f"{1e6 * seconds:,.0f} µs"
