"""Runs dieharder over streams of indices: ``python -m bench.quality.dieharder``.

dieharder (Brown, Eddelbuettel and Bauer) has Marsaglia's tests, those of NIST's suite and its own.
``bench.report`` makes the tables in docs/algorithms.
"""

from __future__ import annotations

import argparse
import datetime
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.quality.words import STREAMS
from bench.record import as_text, command_line

RESULT = Path(__file__).parents[1] / "results" / "dieharder.json"
LEVEL = 1e-3
# Its tests by number, but "sums", which its own list calls wrong, and with sizes of tuples where
# they take one. Of 33 lags the sums of four: each lag more takes as many words more.
PLAIN = (*range(14), 15, 16, 17, 100, 101, 102, 204, 205, 206, 207, 208, 209)
BY_SIZE = {200: range(1, 13), 201: range(2, 6), 202: range(2, 6), 203: (0, 1, 7, 31)}
TESTS = (
    *(("-d", str(test)) for test in PLAIN),
    *(("-d", str(test), "-n", str(size)) for test, sizes in BY_SIZE.items() for size in sizes),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", type=int, default=len(TESTS), help="as many tests as this")
    parser.add_argument("--jobs", type=int, default=2, help="streams at a time")
    parser.add_argument("--result", type=Path, default=RESULT, help="the file to write")
    options = parser.parse_args()
    with ThreadPoolExecutor(options.jobs) as pool:
        found = list(pool.map(lambda name: tested(name, TESTS[: options.tests]), STREAMS))
    rows = [row(name, results) for name, results in zip(STREAMS, found, strict=True)]
    result: dict[str, Any] = {
        "command": command_line("bench.quality.dieharder", sys.argv[1:]),
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


def tested(name: str, tests: Sequence[Sequence[str]]) -> list[tuple[str, float]]:
    """Each result of the tests over one stream, one after another: the test and its probability.

    Raises:
        RuntimeError: a test has no results.
    """
    results = []
    writer = [sys.executable, "-m", "bench.quality.words", name]
    with subprocess.Popen(writer, stdout=subprocess.PIPE) as stream:
        for test in tests:
            command = ["dieharder", "-g", "200", "-c", ",", "-D", "test_name", "-D", "ntuple"]
            shown = subprocess.run(
                [*command, "-D", "pvalues", *test],
                stdin=stream.stdout,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            found = results_in(shown)
            if not found:
                raise RuntimeError(
                    f"dieharder {' '.join(test)} says nothing of {name!r}: {shown!r}"
                )
            results += found
        stream.kill()
    return results


def results_in(shown: str) -> list[tuple[str, float]]:
    """Of what dieharder prints: lines of test, size of the tuple, probability."""
    lines = [line.split(",") for line in shown.splitlines() if line.count(",") == 2]
    return [(f"{test.strip()} {size.strip()}", float(p)) for test, size, p in lines]


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
