"""MaxTokensBatchSampler: callables that say what a batch costs, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import fastsamplers
from tests.parity.plans import quadratic, some_lengths


def test_a_callable_is_asked_seldom() -> None:
    lengths = np.random.default_rng(2).lognormal(5, 0.7, 20_000).astype(np.int64) + 1
    asked = []

    def cost(count: int, longest: int) -> int:
        asked.append((type(count), type(longest)))
        return count * longest

    sampler = fastsamplers.MaxTokensBatchSampler(lengths, 16_384, cost=cost)
    like = fastsamplers.MaxTokensBatchSampler(lengths, 16_384)
    assert list(sampler) == list(like)
    assert len(asked) < 15 * len({*lengths.tolist()})
    assert {*asked} == {(int, int)}
    before = len(asked)
    sampler.set_epoch(1)
    list(sampler)
    assert len(asked) == before  # an epoch needs no answer


@pytest.mark.parametrize("kind", [float, np.int64, np.float32, lambda value: np.array(value)])
def test_what_a_callable_may_return(kind: Any) -> None:
    lengths = some_lengths(300)
    sampler = fastsamplers.MaxTokensBatchSampler(
        lengths, 25_000, cost=lambda count, longest: kind(quadratic(count, longest))
    )
    like = fastsamplers.MaxTokensBatchSampler(lengths, 25_000, cost=quadratic)
    assert list(sampler) == list(like)


def test_a_callable_is_asked_for_what_may_come() -> None:
    """A table of the counts and lengths that there can be is enough, for a state, too."""
    lengths = some_lengths(300)
    table = {(count, longest): count * longest for count in range(1, 21) for longest in lengths}
    sampler = fastsamplers.MaxTokensBatchSampler(
        lengths, 400, cost=lambda count, longest: table[count, longest], max_samples=20
    )
    iterator = iter(sampler)
    first = next(iterator)
    state = iterator.state_dict()
    resumed = iter(sampler)
    resumed.load_state_dict(state)
    assert [first, *resumed] == list(sampler)


@pytest.mark.parametrize("error", [RuntimeError("by design"), KeyboardInterrupt()], ids=repr)
def test_a_callable_that_raises(error: BaseException) -> None:
    lengths = some_lengths(300)
    fails = False

    def cost(count: int, longest: int) -> int:
        if fails and count > 1:
            raise error
        return count * longest

    sampler = fastsamplers.MaxTokensBatchSampler(lengths, 400, cost=cost)
    fails = True
    for call in (lambda: len(sampler), lambda: next(iter(sampler)), lambda: list(sampler.blocks())):
        with pytest.raises(type(error)):
            call()
    fails = False
    assert list(sampler) == list(fastsamplers.MaxTokensBatchSampler(lengths, 400))


def test_a_callable_that_reads_the_pass_it_is_asked_for() -> None:
    lengths = some_lengths(300)
    raised = []

    def cost(count: int, longest: int) -> int:
        if passes:
            with pytest.raises(ValueError, match="already executing") as error:
                next(passes[0])
            raised.append(error)
        return count * longest

    passes: list[Any] = []
    sampler = fastsamplers.MaxTokensBatchSampler(lengths, 400, cost=cost)
    passes.append(iter(sampler))
    assert list(passes[0]) == list(fastsamplers.MaxTokensBatchSampler(lengths, 400))
    assert raised


def test_a_sample_above_the_budget_is_named() -> None:
    lengths = [5, 40, 12, 40]
    for cost in ("padded", "sum"):
        with pytest.raises(
            ValueError,
            match="max_tokens should be at least the length of each sample, but got max_tokens=39 "
            r"and lengths\[1\]=40",
        ):
            fastsamplers.MaxTokensBatchSampler(lengths, 39, cost=cost)
    with pytest.raises(
        ValueError,
        match="max_tokens should be at least the cost of each sample, but got max_tokens=1599 and "
        r"cost\(1, 40\)=1600 for lengths\[1\]=40",
    ):
        fastsamplers.MaxTokensBatchSampler(lengths, 1599, cost=quadratic)
    fastsamplers.MaxTokensBatchSampler(lengths, 1600, cost=quadratic)


@pytest.mark.parametrize("name", ["max_tokens", "max_samples", "required_multiple"])
@pytest.mark.parametrize("wrong", [0, -1, 2.0, "2", True])
def test_options_that_are_none(name: str, wrong: Any) -> None:
    options = {"max_tokens": 5, name: wrong}
    with pytest.raises(
        ValueError, match=f"{name} should be a positive integer value, but got {name}={wrong}"
    ):
        fastsamplers.MaxTokensBatchSampler([1, 2], **options)


@pytest.mark.parametrize("wrong", ["", "Padded", "max", None, 1])
def test_costs_that_are_none(wrong: Any) -> None:
    with pytest.raises(ValueError, match="cost should be one of 'padded', 'sum', but got cost="):
        fastsamplers.MaxTokensBatchSampler([1, 2], 5, cost=wrong)
