"""Our ``BatchSamplerShard`` gives what Accelerate's gives, and reads this process's share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("accelerate")

import numpy as np
import torch
from accelerate.data_loader import BatchSamplerShard as Theirs

import fastsamplers
from fastsamplers import BatchSampler, RandomSampler, SequentialSampler
from fastsamplers.integrations.accelerate import BatchSamplerShard
from tests.frameworks.runs.accelerate_cases import (
    KINDS,
    TORCH,
    Deal,
    deals,
    expected,
    found,
    shard_of,
    sizes,
)

pytestmark = pytest.mark.conformance("Accelerate", "training in several processes", "adapter")


@pytest.mark.parametrize("processes", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_equals_theirs(kind: str, processes: int) -> None:
    """Same indices in two passes, same lengths, same generator states afterwards."""
    for deal in deals(processes):
        for n in sizes(kind, deal):
            for rank in range(processes):
                sampler = KINDS[kind](fastsamplers, n)
                ours = found(deal, rank, sampler, BatchSampler, BatchSamplerShard)
                assert ours == expected(kind, n, deal, rank), (deal, n, rank)


@pytest.mark.parametrize("kind", KINDS)
def test_equals_theirs_in_long_passes(kind: str) -> None:
    """Beyond the indices that are made first, and the blocks that are read ahead."""
    for deal in (Deal(16, False, 3, False, True), Deal(48, True, 3, True, False)):
        for rank in range(3):
            sampler = KINDS[kind](fastsamplers, 20_011)
            ours = found(deal, rank, sampler, BatchSampler, BatchSamplerShard)
            assert ours == expected(kind, 20_011, deal, rank), (deal, rank)


@pytest.mark.parametrize("output", ["numpy", "torch"])
@pytest.mark.parametrize("kind", ["sequential", "random", "subset, generator", "weighted"])
def test_arrays(kind: str, output: str) -> None:
    """The same content, where Accelerate's code would add numbers up."""
    made = np.ndarray if output == "numpy" else torch.Tensor
    for processes in (1, 2, 3):
        for deal in deals(processes):
            for n in sizes(kind, deal)[1:]:
                rank = processes - 1
                sampler = KINDS[kind](fastsamplers, n)
                ours = found(deal, rank, sampler, BatchSampler, BatchSamplerShard, output=output)
                assert ours == expected(kind, n, deal, rank), (deal, n)
                batches = BatchSampler(sampler, deal.batch_size, deal.drop_last, output=output)
                for batch in shard_of(deal, rank, batches, BatchSamplerShard):
                    assert isinstance(batch, made)
                    assert str(batch.dtype).endswith("int64")


def test_indices_of_others_are_not_made() -> None:
    """The second batch of each of very many processes comes at once, where all drop a rest."""
    batches = BatchSampler(SequentialSampler(range(2**50)), 1000, True)
    own = iter(BatchSamplerShard(batches, 2**30, 7))
    assert next(own) == list(range(7000, 8000))
    assert next(own) == list(range(1000 * (2**30 + 7), 1000 * (2**30 + 8)))


class Doubled(RandomSampler):
    """A subclass with an order of its own."""

    def __iter__(self) -> Iterator[int]:
        yield from (2 * index for index in super().__iter__())


class Named(RandomSampler):
    """A subclass that changes nothing."""


class Reversed(BatchSampler):
    """Batches of another kind."""

    def __iter__(self) -> Iterator[Any]:
        yield from (batch[::-1] for batch in super().__iter__())


class Uneven:
    """A batch sampler without ``batch_size``."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[list[int]]:
        for index in range(self.count):
            yield [10 * index + place for place in range(1 + index % 3)]


OTHERS: dict[str, Any] = {
    "a sampler's subclass": lambda: BatchSampler(Doubled(range(11)), 3, False),
    "a sampler's subclass, unchanged": lambda: BatchSampler(Named(range(11)), 3, False),
    "a batch sampler's subclass": lambda: Reversed(RandomSampler(range(11)), 3, False),
    "torch's batches": lambda: TORCH.BatchSampler(RandomSampler(range(11)), 3, False),
    "torch's sampler": lambda: BatchSampler(TORCH.RandomSampler(range(11)), 3, True),
    "a list": lambda: BatchSampler([5, 3, 8, 1, 1], 2, False),
    "no batch_size": lambda: Uneven(7),
    "no batches": lambda: Uneven(0),
}


@pytest.mark.parametrize("even_batches", [False, True])
@pytest.mark.parametrize("name", OTHERS)
def test_others_are_accelerates_affair(name: str, even_batches: bool) -> None:
    for processes in (1, 2, 3):
        for rank in range(processes):
            seen = []
            for kind in (Theirs, BatchSamplerShard):
                torch.manual_seed(3)
                shard = kind(OTHERS[name](), processes, rank, even_batches=even_batches)
                seen.append([len(shard), list(shard), list(shard), torch.get_rng_state().tolist()])
            assert seen[0] == seen[1]


CHANGES: dict[str, Any] = {
    "batches.batch_size": lambda shard: setattr(shard.batch_sampler, "batch_size", 4),
    "batches.drop_last": lambda shard: setattr(shard.batch_sampler, "drop_last", True),
    "batches.sampler": lambda shard: setattr(
        shard.batch_sampler, "sampler", TORCH.SequentialSampler(range(17))
    ),
    "shard.drop_last": lambda shard: setattr(shard, "drop_last", True),
    "shard.even_batches": lambda shard: setattr(shard, "even_batches", False),
    "shard.process_index": lambda shard: setattr(shard, "process_index", 0),
    "both": lambda shard: (
        setattr(shard, "batch_size", 6),
        setattr(shard.batch_sampler, "batch_size", 6),
    ),
}


@pytest.mark.parametrize("split_batches", [False, True])
@pytest.mark.parametrize("name", CHANGES)
def test_attributes_that_are_changed_later(name: str, split_batches: bool) -> None:
    seen = []
    for module, kind in ((TORCH, Theirs), (fastsamplers, BatchSamplerShard)):
        torch.manual_seed(3)
        batches = module.BatchSampler(module.RandomSampler(range(23)), 2, False)
        shard = kind(batches, 2, 1, split_batches)
        CHANGES[name](shard)
        seen.append([len(shard), list(shard), list(shard)])
    assert seen[0] == seen[1]


def test_epochs_and_samplers_reach_through() -> None:
    """Accelerate sets both on the shard's ``sampler``."""
    order = fastsamplers.DistributedSampler(range(11), num_replicas=1, rank=0)
    shard = BatchSamplerShard(BatchSampler(order, 2, False), 2, 0)
    shard.set_epoch(4)
    assert order.epoch == 4
    assert shard.sampler is order
    shard.sampler = other = SequentialSampler(range(4))
    assert shard.batch_sampler.sampler is other
    assert list(shard) == [[0, 1]]


@pytest.mark.parametrize("size", [3, 5])
def test_split_batches_have_to_be_divisible(size: int) -> None:
    messages = []
    for kind in (Theirs, BatchSamplerShard):
        with pytest.raises(ValueError, match="round multiple") as caught:
            kind(BatchSampler(RandomSampler(range(9)), size, False), 2, 0, split_batches=True)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
