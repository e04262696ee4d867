"""States asked for, and given, before the first item: no generator moves but for what is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from fastsamplers import BatchSampler, DistributedSamplerWrapper, LengthGroupedSampler

N = 20


class DrawsAtIter:
    """Draws all of a pass when ``iter()`` is called."""

    def __init__(self) -> None:
        self.generator = torch.Generator().manual_seed(5)

    def __len__(self) -> int:
        return N

    def __iter__(self) -> Iterator[int]:
        return iter(torch.randperm(N, generator=self.generator).tolist())


class DrawsFromElsewhere:
    """Draws from a generator that no state knows of."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(5)

    def __len__(self) -> int:
        return N

    def __iter__(self) -> Iterator[int]:
        return iter(self.rng.permutation(N).tolist())


def grouped() -> Any:
    generator = torch.Generator().manual_seed(5)
    return LengthGroupedSampler(2, lengths=np.arange(1, N + 1), generator=generator)


SAMPLERS = {
    "wrapper": lambda: DistributedSamplerWrapper(DrawsAtIter(), 2, 1),
    "wrapper, contiguous": lambda: DistributedSamplerWrapper(
        DrawsAtIter(), 2, 1, layout="contiguous"
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


def test_what_a_state_has_drawn_from_elsewhere_is_the_pass() -> None:
    expected = list(BatchSampler(DistributedSamplerWrapper(DrawsFromElsewhere(), 2, 1), 3, False))
    wrapper = DistributedSamplerWrapper(DrawsFromElsewhere(), 2, 1)
    iterator: Any = iter(BatchSampler(wrapper, 3, False))
    iterator.state_dict()
    iterator.state_dict()
    assert list(iterator) == expected
