"""Our shards seek, and our ``SkipBatchSampler`` seeks in them, where Accelerate's code reads on."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("accelerate")

import torch
from accelerate.data_loader import BatchSamplerShard as Accelerates
from accelerate.data_loader import SkipBatchSampler as Theirs

import fastsamplers
from fastsamplers import BatchSampler, BucketBatchSampler, RandomSampler, SequentialSampler
from fastsamplers.integrations.accelerate import BatchSamplerShard, SkipBatchSampler
from tests.frameworks.runs.accelerate_cases import (
    KINDS,
    TORCH,
    Deal,
    deals,
    expected,
    shard_of,
    sizes,
    states_of,
)

pytestmark = pytest.mark.conformance("Accelerate", "resume by `skip_first_batches`", "adapter")
LENGTHS = [1 + 7 * index % 31 for index in range(41)]


def set_seed() -> None:
    torch.default_generator.manual_seed(3)


def own_batches(kind: str, n: int, deal: Deal, rank: int, **options: Any) -> Any:
    sampler = KINDS[kind](fastsamplers, n)
    batches = BatchSampler(sampler, deal.batch_size, deal.drop_last, **options)
    return shard_of(deal, rank, batches, BatchSamplerShard)


@pytest.mark.parametrize("kind", KINDS)
def test_a_pass_begins_where_it_was_told(kind: str) -> None:
    """At every place; the pass after it is whole, and draws what it would have drawn."""
    for processes in (1, 3):
        for deal in deals(processes):
            for n in sizes(kind, deal)[-5:]:
                whole = expected(kind, n, deal, processes - 1)
                for place in range(whole.length + 1):
                    set_seed()
                    shard = own_batches(kind, n, deal, processes - 1)
                    shard.seek(place)
                    passes = []
                    for epoch in range(2):
                        shard.set_epoch(epoch)
                        passes.append(list(shard))
                    assert passes == [whole.passes[0][place:], whole.passes[1]], (deal, n, place)
                    assert states_of(shard.sampler) == whole.states, (deal, n, place)


SKIPPED: dict[str, Callable[[], Any]] = {
    "batches": lambda: BatchSampler(RandomSampler(range(23)), 3, False),
    "arrays": lambda: BatchSampler(RandomSampler(range(23)), 3, False, output="numpy"),
    "shard": lambda: BatchSamplerShard(BatchSampler(RandomSampler(range(23)), 3, False), 2, 1),
    "shard of torch's": lambda: BatchSamplerShard(
        TORCH.BatchSampler(TORCH.RandomSampler(range(23)), 3, False), 2, 1
    ),
    "torch's": lambda: TORCH.BatchSampler(TORCH.RandomSampler(range(23)), 3, False),
    "lengths": lambda: BucketBatchSampler(LENGTHS, 4),
    "shard of lengths": lambda: BatchSamplerShard(BucketBatchSampler(LENGTHS, 4), 2, 1),
    "split lengths": lambda: BatchSamplerShard(BucketBatchSampler(LENGTHS, 4), 2, 1, True),
    "list": lambda: [[1], [2, 3], [4]],
}


@pytest.mark.parametrize("name", SKIPPED)
def test_skips_as_theirs(name: str) -> None:
    """The first batches of every pass; also more than there are."""
    for skipped in range(10):
        seen = []
        for kind in (Theirs, SkipBatchSampler):
            set_seed()
            skip = kind(SKIPPED[name](), skipped)
            passes = [[[*map(int, batch)] for batch in iter(skip)] for _ in range(2)]
            length = len(skip.batch_sampler) - skipped
            assert skip.total_length == len(skip.batch_sampler)
            assert length < 0 or len(skip) == length
            seen.append([passes, states_of(None)])
        assert seen[0] == seen[1]


class Sought(BatchSampler):
    """Notes where passes are told to begin."""

    place = 0

    def seek(self, position: int) -> None:
        self.place = position
        super().seek(position)


class SoughtBuckets(BucketBatchSampler):
    place = 0

    def seek(self, position: int) -> None:
        self.place = position
        super().seek(position)


class SoughtShard(BatchSamplerShard):
    place = 0

    def seek(self, position: int) -> None:
        self.place = position
        super().seek(position)


def test_skips_without_reading() -> None:
    """Whatever can seek is told to, also behind a shard that passes its batches on."""
    share = fastsamplers.DistributedSampler(range(22), num_replicas=2, rank=1)
    for sought in (
        Sought(SequentialSampler(range(22)), 4, False),
        SoughtBuckets(LENGTHS, 4),
        SoughtShard(BatchSampler(SequentialSampler(range(22)), 4, False), 2, 1),
    ):
        list(SkipBatchSampler(sought, 2))
        assert sought.place == 2
    for passed_on in (Sought(share, 4, False), SoughtBuckets(LENGTHS, 4)):
        list(SkipBatchSampler(BatchSamplerShard(passed_on, 2, 1), 2))
        assert passed_on.place == 2


def test_batches_of_others_are_left_out_without_reading() -> None:
    """The last batch of a share of 2^53 indices comes at once."""
    shard = BatchSamplerShard(BatchSampler(SequentialSampler(range(2**53)), 2**10, False), 8, 7)
    shard.seek(len(shard) - 1)
    assert [batch[-1] for batch in shard] == [2**53 - 1]


@pytest.mark.parametrize("processes", [1, 2])
def test_the_samplers_own_place(processes: int) -> None:
    """A sampler that was told where to begin is read from there, as by Accelerate's code."""
    found = []
    for kind in (Accelerates, BatchSamplerShard):
        order = SequentialSampler(range(22))
        shard = kind(BatchSampler(order, 4, False), processes, processes - 1)
        order.seek(5)
        found.append([list(shard), list(shard)])
    assert found[0] == found[1]


@pytest.mark.parametrize("kind", ["sequential", "random, generator", "subset"])
@pytest.mark.parametrize("output", ["numpy", "torch"])
def test_seeks_among_arrays(kind: str, output: str) -> None:
    for deal in deals(2):
        n = sizes(kind, deal)[-1]
        whole = expected(kind, n, deal, 1)
        for place in range(whole.length + 1):
            set_seed()
            shard = own_batches(kind, n, deal, 1, output=output)
            shard.seek(place)
            assert [batch.tolist() for batch in shard] == whole.passes[0][place:]


@pytest.mark.parametrize("place", [-1, 99, 1.5, "1"])
@pytest.mark.parametrize("name", [name for name in SKIPPED if "shard" in name])
def test_wrong_places_change_nothing(name: str, place: Any) -> None:
    shard = SKIPPED[name]()
    set_seed()
    whole = list(shard)
    shard.seek(2)
    with pytest.raises((TypeError, ValueError), match="position"):
        shard.seek(place)
    set_seed()
    assert list(shard) == whole[2:]


@pytest.mark.parametrize("name", SKIPPED)
def test_a_place_can_be_taken_back(name: str) -> None:
    shard = BatchSamplerShard(SKIPPED[name](), 1, 0)
    set_seed()
    whole = [[*map(int, batch)] for batch in shard]
    shard.seek(2)
    shard.seek(0)
    set_seed()
    assert [[*map(int, batch)] for batch in shard] == whole


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
@pytest.mark.parametrize("name", SKIPPED)
def test_copies_give_the_same(name: str, copied: Callable[[Any], Any]) -> None:
    """Workers that are spawned get copies."""
    shard = BatchSamplerShard(SKIPPED[name](), 1, 0)
    for original in (SKIPPED[name](), shard, SkipBatchSampler(SKIPPED[name](), 2)):
        seen = []
        for batches in (copied(original), original, copied(original)):
            set_seed()
            seen.append([[*map(int, batch)] for batch in iter(batches)])
        assert seen[0] == seen[1] == seen[2] != []
        assert type(copied(original)) is type(original)


def test_copies_keep_the_place() -> None:
    shard = SKIPPED["shard of torch's"]()
    shard.seek(1)
    set_seed()
    rest = list(copy.deepcopy(shard))
    set_seed()
    assert rest == list(shard)
    assert len(rest) == len(shard) - 1


def test_epochs_reach_through_skips() -> None:
    """Accelerate's reaches no sampler behind a shard."""
    order = fastsamplers.DistributedSampler(range(11), num_replicas=1, rank=0)
    skip = SkipBatchSampler(BatchSamplerShard(BatchSampler(order, 2, False), 2, 0), 1)
    skip.set_epoch(3)
    assert order.epoch == 3
    assert skip.sampler is order
    planned = BucketBatchSampler(LENGTHS, 4)
    SkipBatchSampler(BatchSamplerShard(planned, 2, 0), 1).set_epoch(5)
    assert planned.epoch == 5
