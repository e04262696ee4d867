"""Signals during a pass: what a handler raises comes out, and the pass goes on where it was."""

from __future__ import annotations

import collections
import gc
import signal
from collections.abc import Callable, Iterator
from types import FrameType

import numpy as np
import pytest
import torch

import fastsamplers
from fastsamplers import _core, functional

N = 3_000_000


class Alarm(Exception):
    pass


@pytest.fixture
def alarms() -> Iterator[Callable[[float], None]]:
    """Raises Alarm again and again, every so many seconds of the process's work.

    But not for ever: a list that is interrupted is made anew.
    """
    left = 0

    def raise_alarm(_: int, frame: FrameType | None) -> None:
        nonlocal left
        # Nowhere but where it is caught.
        if left > 0 and frame is not None and frame.f_code is extend.__code__:
            left -= 1
            raise Alarm

    def start(seconds: float) -> None:
        nonlocal left
        left = 8
        signal.setitimer(signal.ITIMER_PROF, seconds, seconds)

    before = signal.signal(signal.SIGPROF, raise_alarm)
    gc.disable()  # an alarm in a callback of the collector would come out nowhere
    yield start
    signal.setitimer(signal.ITIMER_PROF, 0)
    gc.enable()
    signal.signal(signal.SIGPROF, before)


def extend(got: collections.deque[object], iterator: Iterator[object]) -> None:
    got.extend(iterator)  # in C: nothing but the iterator looks for signals


def drained(iterator: Iterator[object]) -> tuple[list[object], int]:
    """All that an iterator gives, and how often an alarm came out of it on the way."""
    got: collections.deque[object] = collections.deque()
    interruptions = 0
    while True:
        try:
            extend(got, iterator)
        except Alarm:  # noqa: PERF203
            interruptions += 1
        else:
            signal.setitimer(signal.ITIMER_PROF, 0)
            return list(got), interruptions


def permutation(n: int = N, length: int = N) -> _core.IndexStream:
    return _core.permutation_stream(_core.Mt19937(5), n, length)


# Made of streams alone. A sampler's own Python code, which makes them, ends by what a handler
# raises in it, as torch's generators do.
STREAMS = {
    "permutation": permutation,
    "several permutations": lambda: permutation(1_000),
    "with replacement": lambda: _core.replacement_stream(_core.Mt19937(5), 10**6, N),
    "one rank": lambda: _core.strided_shard(permutation(), 3, 7, N // 7),
}
READERS = {
    "ints": lambda stream: _core.IndexIterator((stream,)),
    "lists": lambda stream: batches(stream, 100, "list"),
    "arrays": lambda stream: batches(stream, 100, "numpy"),
    "large blocks": lambda stream: batches(stream, 2_500_000, "numpy"),
    "large lists": lambda stream: batches(stream, 400_000, "list"),
    "large lists of a subset": lambda stream: of_subset(stream, 400_000),
}


def batches(stream: _core.IndexStream, size: int, output: str) -> _core.BatchIterator:
    plan = (stream,), None, size, None, False, output
    return _core.BatchIterator(lambda: plan)


class Identity:
    """A container whose items are their places: in C, so that no handler runs in it."""

    indices = range(10**9)


def of_subset(stream: _core.IndexStream, size: int) -> _core.BatchIterator:
    plan = (stream,), Identity, size, None, False, "list"
    return _core.BatchIterator(lambda: plan)


@pytest.mark.parametrize("in_bins", [False, True])
def test_an_interrupted_list_of_a_plan_is_not_lost(alarms, in_bins: bool) -> None:
    """Behind the first batch, before which the sampler's Python code makes the plan."""
    n = 600_000
    lengths = np.full(n, 3, np.uint8)
    lengths[0] = 2

    def batches_of_a_plan() -> Iterator[list[object]]:
        if in_bins:
            return iter(fastsamplers.PackedBatchSampler(lengths, 3, batch_size=n // 2, seed=3))
        return iter(fastsamplers.BucketBatchSampler(lengths, n // 2, seed=3))

    expected = list(batches_of_a_plan())
    assert len(expected) == 2
    interruptions = 0
    while interruptions == 0:
        iterator = batches_of_a_plan()
        first = next(iterator)
        alarms(0.001)
        got, interruptions = drained(iterator)
        assert [first, *got] == expected


def test_a_list_that_is_being_made_is_seen_by_nobody(alarms) -> None:
    """A handler that looks through all the collector knows, as debuggers do."""
    seen = []

    def long_lists() -> int:
        return sum(type(known) is list and len(known) == N for known in gc.get_objects())

    signal.signal(signal.SIGPROF, lambda *_: seen.append(long_lists()))
    while not seen:
        whole = None
        iterator = batches(_core.sequential_stream(N), N, "list")
        signal.setitimer(signal.ITIMER_PROF, 0.01)  # once: it takes longer than that
        whole = next(iterator)
        signal.setitimer(signal.ITIMER_PROF, 0)
    assert not any(seen)
    assert whole is not None
    assert long_lists() == 1


@pytest.mark.parametrize("count", [1, 2], ids=["one thread", "read ahead"])
@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("reader", READERS)
def test_an_interrupted_pass_loses_nothing(
    alarms, threads: Callable[[int], None], count: int, stream: str, reader: str
) -> None:
    threads(count)
    expected = STREAMS[stream]()
    expected = expected.next(len(expected))
    for _ in range(10):  # on a busy machine a short pass may have been read before its first alarm
        iterator = READERS[reader](STREAMS[stream]())
        first = next(iterator)  # the plan is Python code, and has run
        alarms(0.001)
        got, interruptions = drained(iterator)
        given = np.array([first, *got]) if reader == "ints" else np.concatenate([first, *got])
        assert np.array_equal(given, expected)
        if interruptions > 0:
            return
    assert reader == "large blocks" or (reader.startswith("large") and stream == "one rank")


@pytest.mark.unsanitized("has a signal come at a time that fits the speed of an ordinary build")
def test_a_handler_that_draws_draws_after_the_call_it_interrupts() -> None:
    def scenario(library) -> list[float]:
        drawn = []
        before = signal.signal(signal.SIGPROF, lambda *_: drawn.append(torch.rand(1).item()))
        library.randperm(10)  # what runs once has run
        torch.default_generator.manual_seed(3)
        signal.setitimer(signal.ITIMER_PROF, 0.03)  # once, far into the call and far from its end
        try:
            library.randperm(20_000_000)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)
        assert len(drawn) == 1
        return [*drawn, torch.rand(1).item()]

    assert scenario(functional) == scenario(torch)


def test_a_daemon_thread_in_a_kernel_does_not_abort_the_exit(run_child) -> None:
    run_child(
        """
import threading, torch
from fastsamplers import functional
# What torch does for a call comes first: its own code aborts where an exit meets it.
out, generator = torch.empty(20_000_000, dtype=torch.int64), torch.Generator()
started = threading.Event()
def work():
    while True:
        functional.randperm(20_000_000, out=out, generator=generator)
        started.set()
threading.Thread(target=work, daemon=True).start()
started.wait()
functional.randperm(3_000_000)  # long enough for the thread to be inside the kernel again
"""
    )
