"""What the batch samplers by length have in common beside their batches: draws, blocks, options."""

from __future__ import annotations

import threading
import warnings
from typing import Any

import numpy as np
import pytest
import torch
import torch.utils.data

import fastsamplers
from tests.parity.plans import PLANNED, PlannedKind, all_indices, some_lengths

N = 150


@pytest.fixture(params=PLANNED.values(), ids=PLANNED)
def planned(request: pytest.FixtureRequest) -> PlannedKind:
    return request.param


@pytest.mark.parametrize("shuffle", [False, True])
def test_what_a_generator_draws(planned, states, shuffle: bool) -> None:
    """One int64 at the first batch; nothing else, and nothing at any other time."""
    lengths = some_lengths(N)
    generator = torch.Generator().manual_seed(4)
    like = torch.Generator().manual_seed(4)
    sampler = planned.make(lengths, generator=generator, shuffle=shuffle, seed=8)
    for epoch in range(3):
        before = states(generator)
        sampler.set_epoch(epoch)  # without effect
        iterator = iter(sampler)
        len(sampler)
        iterator.state_dict()
        repr(sampler)
        assert states(generator) == before
        first = next(iterator)
        if shuffle:
            seed = torch.empty((), dtype=torch.int64).random_(generator=like).item()
            expected = planned.batches(lengths, seed=seed)
            assert states(like) == states(generator)
        else:
            expected = planned.batches(lengths, shuffle=False)
            assert states(generator) == before
        after = states(generator)
        assert [first, *iterator] == expected
        assert iterator.state_dict()["ended"] == 1
        assert states(generator) == after


def test_without_a_generator_nothing_is_drawn(planned, states) -> None:
    before = states()
    list(planned.make(some_lengths(N)))
    assert states() == before


def test_the_generator_draws_as_torchs_sampler_would(planned) -> None:
    """One int64, as RandomSampler draws its seed: what others draw after it stays the same."""
    generator = torch.Generator().manual_seed(4)
    list(planned.make(some_lengths(N), generator=generator))
    like = torch.Generator().manual_seed(4)
    torch.empty((), dtype=torch.int64).random_(generator=like)
    assert torch.rand(3, generator=generator).tolist() == torch.rand(3, generator=like).tolist()


@pytest.mark.parametrize("size", [1, 3, 64, 65536])
def test_blocks(planned, size: int) -> None:
    lengths = some_lengths(N)
    for options in ({}, {"drop_last": True}, {"shuffle": False}, {"num_replicas": 3, "rank": 1}):
        sampler = planned.make(lengths, seed=6, **options)
        indices = all_indices(sampler)
        sampler = planned.make(lengths, seed=6, **options)
        blocks = list(sampler.blocks(size))
        assert [len(block) for block in blocks[:-1]] == [size] * (len(blocks) - 1)
        assert {block.dtype for block in blocks} == {np.dtype(np.int64)}
        assert np.concatenate(blocks).tolist() == indices
        for block in blocks:
            block += 1  # the caller's
        assert (
            np.concatenate(list(planned.make(lengths, seed=6, **options).blocks(size))).tolist()
            == indices
        )
    for wrong in (0, -1, 2.0):
        with pytest.raises(ValueError, match="size should be a positive integer value"):
            sampler.blocks(wrong)


def test_blocks_of_a_generators_pass(planned, states) -> None:
    lengths = some_lengths(N)
    outcomes = []
    for way in (
        lambda sampler: all_indices(sampler),
        lambda sampler: np.concatenate(list(sampler.blocks(7))).tolist(),
    ):
        generator = torch.Generator().manual_seed(4)
        sampler = planned.make(lengths, generator=generator)
        outcomes.append([way(sampler), way(sampler), states(generator)])
    assert outcomes[0] == outcomes[1]


class Doubled(fastsamplers.BucketBatchSampler):
    """A subclass that iterates by itself."""

    def __iter__(self) -> Any:
        for batch in super().__iter__():
            yield [2 * index for index in batch]


def test_blocks_of_a_subclass_are_what_it_yields() -> None:
    sampler = Doubled(some_lengths(N), 4)
    assert np.concatenate(list(sampler.blocks(9))).tolist() == all_indices(sampler)


def test_several_passes_at_once(planned) -> None:
    """Each has the epoch that the sampler had when its first batch was asked for."""
    lengths = some_lengths(N)
    sampler = planned.make(lengths)
    first, second = iter(sampler), iter(sampler)
    heads = [next(first)]
    sampler.set_epoch(1)
    heads.append(next(second))
    third = iter(sampler)
    sampler.set_epoch(2)
    both = list(zip(first, second, strict=False))
    expected = [planned.batches(lengths, epoch=epoch) for epoch in range(3)]
    assert [heads[0], *(batch for batch, _ in both)] == expected[0][: len(both) + 1]
    assert [heads[1], *(batch for _, batch in both)] == expected[1][: len(both) + 1]
    assert list(third) == expected[2]


def test_any_number_of_threads(planned, threads) -> None:
    lengths = some_lengths(30_000, most=140)
    outcomes = []
    for count in (1, 2, 3):
        threads(count)
        outcomes.append(list(planned.make(lengths, seed=2)))
    assert outcomes[1:] == outcomes[:1] * 2


def test_threads_that_share_a_pass(planned) -> None:
    """Each batch goes to one of them; who comes too early is told, as by a generator."""
    lengths = some_lengths(20_000)
    sampler = planned.make(lengths)
    expected = list(sampler)
    iterator = iter(sampler)
    got: list[list[Any]] = [[], [], []]
    refused: list[str] = []

    def read(mine: list[Any]) -> None:
        while True:
            try:
                mine.append(next(iterator))
            except StopIteration:  # noqa: PERF203
                return
            except ValueError as error:
                refused.append(str(error))

    workers = [threading.Thread(target=read, args=(mine,)) for mine in got]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert {*refused} <= {"generator already executing"}
    assert sorted(map(str, got[0] + got[1] + got[2])) == sorted(map(str, expected))


def test_torchs_classes(planned) -> None:
    sampler = planned.make(some_lengths(N))
    assert isinstance(sampler, torch.utils.data.Sampler)
    assert not hasattr(sampler, "state_dict")
    assert not hasattr(sampler, "load_state_dict")


def test_the_options_are_attributes(planned) -> None:
    lengths = some_lengths(N)
    generator = torch.Generator()
    options = {
        "shuffle": False, "drop_last": True, "seed": 5, "generator": generator,
        "num_replicas": 3, "rank": 2,
    }  # fmt: skip
    sampler = planned.make(lengths, **options)
    assert {name: getattr(sampler, name) for name in options} == options
    assert sampler.lengths is lengths
    assert sampler.epoch == 0
    text = repr(sampler)
    assert text.startswith(f"{type(sampler).__name__}(n={N}, ")
    for name, value in options.items():
        assert f"{name}={value!r}" in text


WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"shuffle": 1}, ValueError, "shuffle should be a boolean value, but got shuffle=1"),
    ({"drop_last": None}, ValueError, "drop_last should be a boolean value, but got drop_last=No"),
    ({"seed": 1.5}, TypeError, "seed should be an int, but got seed=1.5"),
    ({"seed": "1"}, TypeError, "seed should be an int, but got seed='1'"),
    ({"seed": 2**64}, ValueError, r"seed should be in \[-2\*\*63, 2\*\*64\), but got seed=1844674"),
    ({"seed": -(2**63) - 1}, ValueError, "seed should be in .*seed=-9223372036854775809"),
    ({"generator": 5}, TypeError, "generator should be a torch.Generator or None, but .*=5"),
    ({"num_replicas": 0}, ValueError, "num_replicas should be a positive integer value, .*=0"),
    ({"num_replicas": 2.0}, ValueError, "num_replicas should be a positive integer value"),
    ({"rank": 1}, ValueError, r"Invalid rank 1, rank should be in the interval \[0, 0\]"),
    ({"num_replicas": 3, "rank": 3}, ValueError, r"Invalid rank 3, .* \[0, 2\]"),
    ({"num_replicas": 3, "rank": -1}, ValueError, r"Invalid rank -1, .* \[0, 2\]"),
    ({"num_replicas": 3, "rank": 0.5}, TypeError, "rank should be an int, but got rank=0.5"),
]


@pytest.mark.parametrize(("options", "error", "text"), WRONG, ids=str)
def test_options_that_are_none(planned, options: dict[str, Any], error: Any, text: str) -> None:
    with pytest.raises(error, match=text):
        planned.make([1, 2, 3], **options)


def test_epochs_that_are_none(planned) -> None:
    sampler = planned.make(some_lengths(N))
    for wrong, error in ((1.5, TypeError), ("1", TypeError), (2**64, ValueError)):
        with pytest.raises(error, match="epoch should be"):
            sampler.set_epoch(wrong)
    assert list(sampler) == planned.batches(some_lengths(N))


def test_integers_of_other_types(planned) -> None:
    lengths = some_lengths(N)
    sampler = planned.make(lengths, seed=np.int64(3))
    sampler.set_epoch(np.int32(2))
    assert list(sampler) == planned.batches(lengths, seed=3, epoch=2)
    state = iter(sampler).state_dict()
    assert {type(value) for value in state.values()} <= {int, str}


def test_no_warning_on_ordinary_lengths(planned) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for n in (0, 1, 2, N):
            lengths = [*range(1, n + 1)]
            sampler = planned.make(lengths)
            list(sampler)
            list(sampler)
