"""Passes again and again: neither memory nor Python's objects may grow.

``python -m trust.faults.leaks PASSES NAME ...`` measures in a process of its own, in whose memory
nothing else moves, and prints a line of JSON for each way to iterate and each function.
"""

from __future__ import annotations

import collections
import ctypes
import gc
import json
import resource
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from fastsamplers import IndexShuffle, functional, planning
from trust.faults.cases import CASES, generator, lengths_of, weights_of

# Samples of a pass: one object for each of them, kept in 1,000 passes, would be some 30 MB, and
# one array of them 8 MB.
_N = 1_000
_MOST_BYTES = 2_000_000
_MOST_OBJECTS = 100
# What is lost in each pass shows here, however small; containers grow to other sizes by chance.
_MOST_HEAP = 20_000
_MOST_HEAP_A_PASS = 16
# The allocators have what they need after so many.
_WARM_UP = 50


class Growth(NamedTuple):
    """By how much a process grew.

    Attributes:
        bytes: of resident memory.
        objects: that Python's collector tracks.
        blocks: of Python's allocator.
        heap: bytes in use of the C library's, of glibc: 0 elsewhere.
    """

    bytes: int
    objects: int
    blocks: int
    heap: int

    def is_leak(self, passes: int) -> bool:
        """Whether it grew by more than chance, given how many passes there were."""
        return (
            self.bytes > _MOST_BYTES
            or self.objects > _MOST_OBJECTS
            or self.blocks > max(_MOST_OBJECTS, passes)
            or self.heap > max(_MOST_HEAP, _MOST_HEAP_A_PASS * passes)
        )


_LENGTHS = lengths_of(_N)
_WEIGHTS = weights_of(_N)
_OUT = torch.empty(_N, dtype=torch.int64)

FUNCTIONS: dict[str, Callable[[], object]] = {
    "randperm": lambda: functional.randperm(_N),
    "randperm into a tensor": lambda: functional.randperm(_N, generator=generator(), out=_OUT),
    "randint": lambda: functional.randint(_N, (_N,)),
    "multinomial": lambda: functional.multinomial(_WEIGHTS, _N, True),
    "multinomial, few draws": lambda: functional.multinomial(_WEIGHTS, _N // 8, True),
    "multinomial, choice": lambda: functional.multinomial(_WEIGHTS, _N // 2),
    "bucket_argsort": lambda: functional.bucket_argsort(_LENGTHS),
    "pack": lambda: functional.pack(_LENGTHS, 8192),
    "index_shuffle": lambda: functional.index_shuffle(np.arange(_N), _N, 3),
    "IndexShuffle.inverse": lambda: IndexShuffle(_N, 3).inverse(np.arange(_N)),
    "compare_strategies": lambda: planning.compare_strategies(_LENGTHS),
}


def _unfinished(name: str) -> Callable[[], None]:
    begin = CASES[name](_N)

    def leave() -> None:
        iterator = begin()
        next(iterator)

    return leave


def _whole(name: str) -> Callable[[], object]:
    begin = CASES[name](_N)
    return lambda: collections.deque(begin(), maxlen=0)


def _resumed(name: str) -> Callable[[], None]:
    begin = CASES[name](_N)

    def resume() -> None:
        iterator: Any = begin()
        next(iterator)
        state = iterator.state_dict()
        iterator = begin()
        iterator.load_state_dict(state)
        next(iterator)

    return resume


def _made(name: str) -> Callable[[], None]:
    def make() -> None:
        next(CASES[name](_N)())

    return make


_WITHOUT_STATE = ("infinite", "loader")
RUNS: dict[str, Callable[[], Callable[[], object]]] = {
    **{name: lambda name=name: _whole(name) for name in CASES},  # type: ignore[misc]
    **{f"{name}, left": lambda name=name: _unfinished(name) for name in CASES},  # type: ignore[misc]
    **{f"{name}, made": lambda name=name: _made(name) for name in CASES},  # type: ignore[misc]
    **{
        f"{name}, resumed": lambda name=name: _resumed(name)  # type: ignore[misc]
        for name in CASES
        if name not in _WITHOUT_STATE and "blocks" not in name
    },
    **{name: lambda call=call: call for name, call in FUNCTIONS.items()},  # type: ignore[misc]
}


def growth(call: Callable[[], object], passes: int) -> Growth:
    """What so many calls leave behind, beyond those that came before."""
    for _ in range(_WARM_UP):
        call()
    before = _present()
    for _ in range(passes):
        call()
    return Growth(*(now - then for now, then in zip(_present(), before, strict=True)))


class _MallInfo(ctypes.Structure):
    """``struct mallinfo2`` of glibc's malloc.h."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena", "ordblks", "smblks", "hblks", "hblkhd",
            "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost",
        )
    ]  # fmt: skip


def _heap() -> int:
    """Bytes in use of what malloc has given, in arenas and in maps of their own."""
    try:
        look = ctypes.CDLL(None).mallinfo2
    except (AttributeError, OSError):
        return 0
    look.restype = _MallInfo
    info = look()
    return int(info.uordblks + info.hblkhd)


def _present() -> tuple[int, int, int, int]:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    objects = len(gc.get_objects())
    return pages * resource.getpagesize(), objects, sys.getallocatedblocks(), _heap()


def main() -> None:
    warnings.simplefilter("ignore")
    passes, *names = sys.argv[1:]
    for name in names or RUNS:
        grown = growth(RUNS[name](), int(passes))
        print(json.dumps([name, grown.is_leak(int(passes)), *grown]), flush=True)


if __name__ == "__main__":
    main()
