"""Processes that fork in the middle of a pass: both of them go on with the same rest of it."""

from __future__ import annotations

import functools
import os
import signal
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch.utils.data

from trust.faults.cases import CASES, Indices, read

# A child that is stuck is ended by the kernel, which is a status of its own.
_SECONDS = 120


def status_of_child(work: Callable[[], bool]) -> int:
    """0 when ``work`` in a forked process gives True, 1 for False, else how the process ended."""
    with warnings.catch_warnings():
        # Python warns of forks beside threads, which is what is tried here.
        warnings.filterwarnings("ignore", "This process .* is multi-threaded, use of fork")
        pid = os.fork()
    if pid == 0:
        signal.alarm(_SECONDS)
        status = 2
        try:
            status = 0 if work() else 1
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def fork_in_a_pass(name: str, n: int, places: list[int]) -> list[str]:
    """Reads a pass of n samples and forks after so many items each; what went wrong, in words.

    The first child reads the rest, and so does a grandchild halfway through it; the last process
    to read is the parent.
    """
    begin = CASES[name](n)
    items = [read([item]) for item in CASES[name](n)()]
    iterator = begin()
    wrong = []
    at = 0
    for place in sorted(places):
        begun = read(iterator, place - at)
        if begun != _flat(items[at:place]):
            wrong.append(f"{name}: the parent differs before item {place}")
        at = place
        rest = items[at:]
        status = status_of_child(functools.partial(_reads_with_a_fork, iterator, rest))
        if status != 0:
            wrong.append(f"{name}: the child at item {place} ended with {status}")
    if read(iterator) != _flat(items[at:]):
        wrong.append(f"{name}: the parent differs after item {at}")
    return wrong


def _reads_with_a_fork(iterator: Iterator[Any], rest: list[list[int]]) -> bool:
    half = len(rest) // 2
    if read(iterator, half) != _flat(rest[:half]):
        return False
    status = status_of_child(lambda: read(iterator) == _flat(rest[half:]))
    return status == 0 and read(iterator) == _flat(rest[half:])


def workers_in_a_pass(name: str, n: int, place: int) -> list[str]:
    """Forks the workers of a DataLoader after so many items of a pass, and reads both by turns."""
    expected = [read([item]) for item in CASES[name](n)()]
    iterator = CASES[name](n)()
    got = [read(iterator, place)]
    # Read through by what forks in the middle: its batches come from a pass of the same kind.
    batches = CASES[name](n)
    loader: Any = torch.utils.data.DataLoader(
        Indices(3 * n), batch_sampler=_Lists(batches), num_workers=2, collate_fn=list,
        multiprocessing_context="fork",
    )  # fmt: skip
    fetched = []
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "This DataLoader will create|This process .* fork")
        for batch in loader:
            fetched += batch
            got.append(read(iterator, 2))
    got.append(read(iterator))
    wrong = []
    if _flat(got) != _flat(expected):
        wrong.append(f"{name}: the pass in whose middle workers began differs")
    if fetched != _flat(expected):
        wrong.append(f"{name}: the pass of the loader differs")
    return wrong


class _Lists:
    """The items of each pass in lists, which a loader can send to a worker."""

    def __init__(self, begin: Callable[[], Iterator[Any]]) -> None:
        self._begin = begin

    def __iter__(self) -> Iterator[list[int]]:
        iterator = self._begin()
        while batch := read(iterator, 1):
            while len(batch) < 100 and (more := read(iterator, 1)):
                batch += more
            yield batch


def _flat(items: list[list[int]]) -> list[int]:
    return [index for item in items for index in item]
