"""RandomSampler with replacement against torch's: blocks of 32, then the rest."""

from __future__ import annotations

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

import fastsamplers

LENGTHS = (1, 2, 31, 32, 33, 63, 64, 65, 100)


def generator_of(kind: str) -> torch.Generator | None:
    return None if kind == "global" else torch.Generator().manual_seed(9)


@pytest.mark.parametrize("kind", ["global", "own"])
@pytest.mark.parametrize("n", [1, 10, 2**28 - 1, 2**28, 2**31, 2**32, 2**40])
def test_every_state_of_small_passes(same, trace, n: int, kind: str) -> None:
    def scenario(library):
        outcome = []
        for num_samples in LENGTHS:
            generator = generator_of(kind)
            sampler = library.RandomSampler(range(n), True, num_samples, generator)
            outcome += [trace(lambda s=sampler: s, generator) for _ in range(2)]
            outcome.append(len(sampler))
        return outcome

    same(scenario)


@pytest.mark.parametrize("kind", ["global", "own"])
@pytest.mark.parametrize("n", [1, 31, 32, 33, 64, 700])
def test_as_many_as_there_are(same, trace, n: int, kind: str) -> None:
    def scenario(library):
        generator = generator_of(kind)
        sampler = library.RandomSampler(range(n), replacement=True, generator=generator)
        return [trace(lambda: sampler, generator), trace(lambda: sampler, generator)]

    same(scenario)


@given(
    n=st.integers(1, 2**62),
    num_samples=st.integers(1, 3000),
    seed=st.integers(-(2**63), 2**64 - 1),
    used=st.integers(0, 1300),
    own=st.booleans(),
    steps=st.integers(0, 3000),
)
@example(n=2**28 - 1, num_samples=2048, seed=0, used=0, own=True, steps=33)
def test_random_passes(same, states, n, num_samples, seed, used, own, steps) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(seed) if own else None
        torch.randint(2, (used,), generator=generator)
        sampler = library.RandomSampler(range(n), True, num_samples, generator)
        partial = iter(sampler)
        taken = [next(partial, "end") for _ in range(steps)]
        outcome = [taken, states(generator)]
        for _ in range(2):
            outcome += [list(sampler), states(generator)]
        # With a user's generator the pass that was left draws on from where the others stopped.
        return [*outcome, list(partial), states(generator)]

    same(scenario, seed=seed)


@pytest.mark.parametrize("batch_size", [1, 5, 31, 32, 33, 64, 511, 512, 513, 3000])
@pytest.mark.parametrize("kind", ["global", "own"])
def test_batches_draw_whole_blocks(same, trace, batch_size: int, kind: str) -> None:
    def scenario(library):
        outcome = []
        for num_samples in (64, 100, 2000):
            generator = generator_of(kind)
            sampler = library.RandomSampler(range(1000), True, num_samples, generator)
            batches = library.BatchSampler(sampler, batch_size, False)
            outcome += [trace(lambda b=batches: b, generator) for _ in range(2)]
        return outcome

    same(scenario)


def test_a_partial_pass_leaves_whole_blocks_drawn(states) -> None:
    for taken, drawn in ((1, 32), (32, 32), (33, 64), (64, 64), (65, 70)):
        generator = torch.Generator().manual_seed(3)
        sampler = fastsamplers.RandomSampler(range(1000), True, 70, generator)
        iterator = iter(sampler)
        indices = [next(iterator) for _ in range(taken)]
        other = torch.Generator().manual_seed(3)
        assert torch.randint(1000, (drawn,), generator=other).tolist()[:taken] == indices
        assert states(generator) == states(other)


def test_a_pass_is_one_long_draw() -> None:
    sampler = fastsamplers.RandomSampler(
        range(10**6), True, 10_001, torch.Generator().manual_seed(3)
    )
    drawn = torch.randint(10**6, (10_001,), generator=torch.Generator().manual_seed(3))
    assert list(sampler) == drawn.tolist()


def test_others_draw_from_the_generator_in_between(same, states) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(2)
        left = iter(library.RandomSampler(range(50), True, 120, generator))
        right = iter(
            library.BatchSampler(library.RandomSampler(range(9), True, 700, generator), 3, True)
        )
        outcome = []
        for _ in range(100):
            outcome += [next(left), next(right), states(generator)]
        return [*outcome, list(left), list(right), states(generator)]

    same(scenario)


@pytest.mark.usefixtures("isa")
def test_at_every_instruction_set_level(same) -> None:
    same(lambda library: list(library.RandomSampler(range(2**28), True, 5000)))
