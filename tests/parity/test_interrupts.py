"""Signals during a pass: what a handler raises comes out, and the pass goes on where it was."""

from __future__ import annotations

import collections
import signal
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

from fastsamplers import BatchSampler, DistributedSampler, RandomSampler, functional

N = 3_000_000


class Alarm(Exception):
    pass


@pytest.fixture
def alarms() -> Iterator[Callable[[float], None]]:
    """Raises Alarm again and again, every so many seconds of the process's work."""

    def raise_alarm(*_: object) -> None:
        raise Alarm

    before = signal.signal(signal.SIGPROF, raise_alarm)
    yield lambda seconds: signal.setitimer(signal.ITIMER_PROF, seconds, seconds) and None
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.signal(signal.SIGPROF, before)


def drained(iterator: Iterator[object]) -> tuple[list[object], int]:
    """All that an iterator gives, and how often an alarm came out of it on the way."""
    got: collections.deque[object] = collections.deque()
    interruptions = 0
    while True:
        try:
            got.extend(iterator)  # in C: nothing but the iterator looks for signals
        except Alarm:  # noqa: PERF203
            interruptions += 1
        else:
            signal.setitimer(signal.ITIMER_PROF, 0)
            return list(got), interruptions


PASSES = {
    "ints": lambda: iter(RandomSampler(range(N))),
    "with replacement": lambda: iter(RandomSampler(range(10**6), True, N)),
    "several permutations": lambda: iter(RandomSampler(range(1_000), num_samples=N)),
    "lists": lambda: iter(BatchSampler(RandomSampler(range(N)), 100, False)),
    "one rank": lambda: iter(DistributedSampler(range(N), 7, 3)),
}


@pytest.mark.parametrize("name", PASSES)
def test_an_interrupted_pass_loses_nothing(alarms, name: str) -> None:
    torch.manual_seed(5)
    expected = list(PASSES[name]())
    torch.manual_seed(5)
    iterator = PASSES[name]()
    alarms(0.002)
    got, interruptions = drained(iterator)
    assert got == expected
    assert interruptions > 0


def test_blocks_larger_than_one_read(alarms) -> None:
    torch.manual_seed(5)
    expected = functional.randperm(N, generator=torch.Generator().manual_seed(7)).numpy()
    sampler = RandomSampler(range(N), generator=torch.Generator().manual_seed(7))
    alarms(0.002)
    blocks, interruptions = drained(sampler.blocks(2_500_000))
    assert [len(block) for block in blocks] == [2_500_000, 500_000]
    assert np.array_equal(np.concatenate(blocks), expected)
    assert interruptions > 0


def test_a_handler_that_draws_draws_after_the_call_it_interrupts() -> None:
    def scenario(library) -> list[float]:
        drawn = []
        before = signal.signal(signal.SIGPROF, lambda *_: drawn.append(torch.rand(1).item()))
        torch.manual_seed(3)
        signal.setitimer(signal.ITIMER_PROF, 0.004)  # once, within the call
        try:
            library.randperm(N)
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
started = threading.Event()
def work():
    started.set()
    while True:
        functional.randperm(20_000_000, generator=torch.Generator())
threading.Thread(target=work, daemon=True).start()
started.wait()
functional.randperm(3_000_000)  # long enough for the thread to be inside the kernel
"""
    )
