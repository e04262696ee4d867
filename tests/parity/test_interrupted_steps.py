"""Signal handlers between any two lines of Python: what they raise loses nothing, and what state
they ask for is that of the items that have been handed out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.utils.data

import fastsamplers
from fastsamplers import _torch
from fastsamplers.samplers.replay import generator_of
from tests.parity.between_lines import Between, read_and_ask
from tests.parity.other_samplers import DrawsAtIter

N = 14
LENGTHS = np.arange(1, N + 1)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(5)


def theirs() -> torch.utils.data.RandomSampler:
    return torch.utils.data.RandomSampler(range(N), generator=generator())


def ours() -> fastsamplers.RandomSampler:
    return fastsamplers.RandomSampler(range(N), generator=generator())


def grouped() -> fastsamplers.LengthGroupedSampler:
    return fastsamplers.LengthGroupedSampler(2, lengths=LENGTHS, generator=generator())


def batches(sampler: Any, output: str = "list", size: int = 3) -> fastsamplers.BatchSampler:
    return fastsamplers.BatchSampler(sampler, size, False, output=output)


def wrapper(sampler: Any, **options: Any) -> fastsamplers.DistributedSamplerWrapper:
    return fastsamplers.DistributedSamplerWrapper(sampler, 2, 1, **options)


SAMPLERS: dict[str, Callable[[], Any]] = {
    "batches": lambda: batches(theirs()),
    "arrays": lambda: batches(theirs(), "numpy"),
    "batches of batches": lambda: batches(batches(ours()), size=2),
    "wrapper": lambda: wrapper(theirs()),
    "wrapper, contiguous": lambda: wrapper(theirs(), layout="contiguous"),
    "wrapper of batches": lambda: wrapper(batches(theirs())),
    "wrapper of arrays": lambda: wrapper(batches(theirs(), "torch")),
    "wrapper of buckets": lambda: wrapper(
        fastsamplers.BucketBatchSampler(LENGTHS, 2, generator=generator())
    ),
    # Which would pad with what comes next after a resume.
    "wrapper of wrapper": lambda: wrapper(wrapper(theirs()), padding="none"),
    "batches of wrapper": lambda: batches(wrapper(theirs())),
    "random": ours,
    "random, with replacement": lambda: fastsamplers.RandomSampler(
        range(N), True, generator=generator()
    ),
    "random, no generator": lambda: fastsamplers.RandomSampler(range(N)),
    "random, feistel": lambda: fastsamplers.RandomSampler(
        range(N), generator=generator(), algorithm="feistel"
    ),
    "subset": lambda: fastsamplers.SubsetRandomSampler([*range(N)], generator()),
    "weighted": lambda: fastsamplers.WeightedRandomSampler(LENGTHS, N, True, generator()),
    "weighted, without replacement": lambda: fastsamplers.WeightedRandomSampler(
        LENGTHS, N, False, generator()
    ),
    "distributed": lambda: fastsamplers.DistributedSampler(range(N), 2, 1),
    "grouped": grouped,
    "buckets": lambda: fastsamplers.BucketBatchSampler(LENGTHS, 2, generator=generator()),
    "buckets, no generator": lambda: fastsamplers.BucketBatchSampler(LENGTHS, 2, seed=3),
    "tokens": lambda: fastsamplers.MaxTokensBatchSampler(LENGTHS, 30, generator=generator()),
    "bins": lambda: fastsamplers.PackedBatchSampler(LENGTHS, 30, generator=generator()),
    "batches of ours": lambda: batches(ours()),
    "arrays of ours": lambda: batches(ours(), "torch"),
    "wrapper of ours": lambda: wrapper(ours()),
    "wrapper of batches of ours": lambda: wrapper(batches(ours())),
    "batches of shares": lambda: batches(fastsamplers.DistributedSampler(range(N), 2, 1)),
    "batches of grouped": lambda: batches(grouped()),
    "arrays of grouped": lambda: batches(grouped(), "numpy"),
    "wrapper of grouped": lambda: wrapper(grouped()),
    "wrapper of batches of grouped": lambda: wrapper(batches(grouped())),
    "batches of batches of grouped": lambda: batches(batches(grouped()), size=2),
    "batches, drawn at iter": lambda: batches(DrawsAtIter(N)),
    "wrapper, drawn at iter": lambda: wrapper(DrawsAtIter(N)),
    "batches of wrapper, drawn at iter": lambda: batches(wrapper(DrawsAtIter(N))),
}
# Goes on after an error; one of the others ends, as torch's generators do.
GOES_ON = {
    "wrapper", "wrapper of batches", "wrapper of arrays", "wrapper of buckets",
    "wrapper of wrapper", "wrapper, drawn at iter",
}  # fmt: skip
# Of which only Python's part differs from that of others.
ALIKE_IN_CPP = {
    "batches of batches", "batches of wrapper", "wrapper of arrays", "wrapper of wrapper",
    "wrapper of batches", "wrapper, contiguous", "batches of batches of grouped",
    "wrapper of batches of grouped", "batches, drawn at iter", "wrapper, drawn at iter",
    "batches of wrapper, drawn at iter",
}  # fmt: skip
EVERY_KIND = pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.unsanitized("runs the C++ of another kind"))
        if name in ALIKE_IN_CPP
        else name
        for name in SAMPLERS
    ],
)


def made(name: str) -> Any:
    torch.manual_seed(3)
    return SAMPLERS[name]()


def as_lists(items: list[Any]) -> list[Any]:
    return [item if isinstance(item, int | list) else item.tolist() for item in items]


def resumed(name: str, state: Any) -> list[Any]:
    """What comes after a state, in a process where the generator stands elsewhere."""
    iterator = iter(made(name))
    next(iterator)
    iterator.load_state_dict(state)
    return as_lists(list(iterator))


def interrupt() -> None:
    raise KeyboardInterrupt


@EVERY_KIND
def test_an_interrupted_pass_loses_nothing(name: str) -> None:
    expected = as_lists(list(made(name)))
    interrupted = 0
    for k in range(100_000):
        between = Between(k, interrupt)
        iterator = iter(made(name))
        got: list[Any] = []
        try:
            between.read(iterator, got)
        except KeyboardInterrupt:
            interrupted += 1
        if not between.is_over:
            break
        assert as_lists(got) + resumed(name, iterator.state_dict()) == expected, k
        rest = list(iterator)
        if rest or name in GOES_ON:
            assert as_lists(got + rest) == expected, k
        else:
            assert as_lists(got) == expected[: len(got)], k
    assert interrupted > len(expected)


@EVERY_KIND
def test_a_state_between_any_two_lines(name: str) -> None:
    owner = made(name)
    expected = as_lists(list(owner))
    drawn = _torch.state_of(generator_of(owner))
    asked = 0
    for k in range(100_000):
        owner = made(name)
        iterator = iter(owner)
        got, states = read_and_ask(iterator, k, iterator.state_dict)
        assert as_lists(got) == expected, k
        assert torch.equal(_torch.state_of(generator_of(owner)), drawn), k
        for given, state in states:
            assert expected[:given] + resumed(name, state) == expected, (k, given)
            asked += 1
        if not states:
            break
    assert asked > len(expected)
