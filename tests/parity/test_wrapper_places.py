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


class Interrupting:
    """Items 0 to n - 1 of an iterator with a state, which calls ``at_item`` before each."""

    def __init__(self, n: int, at_item: Callable[[int], None]) -> None:
        self.n = n
        self.at_item = at_item

    def __len__(self) -> int:
        return self.n

    def __iter__(self) -> InterruptingIterator:
        return InterruptingIterator(self)


class InterruptingIterator:
    def __init__(self, owner: Interrupting) -> None:
        self.owner = owner
        self.place = 0

    def __iter__(self) -> InterruptingIterator:
        return self

    def __next__(self) -> int:
        if self.place == self.owner.n:
            raise StopIteration
        self.owner.at_item(self.place)
        self.place += 1
        return self.place - 1

    def state_dict(self) -> dict[str, int]:
        return {"place": self.place}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.place = state["place"]


@pytest.mark.parametrize("rank", [0, 1, 3])
@pytest.mark.parametrize("place", [0, 2])
@pytest.mark.parametrize("failing", range(20))
def test_a_round_that_is_cut_short_goes_on(failing: int, place: int, rank: int) -> None:
    """Whichever of its items an error comes at; and its state is that of before the round."""
    failures = [failing]

    def fail_once(item: int) -> None:
        if [item] == failures:
            failures.clear()
            raise OSError("once")

    def make(at_item: Callable[[int], None] = fail_once) -> Any:
        return DistributedSamplerWrapper(Interrupting(20, at_item), 4, rank)

    sampler = make()
    sampler.seek(place)
    items = iter(sampler)
    expected = [*range(rank, 20, 4)][place:]
    got = []
    for _ in range(len(expected)):
        try:
            got.append(next(items))
        except OSError:  # noqa: PERF203
            state = items.state_dict()
            rest = resumed(lambda: make(lambda item: None), state)
            assert got + list(rest) == expected
            got.append(next(items))
    assert failures == []
    assert got + list(items) == expected


@pytest.mark.parametrize("own_state", [False, True])
@pytest.mark.parametrize("place", [0, 1])
def test_a_state_that_is_taken_within_a_round(own_state: bool, place: int) -> None:
    """As a signal handler does, while an item is awaited."""
    taken: list[tuple[int, Any]] = []
    given: list[int] = []

    class Plain:
        def __len__(self) -> int:
            return 20

        def __iter__(self) -> Any:
            for item in range(20):
                taken.append((len(given), items.state_dict()))
                yield item

    def at_item(item: int) -> None:
        taken.append((len(given), items.state_dict()))

    sampler = DistributedSamplerWrapper(Interrupting(20, at_item) if own_state else Plain(), 4, 1)
    sampler.seek(place)
    items = iter(sampler)
    for item in items:
        given.append(item)  # noqa: PERF402  # looked at meanwhile
    expected = [*range(1, 20, 4)][place:]
    assert given == expected
    whole = Interrupting(20, lambda item: None)
    states = tuple(taken)  # as many as there are now
    assert len(states) == 20
    for count, state in states:
        items = resumed(
            lambda: DistributedSamplerWrapper(whole if own_state else Plain(), 4, 1), state
        )
        assert list(items) == expected[count:]


def test_what_a_wrapper_leaves_out_is_refused_by_what_is_none() -> None:
    sampler = DistributedSamplerWrapper(MAKE["buckets"](), 2, 0)
    sampler.seek(2)
    state = iter(sampler).state_dict()
    for made in (MAKE["buckets"](), MAKE["ranked"](), MAKE["torch's batches"]()):
        items = iter(made) if hasattr(iter(made), "load_state_dict") else iter(
            DistributedSamplerWrapper(made, 1, 0, layout="contiguous")
        )  # fmt: skip
        with pytest.raises(ValueError, match="state should have no items that a wrapper leaves"):
            items.load_state_dict(state)
    for text in ("1,2", "1,,2", "4,junk"):
        items = iter(DistributedSamplerWrapper(list(range(9)), 2, 0))
        with pytest.raises(ValueError, match="left_out"):
            items.load_state_dict({**items.state_dict(), "left_out": text})
