"""What ``adapt`` refuses, what it leaves alone, and what cannot work without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("accelerate")

import accelerate.data_loader
import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset

import fastsamplers
from fastsamplers import BatchSampler, BucketBatchSampler, PackedBatchSampler, RandomSampler
from fastsamplers.integrations.accelerate import BatchSamplerShard, adapt
from tests.frameworks.runs.accelerate_cases import TORCH
from tests.frameworks.runs.accelerate_training import Numbers, Training, flattened, forget

ADAPTED = pytest.mark.conformance("Accelerate", "training in several processes", "adapter")
N = 24
LENGTHS = [1 + 7 * index % 31 for index in range(N)]


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    forget()
    Training(DataLoader(Numbers(1)))  # Accelerate's state of this process
    yield
    forget()


def prepared(batches: Any, processes: int, rank: int = 0, **options: Any) -> Any:
    loader = DataLoader(Numbers(N), batch_sampler=batches, collate_fn=flattened)
    return accelerate.data_loader.prepare_data_loader(
        loader, num_processes=processes, process_index=rank, **options
    )


def given(make: Callable[[int], Any], adapter: Callable[[Any], Any], **options: Any) -> list[Any]:
    """What two processes are given."""
    loaders = [adapter(prepared(make(rank), 2, rank, **options)) for rank in range(2)]
    return [[batch.tolist() for batch in loader] for loader in loaders]


def flat(shares: list[list[list[int]]]) -> list[int]:
    return [index for share in shares for batch in share for index in batch]


RANKED: dict[str, Callable[[int], Any]] = {
    "buckets": lambda rank: BucketBatchSampler(LENGTHS, 3, num_replicas=2, rank=rank),
    "bins": lambda rank: PackedBatchSampler(LENGTHS, 40, num_replicas=2, rank=rank),
    "distributed": lambda rank: BatchSampler(
        fastsamplers.DistributedSampler(range(N), num_replicas=2, rank=rank), 3, False
    ),
    "torch's distributed": lambda rank: TORCH.BatchSampler(
        TORCH.DistributedSampler(range(N), num_replicas=2, rank=rank), 3, False
    ),
}


@pytest.mark.parametrize("name", RANKED)
@pytest.mark.conformance(
    "Accelerate",
    "`DistributedSampler`, or batches by length with `num_replicas` > 1, without `adapt`",
    "cannot",
    why="Accelerate deals their share out once more: about half of the samples never come",
)
def test_shares_are_dealt_out_twice(name: str) -> None:
    distinct = len({*flat(given(RANKED[name], lambda loader: loader))})
    assert distinct < 0.8 * N


@pytest.mark.parametrize("name", RANKED)
@pytest.mark.conformance(
    "Accelerate", "`DistributedSampler`, or batches by length with `num_replicas` > 1", "adapter"
)
def test_shares_are_passed_on(name: str) -> None:
    shares = given(RANKED[name], adapt)
    assert sorted({*flat(shares)}) == [*range(N)]
    for rank, share in enumerate(shares):
        assert share == [flattened(batch).tolist() for batch in RANKED[name](rank)]
        loader = adapt(prepared(RANKED[name](rank), 2, rank))
        assert len(loader) == len(share)
        list(loader)
        assert loader.remainder == -1  # gather_for_metrics has nothing to cut off


@pytest.mark.conformance(
    "Accelerate",
    '`BatchSampler(..., output="numpy")` in several processes, without `adapt`',
    "cannot",
    why="Accelerate joins batches with `+=`, which adds the numbers of arrays up",
)
def test_arrays_are_added_up() -> None:
    def make(rank: int) -> Any:
        order = fastsamplers.SequentialSampler(range(22))
        return BatchSampler(order, 4, False, output="numpy")

    try:
        added = [int(index) for index in flat(given(make, lambda loader: loader))]
    except ValueError:  # numpy's, where batches differ in size
        added = []
    assert {*added} != {*range(22)}
    assert {*flat(given(make, adapt))} == {*range(22)}


@pytest.mark.parametrize("wrong", [None, 3, [[1, 2]], RandomSampler(range(N))])
@ADAPTED
def test_no_loader(wrong: Any) -> None:
    with pytest.raises(TypeError, match="loader should be a torch DataLoader"):
        adapt(wrong)


@pytest.mark.parametrize("wrong", [3, [[1]], BatchSampler(RandomSampler(range(N)), 2, False)])
@ADAPTED
def test_no_batch_sampler_by_length(wrong: Any) -> None:
    loader = prepared(BatchSampler(RandomSampler(range(N)), 2, False), 2)
    before = loader.base_dataloader.batch_sampler
    with pytest.raises(TypeError, match="batch sampler by length"):
        adapt(loader, batch_sampler=wrong)
    assert loader.base_dataloader.batch_sampler is before


@ADAPTED
def test_workers_that_have_begun() -> None:
    loader = accelerate.data_loader.prepare_data_loader(
        DataLoader(Numbers(4), shuffle=True, num_workers=1, persistent_workers=True)
    )
    before = loader.base_dataloader.batch_sampler
    list(loader)
    with pytest.raises(ValueError, match="before its first pass"):
        adapt(loader)
    assert loader.base_dataloader.batch_sampler is before
    assert type(before.sampler) is TORCH.RandomSampler


@pytest.mark.parametrize("processes", [1, 2, 4])
@ADAPTED
def test_another_number_of_ranks(processes: int) -> None:
    for make in (
        lambda: BucketBatchSampler(LENGTHS, 3, num_replicas=3, rank=0),
        lambda: BatchSampler(fastsamplers.DistributedSampler(range(N), 3, 0), 3, False),
        lambda: TORCH.BatchSampler(TORCH.DistributedSampler(range(N), 3, 0), 3, False),
    ):
        batches = make()
        loader = prepared(batches, processes)
        before = loader.base_dataloader.batch_sampler
        if processes > 1:
            with pytest.raises(ValueError, match="num_replicas=3"):
                adapt(loader)
            with pytest.raises(ValueError, match="num_replicas=3"):
                BatchSamplerShard(batches, processes, 0)
        assert loader.base_dataloader.batch_sampler is before
    planned = BucketBatchSampler(LENGTHS, 3, num_replicas=3, rank=0)
    loader = prepared(BatchSampler(RandomSampler(range(N)), 2, False), processes)
    with pytest.raises(ValueError, match="num_replicas=3"):
        adapt(loader, batch_sampler=planned)
    assert (planned.num_replicas, planned.rank) == (3, 0)


class Stream(IterableDataset[int]):
    def __iter__(self) -> Iterator[int]:
        return iter(range(5))


@pytest.mark.parametrize("processes", [1, 2])
@ADAPTED
def test_streams_are_left_alone(processes: int) -> None:
    loader = accelerate.data_loader.prepare_data_loader(
        DataLoader(Stream(), batch_size=2), num_processes=processes, process_index=0
    )
    before = {**vars(loader.base_dataloader)}
    assert adapt(loader, batch_sampler=BucketBatchSampler(LENGTHS, 3)) is loader
    assert vars(loader.base_dataloader) == before


@ADAPTED
def test_adapting_again_with_batches_by_length() -> None:
    """Trainers adapt a loader that has been adapted."""
    loader = adapt(prepared(BatchSampler(RandomSampler(range(N)), 2, False), 2, 1))
    loader = adapt(adapt(loader, batch_sampler=BucketBatchSampler(LENGTHS, 3)))
    itself = BucketBatchSampler(LENGTHS, 3, num_replicas=2, rank=1)
    assert [batch.tolist() for batch in loader] == list(itself)
    other = BucketBatchSampler(LENGTHS, 4)
    itself = BucketBatchSampler(LENGTHS, 4, num_replicas=2, rank=1)
    itself.set_epoch(1)  # Accelerate has counted the pass before
    assert [batch.tolist() for batch in adapt(loader, other)] == list(itself)


@ADAPTED
def test_split_batches_by_length_keep_their_ranks() -> None:
    """Parts of a batch are of one length anyway: they are Accelerate's affair."""
    shares = []
    for adapter in (lambda loader: loader, adapt):
        made = [BucketBatchSampler(LENGTHS[:-1], 4) for _ in range(2)]
        shares.append(given(made.__getitem__, adapter, split_batches=True))
        assert [(batches.num_replicas, batches.rank) for batches in made] == [(1, 0)] * 2
    assert shares[0] == shares[1]


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("name", ["buckets", "bins"])
@pytest.mark.conformance(
    "Accelerate", "batches by length: alike on all ranks in each step", "adapter"
)
def test_metrics_in_one_process(name: str, drop_last: bool) -> None:
    """``gather_for_metrics`` gives back all that the model was given."""
    forget()
    lengths = LENGTHS[:-1]
    batches: Any = BucketBatchSampler(lengths, 4, drop_last=drop_last)
    if name == "bins":
        batches = PackedBatchSampler(lengths, 40, batch_size=2, drop_last=drop_last)
    training = Training(DataLoader(Numbers(23), batch_sampler=batches, collate_fn=flattened))
    for batch in adapt(training.loader):
        assert torch.equal(training.accelerator.gather_for_metrics(batch), batch)


@pytest.mark.conformance("Accelerate", "training in one process", "untouched")
def test_arrays_in_one_process() -> None:
    """Nothing is joined there."""
    order = RandomSampler(range(N), generator=torch.Generator().manual_seed(1))
    batches = prepared(BatchSampler(order, 5, False, output="numpy"), 1)
    assert isinstance(next(iter(batches.base_dataloader.batch_sampler)), np.ndarray)
    assert sorted(index for batch in batches for index in batch.tolist()) == [*range(N)]
