"""Batch samplers by length within others: the wrapper's shares, and loaders' states put off."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import fastsamplers
from tests.parity.plans import all_indices, some_lengths

LENGTHS = some_lengths(400)
Make = Callable[..., Any]
KINDS: dict[str, Make] = {
    "buckets": lambda **given: fastsamplers.BucketBatchSampler(LENGTHS, 7, **given),
    "tokens": lambda **given: fastsamplers.MaxTokensBatchSampler(LENGTHS, 800, **given),
    "bins": lambda **given: fastsamplers.PackedBatchSampler(LENGTHS, 150, **given),
    "bins in batches": lambda **given: fastsamplers.PackedBatchSampler(
        LENGTHS, 150, batch_size=3, **given
    ),
}


def wrapped(kind: str, rank: int, own: bool) -> Any:
    generator = torch.Generator().manual_seed(4) if own else None
    return fastsamplers.DistributedSamplerWrapper(KINDS[kind](generator=generator), 2, rank)


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_resumed_share_is_padded_alike(kind: str, own: bool) -> None:
    shares = [list(wrapped(kind, rank, own)) for rank in range(2)]
    assert len(shares[0]) == len(shares[1])
    for rank, done in itertools.product(range(2), (0, 1, 2, len(shares[0]) - 1)):
        running = iter(wrapped(kind, rank, own))
        for _ in range(done):
            next(running)
        resumed = iter(wrapped(kind, rank, own))
        resumed.load_state_dict(running.state_dict())
        assert list(resumed) == shares[rank][done:]


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_of_a_share(kind: str) -> None:
    share = wrapped(kind, 1, False)
    blocks = list(share.blocks(64))
    assert all(len(block) == 64 for block in blocks[:-1])
    assert np.concatenate(blocks).tolist() == all_indices(share)


@pytest.mark.parametrize("ranks", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("kind", KINDS)
def test_a_state_that_is_put_off_goes_to_any_ranks(kind: str, ranks: int) -> None:
    """A loader's state before its first batch, of a sampler that has been moved."""
    sampler = KINDS[kind](num_replicas=2, rank=0)
    shares = [list(KINDS[kind](num_replicas=2, rank=rank)) for rank in range(2)]
    sampler.seek(3)
    state = fastsamplers.DataLoader(LENGTHS, batch_sampler=sampler).state_dict()
    given = [batch for share in shares for batch in share[:3]]
    rests = []
    for rank in range(ranks):
        other = KINDS[kind](num_replicas=ranks, rank=rank)
        loader = fastsamplers.DataLoader(LENGTHS, batch_sampler=other)
        loader.load_state_dict(state)
        assert loader.state_dict()["sampler"]["position"] == state["sampler"]["position"]
        rests.append(list(other))
        assert len(list(other)) == len(other)  # the pass after it is whole
    assert len({len(rest) for rest in rests}) == 1
    rest = [batch for step in zip(*rests, strict=True) for batch in step]
    assert {*all_indices(given)} | {*all_indices(rest)} == {*range(400)}
    assert not {*all_indices(given)} & {*all_indices(rest)}
    head = rest[: len(rest) - ranks]  # all but the last step, which may repeat
    assert len({*map(str, head)}) == len(head)


def test_a_seek_takes_back_what_was_put_off() -> None:
    sampler = KINDS["buckets"](num_replicas=2, rank=0)
    whole = list(sampler)
    sampler.seek(3)
    state = fastsamplers.DataLoader(LENGTHS, batch_sampler=sampler).state_dict()
    other = KINDS["buckets"](num_replicas=2, rank=0)
    fastsamplers.DataLoader(LENGTHS, batch_sampler=other).load_state_dict(state)
    other.seek(0)
    assert list(other) == whole


def test_other_lengths_can_be_assigned() -> None:
    for make in KINDS.values():
        sampler = make()
        list(sampler)
        sampler.lengths = LENGTHS[:100]
        assert sorted(all_indices(sampler)) == [*range(100)]
        with pytest.raises(ValueError, match=r"lengths\[1\]=-1"):
            sampler.lengths = [1, -1]
        assert sorted(all_indices(sampler)) == [*range(100)]
    grouped = fastsamplers.LengthGroupedSampler(4, lengths=LENGTHS)
    grouped.lengths = LENGTHS[:50]
    assert sorted(grouped) == [*range(50)]
    assert len(grouped) == 50


def test_numpy_integers_as_options() -> None:
    array = np.array(LENGTHS)
    bins = fastsamplers.PackedBatchSampler(array, array.max(), num_replicas=np.int64(2))
    assert bins.capacity == max(LENGTHS)
    assert type(bins.capacity) is int
    fastsamplers.functional.pack(array, array.max())
    assert len(fastsamplers.BucketBatchSampler(array, np.int32(8))) == 50


@pytest.mark.parametrize("drop_last", [False, True])
def test_no_length_is_left_out_or_repeated_more_often(drop_last: bool) -> None:
    """Nine batches on eight ranks: which of them is left out, or fills the last step, is any."""
    lengths = np.arange(1, 73)
    epochs = 900
    times = np.zeros(9)
    ranks = [
        fastsamplers.BucketBatchSampler(
            *(lengths, 8), window=100, num_replicas=8, rank=rank, drop_last=drop_last
        )
        for rank in range(8)
    ]
    for epoch in range(epochs):
        for rank in ranks:
            rank.set_epoch(epoch)
            for batch in rank:
                times[batch[0] // 8] += 1
    # Each batch: once an epoch, less the chance to be left out, more its share of the repetitions.
    extra = times - epochs if not drop_last else epochs - times
    each = 7 if not drop_last else 1
    expected = epochs / 9
    # A binomial's deviation; nine batches, Bonferroni at 1e-6.
    deviation = np.sqrt(epochs * (1 / 9) * (8 / 9))
    assert np.all(np.abs(extra / each - expected) < 5.3 * deviation)
