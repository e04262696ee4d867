"""The file of results of a run: what was tried, how often, and what failed.

``python -m trust.record NAME COMMAND`` writes the file of rows in JSON from standard input.
"""

from __future__ import annotations

import datetime
import json
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "bench" / "results" / "trust"


@dataclass(frozen=True)
class Row:
    """One line of the table in docs/guarantees.md.

    ``what`` was tried ``count`` times (in ``unit``, such as "configurations" or "executions"), of
    which ``failed`` showed a fault.
    """

    what: str
    count: int
    unit: str
    failed: int = 0


def as_text(command: str, rows: Sequence[Row]) -> str:
    """JSON with one line for each row, under what, when and where it was run."""
    # That of the process that writes, which may be another than the one that has run the tests.
    from fastsamplers import _core

    head = {
        "command": command,
        "date": datetime.date.today().isoformat(),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {name: version(name) for name in ("fastsamplers", "torch", "numpy")}
        | {"python": platform.python_version()},
        "instructions": _core.active_isa(),
    }
    lines = [f" {json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
    found = ",\n  ".join(json.dumps(asdict(row)) for row in rows)
    return "{\n" + "\n".join(lines) + f'\n "rows": [\n  {found}\n ]\n}}\n'


def write(name: str, command: str, rows: Sequence[Row], folder: Path = RESULTS) -> Path:
    """Writes ``folder``/``name``.json, from which docs/guarantees.md is generated.

    Raises:
        ValueError: a row counts nothing, or more failures than were tried.
    """
    for row in rows:
        if not 0 <= row.failed <= row.count or row.count == 0:
            raise ValueError(f"{row.what}: failed={row.failed} of count={row.count}")
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.json"
    file.write_text(as_text(command, rows), encoding="utf-8")
    return file


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2], [Row(**row) for row in json.load(sys.stdin)])
