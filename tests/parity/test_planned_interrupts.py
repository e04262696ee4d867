"""Ctrl-C while batches are planned, lengths sorted or packed: answered, and nothing is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

import fastsamplers
from fastsamplers import functional
from tests.parity.timed_interrupts import Interrupts, timed_interrupts

N = 3_000_000
# Seconds of the process's work: in the look at all lengths, in the sorting, in what follows.
MOMENTS = [0.002, 0.012, 0.03]


@pytest.fixture(scope="module")
def lengths() -> np.ndarray:
    return np.random.default_rng(1).lognormal(5, 0.7, N).astype(np.int32).clip(1, 4096)


@pytest.fixture
def interrupts() -> Iterator[Interrupts]:
    with timed_interrupts() as interrupts:
        yield interrupts


SAMPLERS: dict[str, Callable[..., Any]] = {
    "buckets": lambda lengths, **options: fastsamplers.BucketBatchSampler(lengths, 64, **options),
    "one window": lambda lengths, **options: fastsamplers.BucketBatchSampler(
        lengths, 64, window=N, **options
    ),
    "tokens": lambda lengths, **options: fastsamplers.MaxTokensBatchSampler(
        lengths, 8192, **options
    ),
    "bins": lambda lengths, **options: fastsamplers.PackedBatchSampler(lengths, 8192, **options),
    "grouped": lambda lengths, generator: fastsamplers.LengthGroupedSampler(
        64, lengths=lengths, generator=generator
    ),
}


@pytest.mark.parametrize(
    ("name", "count"), [*((name, 1) for name in SAMPLERS), ("buckets", 2), ("bins", 2)]
)
def test_a_sampler_can_be_used_after_an_interrupt(
    interrupts, threads, lengths: np.ndarray, name: str, count: int
) -> None:
    threads(count)
    generator = torch.Generator().manual_seed(5)
    expected = next(SAMPLERS[name](lengths, generator=generator).blocks(1000)).tolist()
    answered = 0
    for seconds in MOMENTS:
        sampler = SAMPLERS[name](lengths, generator=generator)
        answered += interrupts.interrupted(seconds, lambda made=sampler: next(iter(made)))
        generator.manual_seed(5)
        assert next(sampler.blocks(1000)).tolist() == expected
    assert answered > 0


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_constructor_that_is_interrupted(interrupts, lengths: np.ndarray, name: str) -> None:
    """It looks at all lengths."""
    spread = np.lib.stride_tricks.as_strided(lengths, (40 * N,), (0,))
    answered = interrupts.interrupted(0.002, lambda: SAMPLERS[name](spread, generator=None))
    assert answered


@pytest.mark.parametrize("name", ["tokens", "bins"])
def test_a_length_that_is_interrupted(interrupts, lengths: np.ndarray, name: str) -> None:
    """Where len() has to sort or to pack; what is half made is not kept."""
    expected = len(SAMPLERS[name](lengths))
    answered = 0
    for seconds in MOMENTS:
        sampler = SAMPLERS[name](lengths)
        answered += interrupts.interrupted(seconds, lambda made=sampler: len(made))
        assert len(sampler) == expected
    assert answered > 0


@pytest.mark.parametrize("name", ["buckets", "bins"])
def test_a_state_that_is_loaded_is_not_lost(interrupts, lengths: np.ndarray, name: str) -> None:
    """The pass ends with an interrupt, as a generator does; the state can be loaded again."""
    sampler = SAMPLERS[name](lengths, seed=3)
    iterator = iter(sampler)
    for _ in range(5):
        next(iterator)
    state = iterator.state_dict()
    expected = next(iterator)
    for seconds in MOMENTS:
        fresh = SAMPLERS[name](lengths, seed=3)
        resumed = iter(fresh)
        resumed.load_state_dict(state)
        if interrupts.interrupted(seconds, lambda it=resumed: next(it)):
            assert resumed.state_dict()["position"] == 5
            resumed.load_state_dict(state)
            assert next(resumed) == expected


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "bucket_argsort": lambda lengths: (functional.bucket_argsort(lengths),),
    "several passes": lambda lengths: (functional.bucket_argsort(lengths * 70_001),),
    "pack": lambda lengths: functional.pack(lengths, 8192),
    "first fit": lambda lengths: functional.pack(lengths, 8192, algorithm="ffd"),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(interrupts, lengths: np.ndarray, name: str) -> None:
    call = FUNCTIONS[name]
    expected = call(lengths)
    answered = sum(interrupts.interrupted(seconds, lambda: call(lengths)) for seconds in MOMENTS)
    assert answered > 0
    assert all(map(torch.equal, call(lengths), expected))


def test_other_threads_run_meanwhile(run_child) -> None:
    """The lock is not held in the kernels: another thread counts while a plan is made."""
    code = """
import threading, numpy as np, fastsamplers
lengths = np.random.default_rng(1).integers(1, 4000, 5_000_000)
counted, ended = 0, threading.Event()
def count():
    global counted
    while not ended.wait(0.001):
        counted += 1
sampler = fastsamplers.PackedBatchSampler(lengths, 8192)
thread = threading.Thread(target=count)
thread.start()
len(sampler)
ended.set()
thread.join()
print(counted > 5)
"""
    assert run_child(code) == "True"
