"""SequentialSampler against torch's."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import fastsamplers


@pytest.mark.parametrize("n", [0, 1, 2, 63, 64, 65, 100])
def test_every_step(same, trace, n: int) -> None:
    def scenario(library):
        sampler = library.SequentialSampler(range(n))
        return [trace(lambda: sampler), trace(lambda: sampler), len(sampler)]

    same(scenario)


@given(st.integers(0, 20_000))
def test_whole_passes(same, n: int) -> None:
    def scenario(library):
        sampler = library.SequentialSampler(torch.empty(n))
        return [list(sampler), list(sampler), len(sampler)]

    same(scenario)


def test_the_items_are_exact_ints() -> None:
    assert {type(index) for index in fastsamplers.SequentialSampler(range(5000))} == {int}


def test_the_length_is_read_at_iter(same) -> None:
    def scenario(library):
        data = list(range(5))
        sampler = library.SequentialSampler(data)
        iterator = iter(sampler)
        data.extend(range(5))
        changed = len(sampler)
        return changed, list(iterator), list(sampler)

    assert same(scenario) == (10, list(range(5)), list(range(10)))


@pytest.mark.parametrize("n", [2**31, 2**40, 2**63 - 1])
def test_lengths_that_no_list_could_hold(same, n: int) -> None:
    def scenario(library):
        iterator = iter(library.SequentialSampler(range(n)))
        return [next(iterator) for _ in range(10)]

    assert same(scenario) == list(range(10))


def test_nothing_is_drawn(states) -> None:
    before = states()
    list(fastsamplers.SequentialSampler(range(100)))
    list(fastsamplers.SequentialSampler(range(100)).blocks(7))
    assert states() == before
