"""Measures loaders inside frameworks, torch's samplers beside ours: ``python -m bench.frameworks``.

Two processes on this machine, n = 10^7: the time to the first batch, and the memory of a rank
beyond what it holds before. Sides take turns, and each is the best of several runs.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import record
from bench.framework_run import BATCH_SIZE, RUNS
from bench.sizes import size
from fastsamplers.beside_torch import report

ROOT = Path(__file__).parent.parent
RESULT = Path(__file__).parent / "results" / "frameworks.json"
N = 10_000_000
RANKS = 2
REPEATS = 3


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--result", type=Path, default=RESULT)
    options = parser.parse_args(arguments)
    stamp = report.stamp(size(N), REPEATS) | {"command": "make frameworks", "repeats": REPEATS}
    stamp |= {"ranks": RANKS, "batch_size": BATCH_SIZE}
    rows = [measured(framework, size(N)) for framework in RUNS]
    options.result.write_text(record.as_text(stamp | {"rows": rows}))
    return 0


def measured(framework: str, n: int) -> dict[str, Any]:
    """Seconds and bytes of both sides, the mean over ranks of the best run."""
    runs: dict[str, list[tuple[float, float]]] = {"torch": [], "fastsamplers": []}
    for _ in range(REPEATS):
        for side, found in runs.items():
            found.append(run(framework, side, n))
    base = min(run(framework, "nothing", n)[1] for _ in range(2))
    row: dict[str, Any] = {"framework": framework}
    for side, found in runs.items():
        row[f"{side}_seconds"] = min(seconds for seconds, _ in found)
        row[f"{side}_bytes"] = max(0, min(peak for _, peak in found) - base)
    return row


def run(framework: str, side: str, n: int) -> tuple[float, float]:
    """Seconds to the first batch and peak bytes, in the mean over ranks."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "found")
        command = [sys.executable, "-W", "ignore", "-m", "torch.distributed.run", "--standalone"]
        command += [f"--nproc-per-node={RANKS}", "-m", "bench.framework_run"]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            [*command, framework, side, str(n), str(file)],
            cwd=ROOT, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode != 0:
            raise RuntimeError(f"{framework}, {side}: {done.stderr}")
        ranks = [json.loads(Path(f"{file}.{rank}").read_text()) for rank in range(RANKS)]
    seconds, peak = (statistics.mean(rank[key] for rank in ranks) for key in ("seconds", "peak"))
    return seconds, peak


if __name__ == "__main__":
    sys.exit(main())
