"""Ray Train's own prepare_data_loader, around loaders with our samplers.

A real TorchTrainer trains on two CPU workers, as Ray processes on this machine.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import torch
import torch.utils.data

pytest.importorskip("ray")

from tests.frameworks.runs.ddp_launches import cut, dealt, joined
from tests.frameworks.runs.ray_launch import of_ranks
from tests.frameworks.runs.ray_loaders import BATCH, DATA, LOADERS, PLANNED, WEIGHTS, Pairs, seeded

EPOCHS = (0, 1)
REPLACED = ("random", "sequential", "random, drop_last", "random, no batches", "loader")
BY_BATCHES = [name for name, make in LOADERS.items() if name.startswith(("batches", "pairs"))]


def row(feature: str) -> pytest.MarkDecorator:
    return pytest.mark.conformance("Ray Train", feature, "untouched")


def torch_share(rank: int, epoch: int, **options: Any) -> list[int]:
    """What torch's DistributedSampler, outside of any framework, gives a worker."""
    sampler = torch.utils.data.DistributedSampler(DATA, 2, rank, **options)
    sampler.set_epoch(epoch)
    return list(sampler)


@row("`RandomSampler`, `SequentialSampler`, `shuffle=`: exchanged for torch's `DistributedSampler`")
@pytest.mark.parametrize("name", REPLACED)
def test_orders_of_the_whole_dataset(name: str) -> None:
    theirs = of_ranks("loaders", name, "torch ray")
    assert of_ranks("loaders", name, "ours ray") == theirs
    for rank, found in enumerate(theirs):
        assert found["sampler"] == "torch.DistributedSampler"
        for epoch in EPOCHS:
            share = torch_share(rank, epoch, shuffle=name != "sequential")
            if "no batches" in name:
                assert found["seen"][epoch] == share
                continue
            batches = cut(share, BATCH)
            if "drop_last" in name:
                batches = batches[:-1]
            assert found["seen"][epoch] == batches
    assert (theirs[0]["seen"][0] == theirs[0]["seen"][1]) == (name == "sequential")


@row("`DistributedSampler`, `DistributedSamplerWrapper`: left alone")
def test_distributed_sampler_is_left_alone() -> None:
    ours = of_ranks("loaders", "distributed", "ours ray")
    theirs = of_ranks("loaders", "distributed", "torch ray")
    for rank, (own, other) in enumerate(zip(ours, theirs, strict=True)):
        assert own["sampler"] == "fastsamplers.DistributedSampler"
        assert own["seen"] == other["seen"]
        shares = [torch_share(rank, epoch, seed=3, drop_last=True) for epoch in EPOCHS]
        assert own["seen"] == [cut(share, BATCH) for share in shares]


@row("`DistributedSampler`, `DistributedSamplerWrapper`: left alone")
@pytest.mark.parametrize("of", ["torch", "ours"])
def test_wrapper_is_left_alone(of: str) -> None:
    order = torch.utils.data.WeightedRandomSampler(WEIGHTS, 19, generator=seeded())
    draws = [list(order) for _ in EPOCHS]
    for rank, found in enumerate(of_ranks("loaders", "wrapper", f"{of} ray")):
        assert found["sampler"] == "fastsamplers.DistributedSamplerWrapper"
        assert found["seen"] == [cut(dealt(draw, rank, 2), BATCH) for draw in draws]


@pytest.mark.conformance(
    "Ray Train",
    "Weighted and subset samplers in `ray.train.torch.prepare_data_loader`, torch's or ours",
    "cannot",
    why="Ray puts a `DistributedSampler` of the whole dataset in their place: use the adapter",
)
@pytest.mark.parametrize("of", ["torch", "ours"])
@pytest.mark.parametrize("name", ["weighted", "subset"])
def test_weights_and_subsets_are_lost(name: str, of: str) -> None:
    found = of_ranks("loaders", name, f"{of} ray", "seen")
    assert found == of_ranks("loaders", "random", "torch ray", "seen")
    seen = {index for share in found for index in joined(share[0])}
    assert seen == set(range(len(DATA)))
    assert 0.0 in {WEIGHTS[index] for index in seen}


@pytest.mark.conformance(
    "Ray Train",
    "`batch_sampler=` in `ray.train.torch.prepare_data_loader`, torch's or ours",
    "cannot",
    why="Ray drops the batch sampler, and the loader's `collate_fn` meets single samples: use the "
    "adapter",
)
@pytest.mark.parametrize("of", ["torch", "ours"])
@pytest.mark.parametrize("name", BY_BATCHES)
def test_batch_samplers_are_lost(name: str, of: str) -> None:
    for found in of_ranks("loaders", name, f"{of} ray"):
        assert found["sampler"] == "torch.DistributedSampler"
        assert "not subscriptable" in found["error"]


@pytest.mark.conformance(
    "Ray Train",
    "`batch_sampler=` in `ray.train.torch.prepare_data_loader`, torch's or ours",
    "cannot",
    why="Ray drops the batch sampler, and the loader's `collate_fn` meets single samples: use the "
    "adapter",
)
@pytest.mark.parametrize("name", PLANNED)
def test_batches_by_length_are_lost(name: str) -> None:
    for found in of_ranks("planned", name, "ray"):
        assert found["sampler"] == "torch.DistributedSampler"
        assert "not subscriptable" in found["error"]


def test_the_batch_sampler_of_a_user_has_epochs() -> None:
    """What the tests of the adapter take for granted."""
    pairs = Pairs()
    first = list(pairs)
    pairs.set_epoch(1)
    assert len(first) == len(pairs)
    assert list(pairs) != first
    assert Counter(map(len, first)) == {2: 11}
