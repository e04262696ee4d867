"""Runs the suites and writes what they measured to bench/results/: ``python -m bench.run``.

One process measures torch and fastsamplers side by side; what is kept of each row is the least of
its rounds and the ratio of the two. Peak memory is measured in child processes.
"""

from __future__ import annotations

import datetime
import json
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from bench import memory
from fastsamplers import _core

RESULTS = Path(__file__).parent / "results"
MEMORY_N = 100_000_000


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw.json"
        options = ["-q", "-p", "no:cacheprovider", "-m", "", f"--benchmark-json={raw}"]
        status = pytest.main([str(Path(__file__).parent), *options, *sys.argv[1:]])
        if status != 0:
            return int(status)
        measured: dict[str, Any] = json.loads(raw.read_text())
    rows = _rows(measured["benchmarks"])
    result = {
        "command": "make bench",
        "date": datetime.date.today().isoformat(),
        "machine": _machine(measured["machine_info"]),
        "versions": {name: version(name) for name in ("fastsamplers", "torch", "numpy")}
        | {"python": platform.python_version()},
        "instructions": _core.active_isa(),
        "time": rows,
        "memory": _memory(),
    }
    RESULTS.mkdir(exist_ok=True)
    target = RESULTS / "samplers.json"
    target.write_text(json.dumps(result, indent=1) + "\n")
    print(f"wrote {target.relative_to(Path.cwd())}")
    missed = [row["work"] for row in rows if row["ratio"] < row["floor"]]
    for work in missed:
        print(f"below its floor: {work}")
    return 1 if missed else 0


def _machine(info: dict[str, Any]) -> dict[str, Any]:
    cpu = info["cpu"]
    return {
        "processor": cpu.get("brand_raw", "unknown"),
        "cores": cpu.get("count"),
        "system": f"{info['system']} {info['machine']}",
    }


def _rows(benchmarks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    least: dict[str, dict[str, Any]] = {}
    for entry in benchmarks:
        extra = entry["extra_info"]
        row = least.setdefault(
            entry["group"],
            {"work": entry["group"], "indices": extra["indices"], "floor": extra["floor"]},
        )
        row[extra["side"]] = entry["stats"]["min"]
    for row in least.values():
        row["ratio"] = round(row["torch"] / row["fastsamplers"], 2)
    return list(least.values())


def _memory() -> dict[str, Any]:
    baseline = memory.peak("nothing", MEMORY_N)
    return {
        "work": f"peak memory of BatchSampler(RandomSampler, 1024), n = {MEMORY_N:,}",
        "n": MEMORY_N,
        "baseline": baseline,
        "torch": memory.peak("torch", MEMORY_N) - baseline,
        "fastsamplers": memory.peak("fastsamplers", MEMORY_N) - baseline,
    }


if __name__ == "__main__":
    sys.exit(main())
