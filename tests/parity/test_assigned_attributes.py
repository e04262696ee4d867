"""Attributes that are assigned after construction: torch reads them when they are needed."""

from __future__ import annotations

import functools
import gc
from typing import Any

import numpy as np
import pytest
import torch

import fastsamplers
from fastsamplers import BatchSampler, SequentialSampler, SubsetRandomSampler

ODD_SIZES = [None, -1, 0, 2.0, "3", 2**63, True, np.int64(3)]


# torch multiplies a list by the size with drop_last: no huge one there.
ODD_CASES = [
    (size, drop) for size in ODD_SIZES for drop in (False, True) if not drop or size != 2**63
]


@pytest.mark.parametrize(("size", "drop_last"), ODD_CASES)
def test_odd_batch_sizes_before_a_pass(same, trace, size: object, drop_last: bool) -> None:
    def scenario(library):
        batches = library.BatchSampler(library.SequentialSampler(range(10)), 4, drop_last)
        batches.batch_size = size
        return trace(lambda: batches)

    same(scenario)


@pytest.mark.parametrize("size", ODD_SIZES, ids=repr)
def test_odd_batch_sizes_during_and_after_a_pass(same, attempt, size: object) -> None:
    def scenario(library):
        outcome = []
        for taken in (1, 5):
            batches = library.BatchSampler(library.SequentialSampler(range(10)), 2, False)
            iterator = iter(batches)
            outcome += [next(iterator) for _ in range(taken)]
            batches.batch_size = size
            outcome += [attempt(functools.partial(next, iterator, "end")) for _ in range(4)]
        return outcome

    same(scenario)


@pytest.mark.parametrize("drop_last", ["", 0, None, "yes"], ids=repr)
def test_odd_drop_last(same, trace, drop_last: object) -> None:
    def scenario(library):
        batches = library.BatchSampler(library.SequentialSampler(range(10)), 4, False)
        batches.drop_last = drop_last
        return trace(lambda: batches)

    same(scenario)


@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("count", [-5, -1, 0, 3, 5.0, "x", True], ids=repr)
def test_odd_numbers_of_samples(same, trace, count: object, replacement: bool) -> None:
    def scenario(library):
        sampler = library.RandomSampler(range(10), replacement)
        sampler._num_samples = count
        return trace(lambda: sampler)

    same(scenario)


def test_an_output_that_is_none_is_refused() -> None:
    batches = BatchSampler(SequentialSampler(range(4)), 2, False)
    batches.output = "bogus"
    with pytest.raises(ValueError, match="output should be one of"):
        next(iter(batches))


def test_a_generator_replaced_by_something_else(same, attempt) -> None:
    def scenario(library):
        sampler = library.SubsetRandomSampler(range(5), torch.Generator())
        iterator = iter(sampler)
        sampler.generator = "cpu"
        return attempt(lambda: next(iterator))

    same(scenario)


def test_blocks_follow_an_iter_of_a_subclass() -> None:
    class Tenfold(BatchSampler):
        def __iter__(self):
            for batch in super().__iter__():
                yield [10 * index for index in batch]

    batches = Tenfold(SequentialSampler(range(6)), 2, False)
    assert [block.tolist() for block in batches.blocks(4)] == [[0, 10, 20, 30], [40, 50]]


def test_tensors_own_their_memory_and_their_version() -> None:
    iterator = iter(BatchSampler(SequentialSampler(range(1000)), 16, False, output="torch"))
    batches = [next(iterator) for _ in range(20)]
    weight = torch.randn(1000, 3, requires_grad=True)
    loss = torch.nn.functional.embedding(batches[7], weight).sum()
    batches[8].add_(1)
    loss.backward()
    assert {batch.untyped_storage().nbytes() for batch in batches} == {16 * 8}


def test_results_and_inputs_stay_resizable() -> None:
    indices = torch.arange(5)
    list(SubsetRandomSampler(indices).blocks())
    out = torch.empty(5, dtype=torch.int64)
    fastsamplers.functional.randperm(5, out=out)
    for tensor in (
        indices,
        out,
        fastsamplers.functional.randperm(5),
        fastsamplers.functional.randint(10, (5,)),
    ):
        tensor.resize_(10)


def test_inference_tensors_are_torchs_affair(same, attempt) -> None:
    with torch.inference_mode():
        frozen = torch.empty(5, dtype=torch.int64)

    def scenario(library):
        return attempt(lambda: library.randperm(5, out=frozen))

    same(scenario)


def test_ranges_beyond_int64_are_refused_before_anything_is_drawn(states) -> None:
    generator = torch.Generator().manual_seed(1)
    for indices in (range(0, 2**64 - 1, 2**62), range(2**63, 2**63 + 3), range(-(2**63) - 1, 0)):
        before = states(generator)
        with pytest.raises(ValueError, match="indices should fit int64"):
            next(SubsetRandomSampler(indices, generator).blocks())
        assert states(generator) == before
    wide = range(-(2**62), 2**62 + 1, 2**62)
    assert sorted(np.concatenate(list(SubsetRandomSampler(wide).blocks())).tolist()) == list(wide)


def test_a_half_made_batch_is_seen_by_nobody() -> None:
    class Spy:
        def __len__(self) -> int:
            return 8

        def __getitem__(self, index: int) -> int:
            for seen in gc.get_objects():
                if type(seen) is list and len(seen) == 4:
                    repr(seen[3])  # a null would end the process
            return index

    assert len(list(BatchSampler(SubsetRandomSampler(Spy()), 4, False))) == 2


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("fails_at", range(8))
def test_a_length_that_fails_in_the_middle(
    same, trace, own: bool, replacement: bool, fails_at: int
) -> None:
    """torch draws a permutation before it asks how much of it is left."""

    class Failing:
        def __init__(self) -> None:
            self.asked = 0

        def __len__(self) -> int:
            self.asked += 1
            if self.asked > fails_at:
                raise TypeError("no length any more")
            return 7

    def scenario(library) -> Any:
        generator = torch.Generator().manual_seed(6) if own else None
        source = Failing()

        def make() -> Any:
            return library.RandomSampler(source, replacement, generator=generator)

        return trace(make, generator), source.asked

    same(scenario)


@pytest.mark.parametrize("size", [-1, "x", 2**63, 0, None, 4])
@pytest.mark.parametrize("n", [1, 4, 6])
def test_a_batch_size_is_looked_at_behind_the_last_batch_too(same, attempt, size, n: int) -> None:
    def scenario(library) -> list[Any]:
        batches = library.BatchSampler(library.SequentialSampler(range(n)), 4, False)
        iterator = iter(batches)
        outcome = [next(iterator) for _ in range(-(-n // 4))]
        batches.batch_size = size
        return [outcome, *(attempt(lambda: next(iterator)) for _ in range(3))]

    same(scenario)
