"""What the memory itself allows: changing random places of an array as fast as it takes them.

A shuffle changes one random place for each index, so no shuffle that does so is faster.
"""

from __future__ import annotations

from typing import Any

from bench.sizes import THREADS, decades, size
from fastsamplers import _core

STEPS = 10_000_000
ROUNDS = 3


def points(large: bool) -> list[dict[str, Any]]:
    """Seconds for each step, all threads together, on arrays of n 4-byte places."""
    return [
        {
            "n": n,
            "threads": threads,
            "seconds_per_step": min(
                _core.random_access_limit(n, size(STEPS), threads) for _ in range(ROUNDS)
            ),
        }
        for n in (decades(10**9, 10**9) if large else decades(10**4, 10**8))
        for threads in THREADS
    ]
