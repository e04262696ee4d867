"""The C++ micro-benchmarks, run by Google Benchmark: each kernel at each instruction-set level.

Beside them in the same run: what memory itself can do.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).parent.parent / "build" / "bench" / "bench" / "cpp" / "fastsamplers_bench"


def points() -> list[dict[str, Any]]:
    """``{kernel, label, seconds}`` an item; nothing where the program has not been built."""
    if not PROGRAM.exists():
        print("the C++ benchmarks are not built (Google Benchmark is missing): left out")
        return []
    # The memory's limit is the least of three, as are the kernels beside it.
    options = ["--benchmark_format=json", "--benchmark_min_time=0.1"]
    text = subprocess.run([PROGRAM, *options], check=True, capture_output=True, text=True).stdout
    found: list[dict[str, Any]] = []
    for entry in json.loads(text)["benchmarks"]:
        if "items_per_second" not in entry:  # a level that this machine lacks
            continue
        name, *arguments = entry["name"].split("/")
        label = entry.get("label") or _arguments(name, arguments)
        seconds = float(f"{1 / entry['items_per_second']:.4g}")
        found.append({"kernel": name.replace("_", " "), "label": label, "seconds": seconds})
    return found


_THREADED = ("whole_permutation", "inside_out", "random_changes")


def _arguments(name: str, arguments: list[str]) -> str:
    numbers = [int(argument) for argument in arguments if argument.isdigit()]
    if not numbers:
        return ""
    label = f"n = {numbers[0]:,}"
    if name in _THREADED:
        label += f", {numbers[1]} thread{'s' if numbers[1] > 1 else ''}"
    return label
