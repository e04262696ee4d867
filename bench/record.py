"""The file of results: what it says about a run, and how a later run changes it."""

from __future__ import annotations

import datetime
import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.sizes import LARGEST
from fastsamplers import _core

RESULT = Path(__file__).parent / "results" / "samplers.json"
# Lists of rows or points, in this order in the file.
SECTIONS = (
    "time",
    "scaling",
    "threads",
    "limit",
    "memory",
    "weighted",
    "shuffle",
    "resume",
    "plans",
    "kernels",
)
Sections = dict[str, list[dict[str, Any]]]


def stamp(machine: dict[str, Any], large: bool, options: list[str]) -> dict[str, Any]:
    """By what, when and where it was measured.

    ``machine`` is what pytest-benchmark says of it, and the ``memory`` available before the run.
    """
    command = "make bench-large" if large else "make bench"
    if options or LARGEST < 10**9:
        flags = ["--large"] if large else []
        command = " ".join([f"BENCH_LARGEST={LARGEST} python -m bench.run", *flags, *options])
    cpu = machine["cpu"]
    return {
        "command": command,
        "date": datetime.date.today().isoformat(),
        "machine": {
            "processor": cpu.get("brand_raw", "unknown"),
            "cores": cpu.get("count"),
            "system": f"{machine['system']} {machine['machine']}",
            "memory": machine["memory"],
        },
        "versions": {name: version(name) for name in ("fastsamplers", "torch", "numpy")}
        | {"python": platform.python_version()},
        "instructions": _core.active_isa(),
    }


def command_line(module: str, arguments: list[str]) -> str:
    """How a run can be done again: without ``--result FILE``, which may be anywhere."""
    kept = list(arguments)
    if "--result" in kept:
        at = kept.index("--result")
        del kept[at : at + 2]
    return " ".join([f"python -m {module}", *kept])


def merge(
    before: dict[str, Any], measured: Sections, stamp: dict[str, Any], large: bool
) -> dict[str, Any]:
    """The file after a run: a large run replaces the large points, any other run the others.

    The points of a large run say ``"large": true``; its stamp is kept under ``large``.
    """
    stamps = {key: value for key, value in before.items() if key not in SECTIONS}
    if large:
        after = stamps | {"large": stamp}
    else:
        after = stamp | {key: stamps[key] for key in ("large",) if key in stamps}
    for section in SECTIONS:
        kept = [point for point in before.get(section, []) if point.get("large", False) != large]
        new = [point | {"large": True} if large else point for point in measured[section]]
        after[section] = kept + new if large else new + kept
    return after


def as_text(result: dict[str, Any]) -> str:
    """JSON with one line for each row or point."""
    entries = []
    for key, value in result.items():
        text = json.dumps(value)
        if isinstance(value, list) and value:
            text = "[\n  " + ",\n  ".join(map(json.dumps, value)) + "\n ]"
        entries.append(f" {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(entries) + "\n}\n"
