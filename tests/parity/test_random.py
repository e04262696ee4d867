"""RandomSampler without replacement against torch's: PARITY section 3."""

from __future__ import annotations

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

import fastsamplers

# Sizes around the first chunk of an iterator, the block of the engine, and the table of a shuffle.
SIZES = (1, 2, 3, 63, 64, 65, 319, 320, 321, 624, 625, 1249)
LARGER = (4095, 4096, 4097, 5441, 2**18 - 1, 2**18, 2**18 + 1, 300_000)


def generator_of(kind: str) -> torch.Generator | None:
    return None if kind == "global" else torch.Generator().manual_seed(9)


def lengths_of(n: int) -> list[int | None]:
    """num_samples below n, n, multiples, and what does not divide."""
    return [None, *sorted({1, max(1, n - 1), n, n + 1, 2 * n, 2 * n + 1, 3 * n + 2})]


@pytest.mark.parametrize("kind", ["global", "own"])
@pytest.mark.parametrize("n", [1, 2, 3, 10])
def test_every_state_of_small_passes(same, trace, n: int, kind: str) -> None:
    def scenario(library):
        outcome = []
        for num_samples in lengths_of(n):
            generator = generator_of(kind)
            sampler = library.RandomSampler(range(n), False, num_samples, generator)
            outcome += [trace(lambda s=sampler: s, generator) for _ in range(2)]
            outcome.append(len(sampler))
        return outcome

    same(scenario)


@pytest.mark.parametrize("kind", ["global", "own"])
@pytest.mark.parametrize("n", SIZES)
def test_every_state_of_one_pass(same, trace, n: int, kind: str) -> None:
    def scenario(library):
        generator = generator_of(kind)
        sampler = library.RandomSampler(range(n), generator=generator)
        return [trace(lambda: sampler, generator), trace(lambda: sampler, generator)]

    same(scenario)


@pytest.mark.parametrize("kind", ["global", "own"])
@pytest.mark.parametrize("n", LARGER)
def test_whole_and_partial_passes_of_larger_n(same, states, n: int, kind: str) -> None:
    def scenario(library):
        generator = generator_of(kind)
        sampler = library.RandomSampler(range(n), generator=generator)
        outcome = []
        for steps in (1, 65, 4097, n - 1, n):
            iterator = iter(sampler)
            taken = [next(iterator) for _ in range(min(steps, n))]
            outcome.append((taken, states(generator)))
            outcome.append((next(iterator, "end"), states(generator)))
        outcome.append((list(sampler), states(generator)))
        return outcome

    same(scenario)


@pytest.mark.usefixtures("isa")
def test_at_every_instruction_set_level(same) -> None:
    same(lambda library: [list(library.RandomSampler(range(n))) for n in (1000, 300_000)])


@given(
    n=st.integers(1, 700),
    num_samples=st.none() | st.integers(1, 2500),
    seed=st.integers(-(2**63), 2**64 - 1),
    used=st.integers(0, 1300),
    own=st.booleans(),
    steps=st.integers(0, 2500),
)
@example(n=625, num_samples=1250, seed=0, used=623, own=True, steps=1250)
def test_random_passes(same, states, n, num_samples, seed, used, own, steps) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(seed) if own else None
        torch.randint(2, (used,), generator=generator)
        sampler = library.RandomSampler(range(n), num_samples=num_samples, generator=generator)
        partial = iter(sampler)
        taken = [next(partial, "end") for _ in range(steps)]
        outcome = [taken, states(generator)]
        for _ in range(2):
            outcome += [list(sampler), states(generator)]
        # The pass that was left goes on as if nothing had happened, if its generator is its own.
        return [*outcome, list(partial), states(generator), len(sampler)]

    same(scenario, seed=seed)


def test_nothing_is_drawn_at_iter(states) -> None:
    generator = torch.Generator().manual_seed(1)
    for own in (None, generator):
        sampler = fastsamplers.RandomSampler(range(10), generator=own)
        before = states(generator)
        iterator = iter(sampler)
        assert states(generator) == before
        next(iterator)
        assert states(generator) != before


def test_the_extra_permutation_is_drawn_only_past_the_last_index(states) -> None:
    generator = torch.Generator().manual_seed(1)
    iterator = iter(fastsamplers.RandomSampler(range(1000), generator=generator))
    next(iterator)
    after_first = states(generator)
    for _ in range(999):
        next(iterator)
    assert states(generator) == after_first
    assert next(iterator, None) is None
    other = torch.Generator().manual_seed(1)
    torch.randperm(1000, generator=other)
    torch.randperm(1000, generator=other)
    assert states(generator) == states(other)


def test_a_shared_generator_is_used_by_others_in_between(same, states) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(2)
        left = iter(library.RandomSampler(range(50), num_samples=120, generator=generator))
        right = iter(library.RandomSampler(range(30), num_samples=70, generator=generator))
        outcome = []
        for k in range(60):
            outcome += [next(left), next(right)]
            if k % 7 == 0:
                outcome.append(torch.randn(3, generator=generator).tolist())
            outcome.append(states(generator))
        return [*outcome, list(left), list(right), states(generator)]

    same(scenario)


def test_the_global_generator_given_by_name_is_shared(same, trace) -> None:
    def scenario(library):
        sampler = library.RandomSampler(range(20), generator=torch.default_generator)
        return [trace(lambda: sampler), trace(lambda: sampler)]

    same(scenario)


def test_attributes_are_read_at_the_first_next(same, trace) -> None:
    def scenario(library):
        outcome = []
        for name, value in (
            ("replacement", True),
            ("_num_samples", 7),
            ("data_source", range(13)),
            ("generator", torch.Generator().manual_seed(4)),
        ):
            sampler = library.RandomSampler(range(10))
            outcome.append(
                trace(
                    lambda s=sampler: s, between=lambda s=sampler, n=name, v=value: setattr(s, n, v)
                )
            )
        return outcome

    same(scenario)


@pytest.mark.parametrize("kind", ["global", "own"])
@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("num_samples", [None, 25])
def test_a_length_that_changes_during_the_pass(same, kind, replacement, num_samples) -> None:
    def scenario(library):
        generator = generator_of(kind)
        data = list(range(10))
        sampler = library.RandomSampler(data, replacement, num_samples, generator)
        iterator = iter(sampler)
        taken = [next(iterator) for _ in range(5)]
        data.extend(range(3))
        return taken, list(iterator), len(sampler), list(sampler)

    same(scenario)


def test_the_items_are_exact_ints() -> None:
    assert {type(index) for index in fastsamplers.RandomSampler(range(5000))} == {int}


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_in_modes_without_gradients(same, trace, mode) -> None:
    def scenario(library):
        with mode():
            generator = torch.Generator().manual_seed(1)
            own = library.RandomSampler(range(10), generator=generator)
            shared = library.SubsetRandomSampler([4, 5, 6])
            return [trace(lambda: own, generator), trace(lambda: shared)]

    same(scenario)


def test_a_first_pass_under_inference_mode_leaves_later_ones_alone() -> None:
    with torch.inference_mode():
        torch.default_generator.manual_seed(3)
        inside = list(fastsamplers.RandomSampler(range(10)))
    torch.default_generator.manual_seed(3)
    assert list(fastsamplers.RandomSampler(range(10))) == inside
    torch.default_generator.manual_seed(3)
    assert list(torch.utils.data.RandomSampler(range(10))) == inside
