"""Signals during weighted draws: what a handler raises comes out, and all goes on as before."""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

import fastsamplers
from fastsamplers import _core, functional
from tests.parity.timed_interrupts import Interrupts, timed_interrupts

# Seconds of the process's work: in the look at the weights, in a table or a choice, in the draws.
MOMENTS = [0.004, 0.01, 0.02, 0.05]


def random_weights(n: int) -> torch.Tensor:
    return torch.rand(n, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


# (weights, indices, replacement): a table, sums for few draws, a race of few and of many.
DRAWS: dict[str, Callable[[], tuple[torch.Tensor, int, bool]]] = {
    "table": lambda: (random_weights(4_000_000), 1_000_000, True),
    "sums": lambda: (random_weights(10_000_000), 1000, True),
    "race": lambda: (torch.ones(1, dtype=torch.float64).expand(40_000_000), 1000, False),
    "race of many": lambda: (random_weights(1_000_000), 500_000, False),
}


@pytest.fixture
def interrupts() -> Iterator[Interrupts]:
    with timed_interrupts() as interrupts:
        yield interrupts


@pytest.mark.parametrize("name", DRAWS)
def test_the_function_draws_all_or_nothing(interrupts, states, name: str) -> None:
    draw = DRAWS[name]()
    generator = torch.Generator().manual_seed(5)
    before = states(generator)
    expected = functional.multinomial(*draw, generator=generator)
    after = states(generator)
    count = 0
    for seconds in MOMENTS:
        generator.manual_seed(5)
        count += interrupts.interrupted(
            seconds, lambda: functional.multinomial(*draw, generator=generator)
        )
        assert states(generator) in (before, after)
    assert count > 0
    generator.manual_seed(5)
    assert torch.equal(functional.multinomial(*draw, generator=generator), expected)


@pytest.mark.parametrize("name", DRAWS)
def test_a_sampler_can_be_used_after_an_interrupt(interrupts, name: str) -> None:
    draw = DRAWS[name]()
    generator = torch.Generator().manual_seed(5)
    expected = functional.multinomial(*draw, generator=generator)[:1000].tolist()
    sampler = fastsamplers.WeightedRandomSampler(*draw, generator)
    count = 0
    for seconds in MOMENTS:
        sampler._table = None  # to be made again, and interrupted again
        count += interrupts.interrupted(seconds, lambda: next(sampler.blocks(1000)))
        generator.manual_seed(5)
        assert next(sampler.blocks(1000)).tolist() == expected
    assert count > 0


def test_a_table_half_made_is_not_kept(interrupts) -> None:
    first, other = random_weights(4_000_000), random_weights(4_000_000).flip(0)
    sampler = fastsamplers.WeightedRandomSampler(first, len(first))
    torch.default_generator.manual_seed(2)
    expected = functional.multinomial(other, len(first), True)[:1000].tolist()
    for seconds in MOMENTS:
        sampler.weights = first
        next(iter(sampler))
        sampler.weights = other
        interrupts.interrupted(seconds, lambda: next(iter(sampler)))
        torch.default_generator.manual_seed(2)
        assert next(sampler.blocks(1000)).tolist() == expected


def extend(got: collections.deque[object], iterator: Iterator[object]) -> None:
    got.extend(iterator)  # in C: nothing but the iterator looks for signals


@pytest.mark.parametrize("reader", ["ints", "arrays"])
def test_an_interrupted_pass_loses_nothing(interrupts, threads, reader: str) -> None:
    table = _core.CdfTable(np.random.default_rng(1).random(100_000), False)
    length = 1_000_000
    expected = _core.weighted_stream(table, _core.Mt19937(3), length).next(length)
    interruptions = 0
    for count in (1, 2):
        threads(count)
        stream = _core.weighted_stream(table, _core.Mt19937(3), length)
        if reader == "ints":
            iterator: Iterator[object] = _core.IndexIterator((stream,))
        else:
            plan = (stream,), None, 10, None, False, "numpy"
            iterator = _core.BatchIterator(lambda p=plan: p)
        got: collections.deque[object] = collections.deque([next(iterator)])
        while interrupts.interrupted(0.001, lambda i=iterator, g=got: extend(g, i)):
            interruptions += 1
        drawn = np.array(got) if reader == "ints" else np.concatenate(got)
        assert np.array_equal(drawn, expected)
    assert interruptions > 0
