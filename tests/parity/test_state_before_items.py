"""States asked for, and given, before the first item: no generator moves but for what is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from fastsamplers import (
    BatchSampler,
    DataLoader,
    DistributedSamplerWrapper,
    LengthGroupedSampler,
)
from tests.parity.other_samplers import DrawsAtIter

N = 20


class DrawsFromElsewhereToo(DrawsAtIter):
    """Draws from a generator that no state knows of, and counts its passes."""

    def __init__(self) -> None:
        super().__init__(N)
        self.rng = np.random.default_rng(5)
        self.passes = 0

    def __iter__(self) -> Iterator[int]:
        self.passes += 1
        order = self.rng.permutation(N)
        return iter(order[list(super().__iter__())].tolist())


def grouped() -> Any:
    generator = torch.Generator().manual_seed(5)
    return LengthGroupedSampler(2, lengths=np.arange(1, N + 1), generator=generator)


SAMPLERS = {
    "wrapper": lambda: DistributedSamplerWrapper(DrawsAtIter(N), 2, 1),
    "wrapper, contiguous": lambda: DistributedSamplerWrapper(
        DrawsAtIter(N), 2, 1, layout="contiguous"
    ),
    "grouped": grouped,
}


def generator_within(sampler: Any) -> torch.Generator:
    generator: torch.Generator = getattr(sampler, "sampler", sampler).generator
    return generator


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_state_before_the_first_batch_draws_nothing(name: str, count: int) -> None:
    expected = list(BatchSampler(SAMPLERS[name](), 3, False))
    sampler = SAMPLERS[name]()
    before = generator_within(sampler).get_state()
    iterator: Any = iter(BatchSampler(sampler, 3, False))
    states = [iterator.state_dict() for _ in range(count)]
    assert torch.equal(generator_within(sampler).get_state(), before)
    assert list(iterator) == expected
    for state in states:
        resumed: Any = iter(BatchSampler(SAMPLERS[name](), 3, False))
        resumed.load_state_dict(state)
        assert list(resumed) == expected


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_refused_state_before_the_first_batch_changes_nothing(name: str) -> None:
    expected = list(BatchSampler(SAMPLERS[name](), 3, False))
    sampler = SAMPLERS[name]()
    before = generator_within(sampler).get_state()
    iterator: Any = iter(BatchSampler(sampler, 3, False))
    with pytest.raises(ValueError, match="state"):
        iterator.load_state_dict({**iterator.state_dict(), "n": 7})
    assert torch.equal(generator_within(sampler).get_state(), before)
    assert list(iterator) == expected


@pytest.mark.parametrize("states", [0, 1, 2])
def test_a_sampler_of_others_is_asked_once(states: int) -> None:
    def batches(sampler: Any) -> BatchSampler:
        return BatchSampler(DistributedSamplerWrapper(sampler, 2, 1), 3, False)

    expected = list(batches(DrawsFromElsewhereToo()))
    sampler = DrawsFromElsewhereToo()
    iterator: Any = iter(batches(sampler))
    for _ in range(states):
        iterator.state_dict()
    assert sampler.passes == 0
    assert list(iterator) == expected
    assert sampler.passes == 1
    sampler = DrawsFromElsewhereToo()
    loader = DataLoader(range(N), batch_sampler=batches(sampler), collate_fn=list)
    for _ in range(states):
        loader.state_dict()
    assert list(loader) == expected
    assert sampler.passes == 1


def test_a_sampler_of_others_that_begins_at_the_second_attempt() -> None:
    class Fails(DrawsAtIter):
        passes = 0

        def __iter__(self) -> Iterator[int]:
            self.passes += 1
            items = super().__iter__()
            if self.passes == 1:
                raise OSError("disk")
            return items

    expected = list(DistributedSamplerWrapper(DrawsAtIter(N), 2, 1))
    sampler = Fails(N)
    iterator: Any = iter(DistributedSamplerWrapper(sampler, 2, 1))
    with pytest.raises(OSError, match="disk"):
        next(iterator)
    state = iterator.state_dict()
    stood = sampler.generator.get_state()
    for wrong in ({"position": N + 1}, {"position": 0, "n": 3}, {"algorithm": "another"}):
        with pytest.raises(ValueError, match="of the state should be"):
            iterator.load_state_dict({**state, **wrong})
        assert torch.equal(sampler.generator.get_state(), stood)
    assert list(iterator) == expected
    again = Fails(N)
    again.passes = 1
    resumed: Any = iter(DistributedSamplerWrapper(again, 2, 1))
    resumed.load_state_dict(state)
    assert list(resumed) == expected


def test_a_sampler_of_others_that_cannot_begin_is_no_end() -> None:
    class Stops(DrawsAtIter):
        def __iter__(self) -> Iterator[int]:
            raise StopIteration

    for iterator in (
        iter(DistributedSamplerWrapper(Stops(N), 2, 1)),
        iter(BatchSampler(DistributedSamplerWrapper(Stops(N), 2, 1), 3, False)),
    ):
        with pytest.raises(RuntimeError, match="generator raised StopIteration"):
            next(iterator)


def test_a_state_before_the_first_item_is_of_the_epoch_to_come() -> None:
    class Epochs(DrawsAtIter):
        epoch = 0

        def set_epoch(self, epoch: int) -> None:
            self.epoch = epoch

        def __iter__(self) -> Iterator[int]:
            return iter([self.epoch * N + k for k in range(N)])

    sampler = Epochs(N)
    iterator: Any = iter(BatchSampler(DistributedSamplerWrapper(sampler, 2, 1), 3, False))
    assert iterator.state_dict()["epoch"] == 0
    sampler.set_epoch(2)
    state = iterator.state_dict()
    assert state["epoch"] == 2
    rest = list(iterator)
    assert rest[0] == [2 * N + 1, 2 * N + 3, 2 * N + 5]
    resumed: Any = iter(BatchSampler(DistributedSamplerWrapper(Epochs(N), 2, 1), 3, False))
    resumed.load_state_dict(state)
    assert list(resumed) == rest
