"""Tests the index shuffle at full size and writes the results: ``python -m bench.quality.run``.

Some ten minutes. ``bench.report`` makes the tables of docs/algorithms/index-shuffle.md from them.
"""

from __future__ import annotations

import argparse
import datetime
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.progress import Progress

from bench.quality import battery, sources, statistics
from bench.record import as_text, command_line

RESULT = Path(__file__).parents[1] / "results" / "index_shuffle.json"
LEVEL = 1e-3
ROUNDS = (2, 4, 6, 8)
TRACE_LENGTHS = (4097, 8193, 65_537, 2**20 + 1, 2**24 + 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=float, default=3e7, help="values for each test")
    parser.add_argument("--pairs", type=float, default=1e9, help="differences for each trace")
    parser.add_argument("--result", type=Path, default=RESULT, help="the file to write")
    options = parser.parse_args()
    result: dict[str, Any] = {
        "command": command_line("bench.quality.run", sys.argv[1:]),
        "date": datetime.date.today().isoformat(),
        "versions": {name: version(name) for name in ("fastsamplers", "numpy", "scipy")}
        | {"python": platform.python_version()},
        "level": LEVEL,
        "work": int(options.work),
        "pairs": int(options.pairs),
    }
    with Progress() as progress:
        result["battery"] = _battery(progress, int(options.work))
        result["traces"] = _traces(progress, int(options.pairs))
    options.result.write_text(as_text(result))
    print(f"wrote {options.result.name}")
    return 1 if any(row["failed"] for row in result["battery"][:2]) else 0


def _battery(progress: Progress, work: int) -> list[dict[str, Any]]:
    """The shuffle itself and numpy, which should pass, then fewer rounds."""
    tested: list[tuple[sources.Source, int]] = [
        (sources.IndexShuffle(), 2**62),
        (sources.NumPy(), battery.MOST_STORED),
        *((sources.IndexShuffle(rounds), 2**62) for rounds in ROUNDS),
    ]
    rows = []
    for source, longest in progress.track(tested, description="battery"):
        results = list(battery.run(source, work, longest=longest))
        failed = battery.failures(results, LEVEL)
        rows.append(
            {
                "source": source.name,
                "results": len(results),
                "failed": len(failed),
                "tests": sorted({result.test for result in failed}),
                "lengths": sorted({result.n for result in failed}),
                "least": float(f"{min(result.probability for result in results):.3g}"),
            }
        )
    return rows


def _traces(progress: Progress, pairs: int) -> list[dict[str, Any]]:
    cells = [(n, rounds) for n in TRACE_LENGTHS for rounds in ROUNDS]
    points = []
    for n, rounds in progress.track(cells, description="traces"):
        source, keys = sources.IndexShuffle(rounds), max(1, pairs // min(n, 65_536))
        point: dict[str, Any] = {"n": n, "rounds": rounds}
        for name, of_rows in (("adjacent", False), ("rows", True)):
            deviation = statistics.trace(source, n, keys, of_rows=of_rows)
            point[name] = float(f"{deviation:.3g}")
        points.append(point)
    return points


if __name__ == "__main__":
    sys.exit(main())
