"""Runs the suites and writes what they measured to bench/results/: ``python -m bench.run``.

One process measures torch and fastsamplers side by side; what is kept is the least of the rounds,
and for each row of the table the ratio of the two. Imports and peak memory are measured in child
processes. ``--large`` measures what takes minutes and gigabytes and adds it to the same file.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from bench import imports, kernels, limit, memory, record
from fastsamplers import _core


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="the large rows, and they alone")
    parser.add_argument("--result", type=Path, default=record.RESULT, help="the file to write")
    arguments, options = parser.parse_known_args()
    large, result = arguments.large, arguments.result
    available = _core.available_memory()
    measured, machine = _run_suites(large, options)
    measured["limit"] = limit.points(large)
    measured["memory"] = memory.points(large)
    if large:
        measured["threads"] += memory.randperm_points()
        measured["weighted"] = memory.weighted_points()
        measured["shuffle"] = memory.shuffle_points()
        measured["plans"] = memory.plan_points()
    else:
        measured["time"].append(imports.row())
        measured["kernels"] = kernels.points()
    for row in measured["time"]:
        row["ratio"] = round(row["torch"] / row["fastsamplers"], 3)
    before = json.loads(result.read_text()) if result.exists() else {}
    stamp = record.stamp({**machine, "memory": available}, large, options)
    result.parent.mkdir(exist_ok=True)
    result.write_text(record.as_text(record.merge(before, measured, stamp, large)))
    print(f"wrote {result.name}")
    missed = [row["work"] for row in measured["time"] if row["ratio"] < row["floor"]]
    for work in missed:
        print(f"below its floor: {work}")
    return 1 if missed else 0


def _run_suites(large: bool, options: list[str]) -> tuple[record.Sections, dict[str, Any]]:
    """What pytest-benchmark measured, and its description of the machine."""
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw.json"
        marker = "large" if large else "not large"
        status = pytest.main(
            [
                str(Path(__file__).parent),
                *("-q", "-p", "no:cacheprovider", "-m", marker, f"--benchmark-json={raw}"),
                *options,
            ]
        )
        if status != 0:
            sys.exit(int(status))
        report = json.loads(raw.read_text())
    measured: record.Sections = {section: [] for section in record.SECTIONS}
    rows: dict[str, dict[str, Any]] = {}
    for entry in report["benchmarks"]:
        point, seconds = entry["extra_info"], float(f"{entry['stats']['min']:.6g}")
        section = point.pop("section")
        if section == "time":
            side = point.pop("side")
            rows.setdefault(point["work"], point)[side] = seconds
        else:
            measured[section].append(point | {"seconds": seconds})
    measured["time"] = list(rows.values())
    return measured, report["machine_info"]


if __name__ == "__main__":
    sys.exit(main())
