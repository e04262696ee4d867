"""Places that were sought through a wrapper, over samplers that count their own in anything."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.utils.data

from fastsamplers import (
    BatchSampler,
    BucketBatchSampler,
    DistributedSampler,
    DistributedSamplerWrapper,
    DistributedWeightedRandomSampler,
    LengthGroupedSampler,
    MaxTokensBatchSampler,
    PackedBatchSampler,
    RandomSampler,
)

LENGTHS = [1 + 7 * index % 31 for index in range(50)]
# As long as it is, none of them is padded: what pads behind a state is another subject.
N = 24


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(3)


MAKE: dict[str, Callable[[], Any]] = {
    "ranked": lambda: DistributedSampler(range(N), 2, 0, seed=3),
    "ranked, contiguous": lambda: DistributedSampler(range(N), 2, 0, layout="contiguous"),
    "batches of ranked": lambda: BatchSampler(DistributedSampler(range(N), 2, 0), 3, False),
    "batches of weighted": lambda: BatchSampler(
        DistributedWeightedRandomSampler(torch.arange(1.0, 31), N, num_replicas=2, rank=0), 3, False
    ),
    "wrapper": lambda: DistributedSamplerWrapper(RandomSampler(range(N), generator=seeded()), 2, 0),
    "wrapper of batches": lambda: DistributedSamplerWrapper(
        BatchSampler(RandomSampler(range(N), generator=seeded()), 2, False), 2, 0
    ),
    "wrapper of wrapper": lambda: DistributedSamplerWrapper(MAKE["ranked"](), 2, 0),
    "batches of wrapper": lambda: BatchSampler(MAKE["wrapper"](), 3, False),
    "buckets": lambda: BucketBatchSampler(LENGTHS, 3),
    "tokens": lambda: MaxTokensBatchSampler(LENGTHS, 60),
    "bins": lambda: PackedBatchSampler(LENGTHS, 60),
    "grouped": lambda: LengthGroupedSampler(3, lengths=LENGTHS, generator=seeded()),
    "torch's": lambda: torch.utils.data.RandomSampler(range(N), generator=seeded()),
    "torch's batches": lambda: torch.utils.data.BatchSampler(MAKE["torch's"](), 3, False),
    "batches of torch's": lambda: BatchSampler(MAKE["torch's"](), 3, False),
}


def resumed(make: Callable[[], Any], state: Any) -> Any:
    items = iter(make())
    items.load_state_dict(state)
    return items


@pytest.mark.parametrize("layout", ["interleaved", "contiguous"])
@pytest.mark.parametrize("name", MAKE)
def test_a_state_behind_a_seek(name: str, layout: str) -> None:
    def make() -> Any:
        return DistributedSamplerWrapper(MAKE[name](), 2, 1, layout=layout, padding="none")

    whole = list(make())
    assert len(whole) > 1
    for place, count in itertools.product(range(len(whole) + 1), (0, 1)):
        sampler = make()
        sampler.seek(place)
        items = iter(sampler)
        given = list(itertools.islice(items, count))
        again = resumed(make, items.state_dict())
        third = resumed(make, again.state_dict())  # of a pass that has not gone on
        for rest in (items, again, third):
            assert given + list(rest) == whole[place:]


@pytest.mark.parametrize("name", MAKE)
def test_what_was_sought_goes_to_other_ranks(name: str) -> None:
    whole = list(MAKE[name]())
    sampler = DistributedSamplerWrapper(MAKE[name](), 2, 1, padding="none")
    sampler.seek(1)
    state = iter(sampler).state_dict()
    rest = [None] * (len(whole) - 2)
    for rank in range(3):
        rest[rank::3] = resumed(
            lambda rank=rank: DistributedSamplerWrapper(MAKE[name](), 3, rank, padding="none"),
            state,
        )
    assert rest == whole[2:]


def test_a_sought_place_and_the_samplers_own() -> None:
    """Each seek counts its own items, and both are in the state."""

    def make() -> Any:
        return DistributedSamplerWrapper(MAKE["wrapper of wrapper"](), 2, 0)

    sampler = make()
    sampler.seek(1)
    sampler.sampler.seek(1)
    items = iter(sampler)
    state = items.state_dict()
    assert state["left_out"] == "2,2"
    expected = list(MAKE["ranked"]())[2:][::2][2:][::2]
    assert list(items) == list(resumed(make, state)) == expected


@pytest.mark.parametrize("text", ["", "x", "-1", "1.0", "1,", " 1", "\u0661", "9" * 20, "1,x"])
def test_refused(text: str) -> None:
    items = iter(DistributedSamplerWrapper(MAKE["wrapper of wrapper"](), 2, 0))
    first = next(items)
    state = {**items.state_dict(), "left_out": text}
    with pytest.raises(ValueError, match="left_out of the state should be"):
        items.load_state_dict(state)
    with pytest.raises(ValueError, match="left_out of the state should be a string"):
        items.load_state_dict({**state, "left_out": 2})
    rest = list(DistributedSamplerWrapper(MAKE["wrapper of wrapper"](), 2, 0))
    assert [first, *items] == rest
