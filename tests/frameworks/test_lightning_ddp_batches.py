"""Two processes under Lightning's DDP: batch samplers, torch's, ours, others' and by length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import torch

pytest.importorskip("lightning")

from lightning.fabric.utilities.distributed import DistributedSamplerWrapper as TheirWrapper

from tests.frameworks.runs.lightning_ddp_batches import BATCHES, N
from tests.frameworks.runs.lightning_launches import WORLD, cut, joined, of_ranks
from tests.frameworks.runs.lightning_loaders import (
    BATCH,
    LENGTHS,
    PLANNED,
    TORCH,
    Pairs,
    batches_of,
    by_length,
)
from tests.frameworks.runs.lightning_rows import (
    BY_LENGTH,
    BY_LENGTH_UNTOUCHED,
    DDP,
    OWN_ORDER,
    WEIGHTS_LOST,
)

Launch = Callable[..., list[Any]]
of_kinds = pytest.mark.parametrize("kind", PLANNED)
of_stages = pytest.mark.parametrize("stage", ["train", "evaluate", "predict", "train, hook"])


def of_stage(launch: Launch, name: str, way: str, stage: str) -> list[list[Any]]:
    """What the ranks saw of one epoch after another."""
    ranks = of_ranks(launch, "batches", name, way, stage)
    assert not any("error" in rank for rank in ranks), ranks
    return [rank["seen"] for rank in ranks]


def whole_dataset(rank: int, shuffle: bool) -> list[list[list[int]]]:
    """Batches of torch's sampler that Lightning puts in, for two epochs."""
    sampler = TORCH.DistributedSampler(range(N), WORLD, rank, shuffle=shuffle)
    seen = []
    for epoch in range(2):
        sampler.set_epoch(epoch)
        seen.append(cut(list(sampler)))
    return seen


@DDP
@pytest.mark.parametrize("name", ["ours, in order", "ours, shuffled"])
@pytest.mark.parametrize("stage", ["train", "train, hook", "evaluate"])
def test_batches_keep_their_size(launch: Launch, name: str, stage: str) -> None:
    for rank, seen in enumerate(of_stage(launch, name, "untouched", stage)):
        shuffle = stage != "evaluate" or name == "ours, shuffled"
        assert seen == whole_dataset(rank, shuffle)[: len(seen)]


@DDP
def test_torchs_lose_their_size(launch: Launch) -> None:
    """Which is why what ours gives is compared with loaders that have a batch_size."""
    for rank, seen in enumerate(of_stage(launch, "torch's, shuffled", "untouched", "train, hook")):
        assert seen == [cut(joined(epoch), 1) for epoch in whole_dataset(rank, True)]
    for found in of_ranks(launch, "batches", "torch's, shuffled", "untouched", "train"):
        assert "error" in found  # samples instead of batches


@WEIGHTS_LOST
@pytest.mark.parametrize("stage", ["train", "train, hook"])
def test_weights_inside_a_batch_sampler_are_lost(launch: Launch, stage: str) -> None:
    for rank, seen in enumerate(of_stage(launch, "ours, weighted", "untouched", stage)):
        assert seen == whole_dataset(rank, True)
    theirs = of_stage(launch, "torch's, weighted", "untouched", "train, hook")
    for rank, seen in enumerate(theirs):
        assert seen == [cut(joined(epoch), 1) for epoch in whole_dataset(rank, True)]


@OWN_ORDER
@pytest.mark.parametrize("name", ["ours, in order", "ours, shuffled", "torch's, shuffled"])
@pytest.mark.parametrize("stage", ["train", "train, hook", "evaluate"])
def test_adapted_batches_of_the_whole_dataset(launch: Launch, name: str, stage: str) -> None:
    for rank, seen in enumerate(of_stage(launch, name, "adapted", stage)):
        shuffle = stage != "evaluate" or name.endswith("shuffled")
        assert seen == whole_dataset(rank, shuffle)[: len(seen)]


def dealt_by_lightning(sampler: Any, rank: int, shuffle: bool, epochs: int) -> list[list[int]]:
    wrapper = TheirWrapper(sampler, num_replicas=WORLD, rank=rank, shuffle=shuffle)
    seen = []
    for epoch in range(epochs):
        wrapper.set_epoch(epoch)
        seen.append(list(wrapper))
    return seen


@OWN_ORDER
@pytest.mark.parametrize("name", ["ours, weighted", "torch's, weighted", "arrays"])
@pytest.mark.parametrize("stage", ["train", "train, hook", "evaluate"])
def test_adapted_batches_keep_their_weights(launch: Launch, name: str, stage: str) -> None:
    for rank, seen in enumerate(of_stage(launch, name, "adapted", stage)):
        sampler = BATCHES["torch's, weighted"]().sampler
        dealt = dealt_by_lightning(sampler, rank, stage != "evaluate", len(seen))
        assert seen == [cut(indices) for indices in dealt]


@OWN_ORDER
@pytest.mark.parametrize("name", ["ours, weighted", "torch's, weighted", "arrays"])
@pytest.mark.parametrize("stage", ["predict", "predict, hook"])
def test_adapted_predictions_keep_their_weights(launch: Launch, name: str, stage: str) -> None:
    draw = list(BATCHES["torch's, weighted"]().sampler)
    for rank, (seen,) in enumerate(of_stage(launch, name, "adapted", stage)):
        assert seen == cut(draw[rank::WORLD])


@OWN_ORDER
@pytest.mark.parametrize("stage", ["train", "train, hook", "predict, hook"])
def test_a_subclass_stays_what_it_is(launch: Launch, stage: str) -> None:
    shares = of_stage(launch, "subclass", "adapted", stage)
    for rank, seen in enumerate(shares):
        order = dealt_by_lightning(range(N), rank, True, len(seen))
        if stage.startswith("predict"):
            order = [[*range(rank, N, WORLD)]]
        assert seen == [cut(indices, 2 * BATCH) for indices in order]


@OWN_ORDER
@pytest.mark.parametrize("name", ["pairs", "pairs, sized"])
@pytest.mark.parametrize("stage", ["train", "train, hook", "evaluate"])
def test_batches_of_others_are_dealt_out(launch: Launch, name: str, stage: str) -> None:
    batches = list(Pairs(22))
    batches += batches[: -len(batches) % WORLD]
    for rank, seen in enumerate(of_stage(launch, name, "adapted", stage)):
        assert seen == [batches[rank::WORLD]] * len(seen)


@OWN_ORDER
@pytest.mark.parametrize("name", ["pairs", "pairs, sized"])
@pytest.mark.parametrize("stage", ["predict", "predict, hook"])
def test_batches_of_others_are_predicted_once(launch: Launch, name: str, stage: str) -> None:
    batches = list(Pairs(22))
    shares = of_stage(launch, name, "adapted", stage)
    assert shares == [[batches[rank::WORLD]] for rank in range(WORLD)]


def planned(kind: str, rank: int, epoch: int) -> list[list[int]]:
    """The batches of one rank, outside of any framework."""
    batches = PLANNED[kind](num_replicas=WORLD, rank=rank)
    batches.set_epoch(epoch)
    return batches_of(by_length(batches))


@BY_LENGTH
@of_kinds
@pytest.mark.parametrize("way", ["adapted", "adapted, ours"])
@of_stages
def test_batches_by_length(launch: Launch, kind: str, way: str, stage: str) -> None:
    if way == "adapted, ours":
        stage = stage.split(",")[0]
    ranks = of_ranks(launch, "by length", kind, way, stage)
    for rank, found in enumerate(ranks):
        epochs = 2 if stage.startswith("train") else 1
        assert found["seen"] == [planned(kind, rank, epoch) for epoch in range(epochs)]
        assert found["len"] == ranks[0]["len"] == len(found["seen"][0])


@BY_LENGTH
@of_kinds
@of_stages
def test_each_sample_once(launch: Launch, kind: str, stage: str) -> None:
    """But for the last step, which may repeat batches of its own to be one for each rank."""
    shares = [found["seen"] for found in of_ranks(launch, "by length", kind, "adapted", stage)]
    for epoch in zip(*shares, strict=True):
        steps = list(zip(*epoch, strict=True))
        *whole, last = steps
        once = [batch for step in whole for batch in step]
        once += [batch for place, batch in enumerate(last) if batch not in last[:place]]
        assert Counter(joined(once)) == Counter(range(len(LENGTHS)))
        assert len(once) == len(PLANNED[kind]())
    assert shares[0][0] != shares[1][0]


@BY_LENGTH_UNTOUCHED
@of_kinds
@pytest.mark.parametrize("stage", ["train", "train, hook", "evaluate"])
def test_without_the_adapter_there_is_an_error(launch: Launch, kind: str, stage: str) -> None:
    for found in of_ranks(launch, "by length", kind, "untouched", stage):
        if kind == "BucketBatchSampler":  # which Lightning makes anew, with a sampler as lengths
            assert found["error"].split(":")[0] in ("TypeError", "ValueError")
        else:
            assert "Lightning can't inject a (distributed) sampler" in found["error"]
            assert "use_distributed_sampler=False" in found["error"]


@BY_LENGTH_UNTOUCHED
@of_kinds
@pytest.mark.parametrize("stage", ["predict", "predict, hook"])
def test_without_the_adapter_every_process_predicts_everything(
    launch: Launch, kind: str, stage: str
) -> None:
    ranks = of_ranks(launch, "by length", kind, "untouched", stage)
    if kind == "BucketBatchSampler":
        assert all("error" in found for found in ranks)
    else:
        everything = batches_of(by_length(PLANNED[kind]()))
        assert [found["seen"] for found in ranks] == [[everything]] * WORLD


@OWN_ORDER
def test_seeds_of_what_is_compared() -> None:
    """The order that torch's sampler has, by a generator of this process."""
    order = torch.randperm(N, generator=torch.Generator().manual_seed(1)).tolist()
    assert whole_dataset(0, True)[1] == cut((order + order[:1])[::WORLD])
