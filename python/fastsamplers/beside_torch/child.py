"""Passes of one work in a process of its own; prints what was measured as JSON.

``python -m fastsamplers.beside_torch.child WORK N time ROUNDS`` lets both sides take turns;
``... WORK N SIDE`` reads one pass of one side, for its memory.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fastsamplers.beside_torch.work import BATCH_SIZE, SIDES, WORKS

# Once both sides have taken so long for a pass, more rounds would take minutes.
_LONG = 4.0


def peak() -> int:
    """The most bytes that this process has held; 0 where the system does not say."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        try:
            import resource
        except ImportError:  # Windows
            return 0
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
    lines = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return next((int(line.split()[1]) * 1024 for line in lines), 0)


def run_pass(batches: Iterable[Any], most_indices: int) -> dict[str, float]:
    """Reads a pass as a training loop does: seconds to the first batch, and of all; indices."""
    began = time.perf_counter()
    iterator = itertools.islice(batches, -(-most_indices // BATCH_SIZE))
    indices = len(next(iterator))
    first = time.perf_counter() - began
    for batch in iterator:
        indices += len(batch)
    return {"first": first, "seconds": time.perf_counter() - began, "indices": indices}


def times(work_number: int, n: int, rounds: int) -> dict[str, dict[str, float]]:
    """The best of each side's passes; a side that cannot do it is left out."""
    work = WORKS[work_number]
    able = [side for side in SIDES if work.serves(side, n)]
    if not able:
        return {}
    weights = work.weights(n)
    made = {side: work.batches(side, n, weights) for side in able}
    best: dict[str, dict[str, float]] = {}
    for _ in range(rounds):
        for side, batches in list(made.items()):
            try:
                found = run_pass(batches, work.most_indices(side, n))
            except MemoryError:  # more than the least that Work knows of
                del made[side]
                continue
            before = best.get(side, found)
            best[side] = {name: min(found[name], before[name]) for name in found}
        if sum(found["seconds"] for found in best.values()) > _LONG:
            break
    return best


def memory(work_number: int, n: int, side: str) -> int:
    """Peak bytes of a pass beyond what the process held when there were only weights."""
    work = WORKS[work_number]
    weights = work.weights(n)
    before = peak()
    run_pass(work.batches(side, n, weights), work.most_indices(side, n))
    return peak() - before


def main(arguments: list[str]) -> None:
    work, n, what, *rest = arguments
    found: Any
    if what == "time":
        found = times(int(work), int(n), int(rest[0]))
    else:
        found = memory(int(work), int(n), what)
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
