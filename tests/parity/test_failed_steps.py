"""Errors of samplers, of conversions and of states: what has been handed out stays known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

import fastsamplers

N = 20


class Failing:
    """Raises at the ``fails_at``-th index of each pass, or of one."""

    def __init__(self, fails_at: int | None = None, fails_in: int | None = None) -> None:
        self.generator = torch.Generator().manual_seed(3)
        self.fails_at = fails_at
        self.fails_in = fails_in
        self.passes = 0

    def __len__(self) -> int:
        return N

    def __iter__(self) -> Iterator[int]:
        self.passes += 1
        fails = self.fails_in in (None, self.passes)
        for k, index in enumerate(torch.randperm(N, generator=self.generator).tolist()):
            if fails and k == self.fails_at:
                raise OSError("disk")
            yield index


def wrapper(sampler: Any) -> fastsamplers.DistributedSamplerWrapper:
    return fastsamplers.DistributedSamplerWrapper(sampler, 2, 1)


MAKERS: dict[str, Callable[[Any], Any]] = {
    "batches": lambda sampler: fastsamplers.BatchSampler(sampler, 2, False),
    "arrays": lambda sampler: fastsamplers.BatchSampler(sampler, 2, False, output="numpy"),
    "wrapper": wrapper,
    "wrapper of batches": lambda s: wrapper(fastsamplers.BatchSampler(s, 2, False)),
    "loader": lambda s: fastsamplers.DataLoader(range(N), 2, sampler=s, collate_fn=list),
}


def as_lists(items: Any) -> list[Any]:
    return [item.tolist() if isinstance(item, np.ndarray) else item for item in items]


@pytest.mark.parametrize("name", MAKERS)
def test_what_comes_after_an_error_is_not_the_end(name: str) -> None:
    make = MAKERS[name]
    expected = as_lists(make(Failing()))
    made = make(Failing(fails_at=8))
    iterator = iter(made)
    got: list[Any] = []
    with pytest.raises(OSError, match="disk"):
        got.extend(iterator)
    with pytest.raises((StopIteration, OSError)):
        next(iterator)
    other = make(Failing())
    if name == "loader":
        other.load_state_dict(made.state_dict())
        rest = list(other)
    else:
        rest_of = iter(other)
        rest_of.load_state_dict(iterator.state_dict())
        rest = list(rest_of)
    assert len(got) > 0
    assert as_lists(got + rest) == expected


@pytest.mark.parametrize("output", ["numpy", "torch"])
def test_a_batch_whose_conversion_fails_comes_again(output: str) -> None:
    class Index:
        refusals = 1

        def __init__(self, value: int) -> None:
            self.value = value

        def __index__(self) -> int:
            if self.value == 6 and Index.refusals:
                Index.refusals -= 1
                raise MemoryError("no room")
            return self.value

    sampler = [Index(k) for k in range(12)]
    batches = iter(fastsamplers.BatchSampler(sampler, 2, False, output=output))
    got = [next(batches).tolist() for _ in range(3)]
    with pytest.raises(MemoryError, match="no room"):
        next(batches)
    assert batches.state_dict()["position"] == 3
    got += [batch.tolist() for batch in batches]
    assert got == [[k, k + 1] for k in range(0, 12, 2)]


@pytest.mark.parametrize("given", [0, 3, N])
@pytest.mark.parametrize("kind", ["ours", "wrapper"])
def test_a_generator_state_that_torch_never_writes_is_refused(
    states, kind: str, given: int
) -> None:
    def made() -> Any:
        sampler: Any = Failing()
        if kind == "wrapper":
            return wrapper(sampler), sampler.generator
        generator = torch.Generator().manual_seed(3)
        return fastsamplers.RandomSampler(range(N), generator=generator), generator

    first = iter(made()[0])
    for _ in range(given):
        next(first, None)
    state = first.state_dict()
    damaged = state["generator"].clone()
    damaged.numpy()[8:24].view(np.int64)[:] = 624  # left, and the place behind the last word
    sampler, generator = made()
    iterator = iter(sampler)
    taken = next(iterator)
    before = states(generator)
    with pytest.raises(ValueError, match="generator of the state"):
        iterator.load_state_dict({**state, "generator": damaged})
    assert states(generator) == before
    assert [taken, *iterator] == list(made()[0])


def test_a_wrappers_state_is_loaded_as_a_whole_or_not_at_all() -> None:
    first = iter(wrapper(Failing()))
    for _ in range(4):
        next(first)
    # The pass that is begun anew for the state comes to its place, the look at the head fails.
    sampler = Failing(fails_at=1, fails_in=3)
    iterator = iter(wrapper(sampler))
    taken = next(iterator)
    with pytest.raises(OSError, match="disk"):
        iterator.load_state_dict(first.state_dict())
    assert [taken, *iterator] == list(wrapper(Failing()))
