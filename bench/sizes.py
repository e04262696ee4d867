"""How large the work is, and on how many threads it is measured."""

from __future__ import annotations

import os

# BENCH_LARGEST caps every n: to try the suites out in seconds.
LARGEST = int(os.environ.get("BENCH_LARGEST", 2**62))

# The CPUs this process may run on, which can be fewer than the machine has.
CPUS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
THREADS = range(1, CPUS + 1)


def size(n: int) -> int:
    """``n``, or the cap that was set."""
    return min(n, LARGEST)


def decades(first: int, last: int) -> list[int]:
    """The powers of ten from ``first`` to ``last``, as far as the cap allows."""
    return [10**k for k in range(10) if first <= 10**k <= size(last)]
