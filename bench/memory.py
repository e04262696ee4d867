"""Peak memory of a pass, in a child process of its own.

``python -m bench.memory torch|fastsamplers|nothing N`` walks over one pass of N indices in batches
of 1,024; ``... randperm N THREADS`` draws a permutation into int32; ``... weighted N COUNT 0|1``
walks over two passes of COUNT draws by N weights, without or with replacement, in blocks, and over
none for COUNT 0; ``... shuffle N`` and ``... numpy N`` make a permutation of N by an IndexShuffle
in blocks and by numpy at once; ``... buckets N``, ``... budgets N`` and ``... bins N`` make the
first batch of a plan for N lengths, ``... lengths N`` makes none. All print the peak resident bytes
and the seconds it took.
"""

from __future__ import annotations

import functools
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch.utils.data

import fastsamplers
from bench.sizes import THREADS, decades, size
from examples import memory
from fastsamplers import functional

RANDPERM_N = 1_000_000_000
SHUFFLE_N = 1_000_000_000
WEIGHTED_N = 100_000_000
PLANS_N = 300_000_000
WEIGHTED_COUNTS = ((10_000_000, True), (100_000_000, True), (1_000_000, False))


def points(large: bool) -> list[dict[str, Any]]:
    """Peak bytes of a pass by each side, and of a child that does all but the pass."""
    baseline, _ = _child("nothing", 0)
    return [
        {"side": side, "n": n, "peak": _child(side, n)[0], "baseline": baseline}
        # At 1e9 torch would need 48 GB.
        for side in (["fastsamplers"] if large else ["torch", "fastsamplers"])
        for n in (decades(10**9, 10**9) if large else decades(10**5, 10**8))
    ]


def randperm_points() -> list[dict[str, Any]]:
    """Points of the section ``threads``: a permutation that takes gigabytes, with its peak."""
    baseline, _ = _child("nothing", 0)
    n = size(RANDPERM_N)
    points = []
    for threads in THREADS:
        peak, (fresh, again) = _child("randperm", n, threads)
        sizes = {"peak": peak, "baseline": baseline}
        of_run = {"n": n, "threads": threads}
        points.append({"work": "randperm into a new int32 tensor"} | of_run | {"seconds": fresh})
        points.append({"work": "randperm into int32"} | of_run | {"seconds": again} | sizes)
    return points


def weighted_points() -> list[dict[str, Any]]:
    """Points of the section ``weighted``: more weights than torch takes, two passes."""
    n = size(WEIGHTED_N)
    baseline, _ = _child("weighted", n, 0, 1)
    points = []
    for count, replacement in WEIGHTED_COUNTS:
        peak, (first, again) = _child("weighted", n, size(count), int(replacement))
        kind = f"{size(count):,} of {n:,} {'with' if replacement else 'without'} replacement"
        sizes = {"peak": peak, "baseline": baseline}
        points.append({"work": kind, "n": n, "first": first, "again": again} | sizes)
    return points


def shuffle_points() -> list[dict[str, Any]]:
    """Points of the section ``shuffle``: a billion indices by computing and by storing them."""
    baseline, _ = _child("nothing", 0)
    n = size(SHUFFLE_N)
    points = []
    for kind, work in (
        ("shuffle", f"IndexShuffle, {n:,} in blocks of 65,536"),
        ("numpy", f"numpy.random.Generator.permutation({n:,})"),
    ):
        peak, (seconds,) = _child(kind, n)
        point = {"work": work, "n": n, "times": n, "seconds": seconds}
        points.append(point | {"peak": peak, "baseline": baseline})
    return points


def plan_points() -> list[dict[str, Any]]:
    """Points of the section ``plans``: first batches of many lengths, with the peak beyond them."""
    n = size(PLANS_N)
    baseline, _ = _child("lengths", n)
    points = []
    for kind, work in (
        ("buckets", "BucketBatchSampler(lengths, 64), first batch"),
        ("budgets", "MaxTokensBatchSampler(lengths, 65_536), first batch"),
        ("bins", "PackedBatchSampler(lengths, 4_096), first bin"),
    ):
        peak, (seconds,) = _child(kind, n)
        point = {"work": f"{work}, n = {n:,}", "n": n, "seconds": seconds}
        points.append(point | {"peak": peak, "baseline": baseline})
    return points


def _child(*arguments: object) -> tuple[int, list[float]]:
    """The peak in bytes and the seconds that a child prints."""
    command = [sys.executable, "-m", "bench.memory", *map(str, arguments)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    peak, *seconds = printed.split()
    return int(peak), [float(second) for second in seconds]


def _walk(side: str, n: int) -> float:
    module = {"torch": torch.utils.data, "fastsamplers": fastsamplers}.get(side)
    # Both sides, and the baseline, load and use the same code.
    for _ in fastsamplers.BatchSampler(fastsamplers.RandomSampler(range(10_000)), 1024, False):
        pass
    start = time.perf_counter()
    if module is not None:
        for _ in module.BatchSampler(module.RandomSampler(range(n)), 1024, False):
            pass
    return time.perf_counter() - start


def _randperm(n: int, threads: int) -> list[float]:
    """Into memory that nobody has touched before, which the system has to find, and once more."""
    fastsamplers.set_num_threads(threads)
    functional.randperm(10_000)
    start = time.perf_counter()
    out = functional.randperm(n, dtype=torch.int32)
    between = time.perf_counter()
    functional.randperm(n, out=out)
    return [between - start, time.perf_counter() - between]


def _weighted(n: int, count: int, replacement: int) -> list[float]:
    weights = torch.rand(n, dtype=torch.float64)
    sampler = fastsamplers.WeightedRandomSampler(weights, max(1, count), bool(replacement))
    seconds = []
    for _ in range(2 if count else 0):
        start = time.perf_counter()
        for _ in sampler.blocks():
            pass
        seconds.append(time.perf_counter() - start)
    return seconds


def _shuffle(n: int) -> list[float]:
    shuffle = fastsamplers.IndexShuffle(n, 1)
    start = time.perf_counter()
    for first in range(0, n, 65_536):
        shuffle[first : first + 65_536]
    return [time.perf_counter() - start]


def _numpy(n: int) -> list[float]:
    generator = np.random.default_rng(1)
    start = time.perf_counter()
    generator.permutation(n)
    return [time.perf_counter() - start]


def _first_batch(make: Callable[[npt.NDArray[np.int16]], Iterable[Any]], n: int) -> list[float]:
    lengths = np.empty(n, dtype=np.int16)
    generator = np.random.default_rng(0)
    for first in range(0, n, 2**20):
        part = lengths[first : first + 2**20]
        part[:] = np.clip(generator.lognormal(6.0, 0.8, len(part)), 1, 4096)
    # What a first pass loads.
    next(iter(fastsamplers.BucketBatchSampler([1, 2], 1)))
    start = time.perf_counter()
    next(iter(make(lengths)), None)
    return [time.perf_counter() - start]


PLANS: dict[str, Callable[[npt.NDArray[np.int16]], Iterable[Any]]] = {
    "lengths": lambda lengths: (),
    "buckets": lambda lengths: fastsamplers.BucketBatchSampler(lengths, 64),
    "budgets": lambda lengths: fastsamplers.MaxTokensBatchSampler(lengths, 65_536),
    "bins": lambda lengths: fastsamplers.PackedBatchSampler(lengths, 4_096),
}
KINDS: dict[str, Callable[..., list[float]]] = {
    "randperm": _randperm,
    "weighted": _weighted,
    "shuffle": _shuffle,
    "numpy": _numpy,
    **{kind: functools.partial(_first_batch, make) for kind, make in PLANS.items()},
}

if __name__ == "__main__":
    kind, *numbers = sys.argv[1:]
    sizes = [int(number) for number in numbers]
    seconds = KINDS[kind](*sizes) if kind in KINDS else [_walk(kind, *sizes)]
    print(memory.peak(), *seconds)
