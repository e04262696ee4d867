"""Under DistributedDataParallel: batches by length, and PlannedShare, which looks ranks up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from fastsamplers import BucketBatchSampler
from fastsamplers.integrations.distributed_loader import PlannedShare
from tests.frameworks.runs.ddp_launches import WORLDS, joined, of_ranks
from tests.frameworks.runs.ddp_lengths import BUDGET, LENGTHS, PLANNED, flattened

Launch = Callable[..., list[Any]]
EPOCHS = (0, 1)

GIVEN = pytest.mark.conformance(
    "PyTorch DDP",
    "`BucketBatchSampler`, `MaxTokensBatchSampler`, `PackedBatchSampler` with `num_replicas` and "
    "`rank`: equal steps, each sample once",
    "untouched",
)
LOOKED_UP = pytest.mark.conformance(
    "PyTorch DDP",
    "Batches by length, with the ranks of the process group",
    "adapter",
)
of_worlds = pytest.mark.parametrize("world", WORLDS)
of_kinds = pytest.mark.parametrize("kind", PLANNED)


def planned(kind: str, world: int, rank: int, epoch: int) -> list[list[int]]:
    """The batches of one rank, outside of any framework."""
    batches = PLANNED[kind](num_replicas=world, rank=rank)
    batches.set_epoch(epoch)
    return [flattened(batch).tolist() for batch in batches]


@GIVEN
@of_worlds
@of_kinds
def test_every_sample_once_in_equal_steps(launch: Launch, world: int, kind: str) -> None:
    ranks = of_ranks(launch, world, "lengths", "given", kind)
    lens = of_ranks(launch, world, "lengths", "len", kind)
    whole = len(PLANNED[kind]())
    for epoch in EPOCHS:
        shares = [seen[epoch] for seen in ranks]
        assert [len(share) for share in shares] == lens == [-(-whole // world)] * world
        in_turn = [batch for step in zip(*shares, strict=True) for batch in step]
        # The last step may repeat some of its own batches, and nothing else is seen twice.
        once, last = in_turn[:-world], in_turn[-world:]
        tail = [batch for place, batch in enumerate(last) if batch not in last[:place]]
        assert Counter(joined(once + tail)) == Counter(range(len(LENGTHS)))
        assert len(once) + len(tail) == whole
    assert ranks[0][0] != ranks[0][1]


@GIVEN
@of_worlds
@of_kinds
def test_batches_reach_the_model_as_they_were_planned(
    launch: Launch, world: int, kind: str
) -> None:
    for rank, seen in enumerate(of_ranks(launch, world, "lengths", "given", kind)):
        assert seen == [planned(kind, world, rank, epoch) for epoch in EPOCHS]
        for batch in joined(seen):
            lengths = [LENGTHS[index] for index in batch]
            if kind == "BucketBatchSampler":
                assert len(lengths) <= 4
            elif kind == "MaxTokensBatchSampler":
                assert len(lengths) * max(lengths) <= BUDGET
            else:
                assert sum(lengths) <= BUDGET * (2 if "=2" in kind else 1)


@pytest.mark.conformance(
    "PyTorch DDP",
    "Batches by length without `num_replicas` and `rank`",
    "cannot",
    why="DDP tells samplers nothing: every process trains on all batches",
)
@of_worlds
def test_without_ranks_every_process_trains_on_everything(launch: Launch, world: int) -> None:
    expected = planned("BucketBatchSampler", 1, 0, 0)
    assert of_ranks(launch, world, "lengths", "without ranks") == [[expected]] * world


@LOOKED_UP
@of_worlds
@of_kinds
def test_share_is_that_of_the_process_group(launch: Launch, world: int, kind: str) -> None:
    for rank, found in enumerate(of_ranks(launch, world, "lengths", "share", kind)):
        assert found["ranks"] == [rank, world]
        expected = [planned(kind, world, rank, epoch) for epoch in EPOCHS]
        assert found["seen"] == expected
        assert found["after seek"] == expected[1][2:]
        assert found["len"] == len(expected[0])


@LOOKED_UP
@of_worlds
def test_share_of_a_sampler_that_has_its_ranks(launch: Launch, world: int) -> None:
    steps = len(planned("BucketBatchSampler", world, 0, 0))
    found = of_ranks(launch, world, "lengths", "share of its own rank")
    assert found == [[[rank, world], steps] for rank in range(world)]


@LOOKED_UP
@of_worlds
def test_share_refuses_ranks_that_the_group_has_not(launch: Launch, world: int) -> None:
    for rank, found in enumerate(of_ranks(launch, world, "lengths", "refused")):
        replicas = (
            f"ValueError: num_replicas should be 1 or the number of processes, {world}, but got "
            f"num_replicas={world + 1}"
        )
        assert found["num_replicas"] == [replicas] * 4
        other = (rank + 1) % world
        ranks = f"ValueError: rank should be that of the process, {rank}, but got rank={other}"
        assert found["rank"] == [ranks] * 4


@LOOKED_UP
def test_share_without_a_process_group() -> None:
    share = PlannedShare(BucketBatchSampler(LENGTHS, 4))
    share.set_epoch(3)
    assert share.sampler.epoch == share.batches.epoch == 3
    for use in (len, iter, lambda share: share.rank, lambda share: share.num_replicas):
        with pytest.raises((ValueError, RuntimeError), match="process group"):
            use(share)
    assert repr(share) == f"PlannedShare({share.batches!r})"
