"""BatchSampler against torch's: over our samplers, and over any iterable of any items."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import fastsamplers

SAMPLERS = {
    "sequential": lambda library, n, generator: library.SequentialSampler(range(n)),
    "random": lambda library, n, generator: library.RandomSampler(range(n), generator=generator),
    "twice and a bit": lambda library, n, generator: library.RandomSampler(
        range(n), num_samples=2 * n + 1, generator=generator
    ),
    "replacement": lambda library, n, generator: library.RandomSampler(
        range(n), True, n, generator
    ),
    "subset": lambda library, n, generator: library.SubsetRandomSampler(
        [f"item {i}" for i in range(n)], generator
    ),
    "distributed": lambda library, n, generator: library.DistributedSampler(range(n), 3, 1),
}


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("name", SAMPLERS)
def test_every_state_of_small_passes(same, trace, name: str, own: bool, drop_last: bool) -> None:
    def scenario(library):
        outcome = []
        for n, batch_size in itertools.product((1, 2, 7, 12), (1, 2, 3, 4, 12, 13, 100)):
            generator = torch.Generator().manual_seed(3) if own else None
            sampler = SAMPLERS[name](library, n, generator)
            batches = library.BatchSampler(sampler, batch_size, drop_last)
            outcome += [trace(lambda b=batches: b, generator) for _ in range(2)]
            outcome.append(len(batches))
        return outcome

    same(scenario)


@given(
    name=st.sampled_from(list(SAMPLERS)),
    n=st.integers(1, 3000),
    batch_size=st.integers(1, 400) | st.integers(1, 10_000),
    drop_last=st.booleans(),
    own=st.booleans(),
    seed=st.integers(-(2**63), 2**64 - 1),
    steps=st.integers(0, 40),
)
def test_random_passes(same, states, name, n, batch_size, drop_last, own, seed, steps) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(seed) if own else None
        sampler = SAMPLERS[name](library, n, generator)
        batches = library.BatchSampler(sampler, batch_size, drop_last)
        partial = iter(batches)
        outcome = [[next(partial, "end") for _ in range(steps)], states(generator)]
        for _ in range(2):
            outcome += [list(batches), states(generator)]
        return [*outcome, list(partial), states(generator), len(batches)]

    same(scenario, seed=seed)


@pytest.mark.parametrize("n", [16_383, 16_384, 16_385, 40_000, 300_000])
@pytest.mark.parametrize("batch_size", [1, 7, 256, 8192, 16_384, 16_385, 1_000_000])
def test_sizes_around_the_reads(same, n: int, batch_size: int) -> None:
    def scenario(library):
        batches = library.BatchSampler(library.RandomSampler(range(n)), batch_size, False)
        return [torch.tensor(batch).numpy().tobytes() for batch in batches], len(batches)

    if n // batch_size < 50_000:
        same(scenario)


@pytest.mark.parametrize(
    "batch_size", [2**20 - 1, 2**20, 2**20 + 1, 2**31, 2**40, 2**62, 2**63 - 1]
)
def test_batches_larger_than_the_pass(same, states, batch_size: int) -> None:
    def scenario(library):
        sampler = library.RandomSampler(range(1000))
        # With drop_last torch makes a list of batch_size references.
        modes = (False, True) if batch_size <= 2**20 + 1 else (False,)
        return [
            (list(library.BatchSampler(sampler, batch_size, drop_last)), states())
            for drop_last in modes
        ]

    same(scenario)


def test_a_batch_of_more_than_the_first_room(same) -> None:
    def scenario(library):
        batches = library.BatchSampler(
            library.SequentialSampler(range(2_500_000)), 2_200_000, False
        )
        return [(len(batch), batch[0], batch[-1], sum(batch)) for batch in batches]

    same(scenario)


ITERABLES = {
    "list": lambda library: [5, "a", None, 2.5, (1,)],
    "range": lambda library: range(7),
    "text": lambda library: "abcdefg",
    "empty": lambda library: [],
    "tensor": lambda library: torch.arange(7),
    "dict": lambda library: {"a": 1, "b": 2, "c": 3},
    "set": lambda library: {5},
    "batches": lambda library: library.BatchSampler(library.RandomSampler(range(9)), 2, False),
    "torch's sampler": lambda library: torch.utils.data.RandomSampler(range(9)),
    "torch's weighted sampler": lambda library: torch.utils.data.WeightedRandomSampler(
        [0.1, 0.9, 0.4], 7
    ),
    "infinite": lambda library: itertools.count(5),
    "iterator": lambda library: iter([1, 2, 3, 4, 5]),
    "not iterable": lambda library: 5,
    "None": lambda library: None,
    "fails": lambda library: (1 // (3 - i) for i in range(9)),
}


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("batch_size", [1, 2, 3, 100])
@pytest.mark.parametrize("name", ITERABLES)
def test_any_iterable_of_any_items(same, trace, attempt, name, batch_size, drop_last) -> None:
    def scenario(library):
        batches = library.BatchSampler(ITERABLES[name](library), batch_size, drop_last)
        return [
            *(trace(lambda: batches, steps=10) for _ in range(2)),
            attempt(lambda: len(batches)),
        ]

    same(scenario)


@pytest.mark.parametrize("name", ["random", "subset", "sequential"])
def test_batches_are_fresh_lists_that_the_caller_may_change(same, name: str) -> None:
    def scenario(library):
        outcome = []
        for batch in library.BatchSampler(SAMPLERS[name](library, 20, None), 3, False):
            assert type(batch) is list
            outcome.append(list(batch))
            batch.append(-1)
            batch.clear()
        return outcome

    same(scenario)


def test_kept_batches_stay_as_they_were() -> None:
    batches = list(
        fastsamplers.BatchSampler(fastsamplers.SequentialSampler(range(100_000)), 7, False)
    )
    assert [i for batch in batches for i in batch] == list(range(100_000))
    assert len({*map(id, batches)}) == len(batches)


def test_the_items_are_exact_ints() -> None:
    batches = fastsamplers.BatchSampler(fastsamplers.RandomSampler(range(5000)), 64, True)
    assert {type(index) for batch in batches for index in batch} == {int}


def test_nothing_is_read_or_drawn_at_iter(same, states) -> None:
    class Watched:
        asked = 0

        def __iter__(self):
            self.asked += 1
            return iter(range(5))

    def scenario(library):
        watched = Watched()
        iterator = iter(library.BatchSampler(watched, 2, False))
        before = watched.asked
        next(iterator)
        own = iter(library.BatchSampler(library.RandomSampler(range(5)), 2, False))
        return before, watched.asked, states(), next(own), states()

    same(scenario)


CHANGES = {
    "batch_size": lambda library: 5,
    "drop_last": lambda library: True,
    "sampler": lambda library: library.SequentialSampler(range(100, 107)),
    "any sampler": lambda library: ["x", "y", "z"],
}


@pytest.mark.parametrize("over", ["ours", "any"])
@pytest.mark.parametrize("name", CHANGES)
def test_attributes_are_read_at_the_first_next(same, trace, name: str, over: str) -> None:
    def scenario(library):
        sampler = library.RandomSampler(range(13)) if over == "ours" else list(range(13))
        batches = library.BatchSampler(sampler, 3, False)

        def change():
            setattr(batches, name.removeprefix("any "), CHANGES[name](library))

        return trace(lambda: batches, between=change)

    same(scenario)


@pytest.mark.parametrize("drop_last", [False, True])
def test_attributes_that_change_during_the_pass(same, trace, drop_last: bool) -> None:
    """torch reads batch_size for each batch; with drop_last once."""

    def scenario(library):
        batches = library.BatchSampler(library.SequentialSampler(range(30)), 3, drop_last)
        iterator = iter(batches)
        outcome = [next(iterator), next(iterator)]
        batches.batch_size = 4
        outcome += [next(iterator), next(iterator)]
        batches.batch_size = 2
        batches.drop_last = not drop_last
        batches.sampler = range(5)
        return [*outcome, *iterator]

    same(scenario)


def test_epochs_are_forwarded(same) -> None:
    def scenario(library):
        sampler = library.DistributedSampler(range(20), 2, 0)
        batches = library.BatchSampler(sampler, 3, False)
        outcome = []
        for epoch in range(3):
            (batches if hasattr(batches, "set_epoch") else sampler).set_epoch(epoch)
            outcome.append(list(batches))
        return outcome

    same(scenario)
    fastsamplers.BatchSampler([1, 2], 1, False).set_epoch(3)  # nothing there that depends on it
