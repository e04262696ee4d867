"""Tests weighted draws at full size and writes the results: ``python -m
bench.quality.run_weighted``.

``bench.report`` makes the table of docs/algorithms/weighted.md from them.
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

from bench.quality import draws, weighted
from bench.quality.battery import failures
from bench.quality.run import LEVEL
from bench.record import as_text, command_line

RESULT = Path(__file__).parents[1] / "results" / "weighted_draws.json"
# numpy's choice without replacement sorts all weights.
MOST_OF_NUMPY = 10**6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=float, default=3e7, help="draws for each test")
    parser.add_argument("--result", type=Path, default=RESULT, help="the file to write")
    options = parser.parse_args()
    tested: list[tuple[draws.Source, int]] = [
        (draws.Sampler(), weighted.LENGTHS[-1]),
        (draws.NumPy(), MOST_OF_NUMPY),
    ]
    rows = []
    with Progress() as progress:
        for source, longest in progress.track(tested, description="weighted draws"):
            results = list(weighted.run(source, int(options.work), longest=longest))
            failed = failures(results, LEVEL)
            rows.append(
                {
                    "source": source.name,
                    "results": len(results),
                    "failed": len(failed),
                    "tests": sorted({f"{result.test}, n = {result.n:,}" for result in failed}),
                    "least": float(f"{min(result.probability for result in results):.3g}"),
                }
            )
    result: dict[str, Any] = {
        "command": command_line("bench.quality.run_weighted", sys.argv[1:]),
        "date": datetime.date.today().isoformat(),
        "versions": {name: version(name) for name in ("fastsamplers", "torch", "numpy", "scipy")}
        | {"python": platform.python_version()},
        "level": LEVEL,
        "work": int(options.work),
        "battery": rows,
    }
    options.result.write_text(as_text(result))
    print(f"wrote {options.result.name}")
    return 1 if any(row["failed"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
