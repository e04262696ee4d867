"""Runs dieharder's whole battery over streams of indices: ``python -m bench.quality.dieharder``.

dieharder (Brown, Eddelbuettel and Bauer) has Marsaglia's tests, those of NIST's suite and its own:
some 110 results a stream, half an hour each. ``bench.report`` makes the tables in docs/algorithms.
"""

from __future__ import annotations

import argparse
import datetime
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.quality.words import STREAMS
from bench.record import as_text

RESULT = Path(__file__).parents[1] / "results" / "dieharder.json"
LEVEL = 1e-3
# Its own list calls this one wrong.
NOT_USED = "diehard_sums"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", default="-a", help="which tests, such as '-d 0' (default: all)")
    parser.add_argument("--jobs", type=int, default=2, help="streams at a time")
    parser.add_argument("--result", type=Path, default=RESULT, help="the file to write")
    options = parser.parse_args()
    with ThreadPoolExecutor(options.jobs) as pool:
        found = list(pool.map(lambda name: tested(name, options.tests.split()), STREAMS))
    rows = [row(name, results) for name, results in zip(STREAMS, found, strict=True)]
    result: dict[str, Any] = {
        "command": " ".join(["python -m bench.quality.dieharder", *sys.argv[1:]]),
        "date": datetime.date.today().isoformat(),
        "versions": {name: version(name) for name in ("fastsamplers", "torch", "numpy")}
        | {"dieharder": _dieharder_version()},
        "level": LEVEL,
        "streams": rows,
    }
    options.result.write_text(as_text(result))
    for line in rows:
        print(line)
    return 1 if any(line["failed"] for line in rows) else 0


def tested(name: str, tests: list[str]) -> list[tuple[str, float]]:
    """Each result of the battery over a stream: the test and its probability.

    Raises:
        RuntimeError: there are no results.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "bench.quality.words", name], stdout=subprocess.PIPE
    ) as stream:
        command = ["dieharder", "-g", "200", "-c", ",", "-D", "test_name", "-D", "ntuple"]
        shown = subprocess.run(
            [*command, "-D", "pvalues", *tests],
            stdin=stream.stdout,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        stream.kill()
    results = results_in(shown)
    if not results:
        raise RuntimeError(f"dieharder says nothing of {name!r}: {shown!r}")
    return results


def results_in(shown: str) -> list[tuple[str, float]]:
    """Of what dieharder prints: lines of test, size of the tuple, probability."""
    lines = [line.split(",") for line in shown.splitlines() if line.count(",") == 2]
    named = [(f"{test.strip()} {size.strip()}", float(p)) for test, size, p in lines]
    return [(name, p) for name, p in named if not name.startswith(NOT_USED)]


def row(name: str, results: list[tuple[str, float]]) -> dict[str, Any]:
    """How many results are too far off, or too good, for so many at once (Bonferroni)."""
    two_sided = {test: 2 * min(p, 1 - p) for test, p in results}
    failed = [test for test, p in two_sided.items() if p * len(results) < LEVEL]
    return {
        "source": name,
        "results": len(results),
        "failed": len(failed),
        "tests": sorted(failed),
        "least": float(f"{min(two_sided.values()):.3g}"),
    }


def _dieharder_version() -> str:
    shown = subprocess.run(["dieharder", "-h"], capture_output=True, text=True).stdout
    return shown.partition("version ")[2].partition(" ")[0]


if __name__ == "__main__":
    sys.exit(main())
