"""Iterators in several threads of Python at once."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from trust.faults.cases import CASES, indices_of, read

# Python changes threads every so many seconds: often enough to come between any two steps.
_SWITCH = 1e-6
_REFUSAL = "generator already executing"
# A torch loader is torch's own class, whose iterators are for one thread.
SHARED = tuple(name for name in CASES if name != "loader")
# A pass of these draws once, so that passes which begin at the same moment are those that would
# have followed each other. RandomSampler on a generator draws again at its end, as torch's does.
DRAWN_ONCE = (
    "sequential", "random feistel", "subset of a list", "subset of an array", "weighted",
    "weighted, without replacement", "distributed", "distributed feistel", "distributed weighted",
    "grouped by length", "batches of a subset", "buckets", "tokens", "bins", "batches of bins",
    "index shuffle", "subset of a list, in blocks", "weighted, in blocks", "distributed, in blocks",
    "grouped by length, in blocks", "buckets, in blocks", "bins, in blocks", "infinite",
)  # fmt: skip


def together(count: int, work: Callable[[int], None]) -> None:
    """Runs ``work(k)`` in so many threads that begin at once; raises what one of them raised."""
    barrier = threading.Barrier(count)
    begun: list[int] = []
    errors: list[BaseException] = []

    def run(k: int) -> None:
        try:
            barrier.wait()
            begun.append(k)
            while len(begun) < count:  # all are awake, and none has done anything
                time.sleep(0)
            work(k)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(count)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    if errors:
        raise errors[0]


def share(name: str, n: int, count: int) -> tuple[list[int], list[int]]:
    """The indices of a pass in order, and those that threads were given that shared its iterator.

    A thread that is refused asks again.
    """
    build = CASES[name]
    iterator: Iterator[Any] = build(n)()
    taken: list[list[Any]] = [[] for _ in range(count)]

    def take(k: int) -> None:
        while True:
            try:
                item = next(iterator)
            except StopIteration:  # noqa: PERF203
                return
            except ValueError as error:
                if str(error) != _REFUSAL:
                    raise
                time.sleep(0)
            else:
                taken[k].append(item)
                if len(taken[k]) % 16 == 0:
                    time.sleep(0)  # lets another one in: a whole pass fits between two switches

    together(count, take)
    given = [index for items in taken for item in items for index in indices_of(item)]
    return sorted(read(build(n)())), sorted(given)


def passes_of_one_sampler(
    name: str, n: int, count: int, rounds: int
) -> tuple[list[list[int]], list[list[int]]]:
    """Passes one after another, and as many by several threads at once; each side sorted.

    Whose pass is which depends on who draws first.
    """
    begin = CASES[name](n)
    expected = [read(begin()) for _ in range(count * rounds)]
    begin = CASES[name](n)
    got: list[list[int]] = []

    def go(_: int) -> None:
        mine = [read(begin()) for _ in range(rounds)]
        got.extend(mine)

    together(count, go)
    return sorted(expected), sorted(got)
