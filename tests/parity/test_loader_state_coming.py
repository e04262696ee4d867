"""States of loaders before a first pass: of samplers that draw at ``iter()``, or were sought."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.utils.data

import fastsamplers
from tests.parity.between_lines import read_and_ask
from tests.parity.other_samplers import DrawsAtIter, DrawsLater

N = 14
LENGTHS = np.arange(1, N + 1)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(5)


def wrapper(sampler: Any, rank: int = 0, ranks: int = 2, **options: Any) -> Any:
    return fastsamplers.DistributedSamplerWrapper(sampler, ranks, rank, **options)


def batches(sampler: Any) -> Any:
    return fastsamplers.BatchSampler(sampler, 3, False)


def torch_batches(sampler: Any) -> Any:
    return torch.utils.data.BatchSampler(sampler, 3, False)


def ours() -> Any:
    return fastsamplers.RandomSampler(range(N), generator=generator())


def grouped() -> Any:
    return fastsamplers.LengthGroupedSampler(2, lengths=LENGTHS, generator=generator())


def buckets() -> Any:
    return fastsamplers.BucketBatchSampler(LENGTHS, 2, generator=generator())


# What gives indices, and what gives batches.
SAMPLERS: dict[str, Callable[[], Any]] = {
    "wrapper, drawn at iter": lambda: wrapper(DrawsAtIter(N)),
    "wrapper, drawn later": lambda: wrapper(DrawsLater(N)),
    "wrapper, contiguous": lambda: wrapper(DrawsAtIter(N), 1, layout="contiguous"),
    "wrapper of ours": lambda: wrapper(ours()),
    "wrapper of grouped": lambda: wrapper(grouped()),
    "grouped": grouped,
}
BATCHES: dict[str, Callable[[], Any]] = {
    "wrapper of batches of others": lambda: wrapper(torch_batches(DrawsAtIter(N))),
    "wrapper of batches": lambda: wrapper(batches(ours())),
    "wrapper of batches, drawn at iter": lambda: wrapper(batches(DrawsAtIter(N))),
    "wrapper of batches of grouped": lambda: wrapper(batches(grouped())),
    "wrapper of buckets": lambda: wrapper(buckets()),
    "batches of wrapper, drawn at iter": lambda: batches(wrapper(DrawsAtIter(N))),
    "batches of wrapper, contiguous": lambda: batches(
        wrapper(DrawsAtIter(N), 1, layout="contiguous")
    ),
    "batches, drawn at iter": lambda: batches(DrawsAtIter(N)),
    "batches of grouped": lambda: batches(grouped()),
    "buckets": buckets,
}


def made(name: str) -> tuple[Any, fastsamplers.DataLoader]:
    torch.manual_seed(3)
    data = list(range(N))
    if name in SAMPLERS:
        sampler = SAMPLERS[name]()
        return sampler, fastsamplers.DataLoader(data, None, sampler=sampler)
    sampler = BATCHES[name]()
    return sampler, fastsamplers.DataLoader(data, batch_sampler=sampler, collate_fn=list)


@pytest.mark.parametrize("name", [*SAMPLERS, *BATCHES])
@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_state_before_the_first_pass(name: str, position: int) -> None:
    sampler, loader = made(name)
    sampler.seek(position)
    state = loader.state_dict()
    expected = [list(loader), list(loader)]
    for _ in range(3):
        _, resumed = made(name)
        resumed.load_state_dict(state)
        state = resumed.state_dict()  # saved again before anything is read
        assert [list(resumed), list(resumed)] == expected


def test_what_was_sought_on_other_ranks() -> None:
    one = fastsamplers.DataLoader(list(range(N)), None, sampler=wrapper(DrawsAtIter(N), 0, 1))
    order = list(one)
    for sought, ranks in ((3, 4), (1, 3), (2, 5)):
        sampler, loader = made("wrapper, drawn at iter")
        sampler.seek(sought)
        state = loader.state_dict()
        for rank in range(ranks):
            share = wrapper(DrawsAtIter(N), rank, ranks, padding="none")
            resumed = fastsamplers.DataLoader(list(range(N)), None, sampler=share)
            resumed.load_state_dict(state)
            assert list(resumed) == order[2 * sought :][rank::ranks]
            share.seek(0)
        resumed.load_state_dict(state)
        share.seek(1)  # which is of the pass as it would have been
        share.sampler.generator.manual_seed(5)
        assert list(resumed) == order[rank::ranks][1:]


@pytest.mark.parametrize("given", [0, 1, 5, N])
@pytest.mark.parametrize("is_shared", [False, True])
def test_grouped_by_length_beside_the_draws_of_the_loader(given: int, is_shared: bool) -> None:
    def make() -> fastsamplers.DataLoader:
        torch.manual_seed(3)
        own = generator() if is_shared else None
        sampler = fastsamplers.LengthGroupedSampler(2, lengths=LENGTHS, generator=own)
        return fastsamplers.DataLoader(list(range(N)), None, sampler=sampler, generator=own)

    loader = make()
    passing = iter(loader)
    had = [next(passing) for _ in range(given)]
    state = loader.state_dict()
    expected = [list(passing), list(loader), list(loader)]
    assert sorted(had + expected[0]) == list(range(N))
    for _ in range(2):
        resumed = make()
        torch.rand(7)
        resumed.load_state_dict(state)
        state = resumed.state_dict()
        assert [list(resumed), list(resumed), list(resumed)] == expected


@pytest.mark.parametrize("name", ["batches of wrapper, drawn at iter", "wrapper, drawn at iter"])
def test_a_state_between_any_two_lines_is_of_what_it_says(name: str) -> None:
    _, loader = made(name)
    expected, following = list(loader), list(loader)
    for k in range(100_000):
        _, loader = made(name)
        got, states = read_and_ask(iter(loader), k, loader.state_dict)
        assert got == expected, k
        for given, state in states:
            # A batch counts a moment before it is handed over.
            assert given <= state["received"] <= given + 1
            _, resumed = made(name)
            resumed.load_state_dict(state)
            rest = following if "ended" in state else expected[state["received"] :]
            assert list(resumed) == rest, k
        if not states:
            break
    assert k > 100
