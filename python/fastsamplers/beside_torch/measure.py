"""Measures every work: sides in turn for the time, a process of its own each for the memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from fastsamplers.beside_torch.work import SIDES, WORKS

Row = dict[str, Any]
# (what is being measured, parts done, of so many)
Progress = Callable[[str, int, int], None]
_PARTS = 1 + len(SIDES)


def measure(n: int, rounds: int, progress: Progress | None = None) -> list[Row]:
    """A row for each work.

    Args:
        n (int): samples.
        rounds (int): passes of each side, of which the best counts; one where they take seconds.
        progress (callable, optional): told what comes next.

    Returns:
        list of dict: ``work``; ``sides``, from each side that can do it to ``first`` and
        ``seconds`` of a pass, its ``indices``, and ``memory`` in bytes.

    Raises:
        RuntimeError: a process has failed.
    """
    rows = []
    for number, work in enumerate(WORKS):
        if progress is not None:
            progress(work.name, _PARTS * number, _PARTS * len(WORKS))
        sides: dict[str, dict[str, Any]] = _child(number, n, "time", rounds)
        for part, side in enumerate(sides, start=1):
            if progress is not None:
                done = _PARTS * number + part
                progress(f"{work.name}, memory", done, _PARTS * len(WORKS))
            sides[side]["memory"] = _child(number, n, side)
        rows.append({"work": work.name, "sides": sides})
    return rows


def _child(*arguments: object) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "fastsamplers.beside_torch.child", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise RuntimeError(f"{WORKS[int(str(arguments[0]))].name}: {last}")
    return json.loads(done.stdout)
