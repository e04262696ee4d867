"""Under DistributedDataParallel: what only our samplers deal out to the ranks."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.utils.data

from fastsamplers import IndexShuffle
from tests.frameworks.runs import ddp_samplers
from tests.frameworks.runs.ddp_launches import WORLDS, cut, dealt, joined, of_ranks
from tests.frameworks.runs.ddp_samplers import BATCH, DRAWS, LATER, SHARED_N, WEIGHTS, N

Launch = Callable[..., list[Any]]
EPOCHS = (0, 1)

pytestmark = pytest.mark.parametrize("world", WORLDS)


def row(feature: str) -> pytest.MarkDecorator:
    return pytest.mark.conformance("PyTorch DDP", feature, "untouched")


OPTIONS = row('`DistributedSampler(padding="none", layout="contiguous")`: each sample once')
LOOKED_UP = row("Ranks that were not given: looked up in the process group, at the latest possible")
WRAPPED = row("`DistributedSamplerWrapper` around weighted and subset samplers and batches")


def torch_order(n: int, seed: int, epoch: int) -> list[int]:
    """The whole order that torch's DistributedSampler deals out."""
    sampler = torch.utils.data.DistributedSampler(range(n), 1, 0, seed=seed)
    sampler.set_epoch(epoch)
    return list(sampler)


def shares(launch: Launch, world: int, name: str, epoch: int) -> list[list[list[int]]]:
    return [seen[epoch] for seen in of_ranks(launch, world, "shares", name)]


@OPTIONS
@pytest.mark.parametrize("name", ["none", "runs", "contiguous", "feistel"])
def test_every_sample_reaches_one_rank(launch: Launch, world: int, name: str) -> None:
    for epoch in EPOCHS:
        counts = Counter(i for seen in shares(launch, world, name, epoch) for i in joined(seen))
        assert set(counts) == set(range(N))
        padding = -N % world if name == "contiguous" else 0
        assert counts.total() == N + padding


@OPTIONS
def test_layouts_deal_out_the_order_of_torch(launch: Launch, world: int) -> None:
    for epoch in EPOCHS:
        order = torch_order(N, 0, epoch)
        for rank, seen in enumerate(shares(launch, world, "none", epoch)):
            assert seen == cut(order[rank::world], BATCH)
        runs = [joined(seen) for seen in shares(launch, world, "runs", epoch)]
        assert [index for run in runs for index in run] == order
        padded = [joined(seen) for seen in shares(launch, world, "contiguous", epoch)]
        assert [i for run in padded for i in run] == order + order[: -N % world]
        assert {len(run) for run in padded} == {-(-N // world)}
        assert max(map(len, runs)) - min(map(len, runs)) <= 1


@row('`DistributedSampler(algorithm="feistel")`: the order of `IndexShuffle`, each sample once')
def test_feistel(launch: Launch, world: int) -> None:
    for epoch in EPOCHS:
        order = list(IndexShuffle(N, 5, epoch=epoch))
        for rank, seen in enumerate(shares(launch, world, "feistel", epoch)):
            assert seen == cut(order[rank::world], BATCH)


@row("`DistributedSampler(node_shared=True)`: torch's order, one permutation for all ranks")
def test_node_shared(launch: Launch, world: int) -> None:
    for rank, found in enumerate(of_ranks(launch, world, "node_shared")):
        assert found["warnings"] == []
        if sys.platform == "linux":  # all ranks read one and the same
            assert len(found["shared"]) == 1
            assert found["shared"] == of_ranks(launch, world, "node_shared", "shared")[0]
        for epoch in EPOCHS:
            order = torch_order(SHARED_N, 0, epoch)
            assert found["seen"][epoch] == cut(dealt(order, rank, world), 500)


@row("`DistributedSampler(auto_epoch=True)`: torch's epochs without `set_epoch`")
def test_auto_epoch(launch: Launch, world: int) -> None:
    for epoch in EPOCHS:
        for rank, seen in enumerate(shares(launch, world, "auto_epoch", epoch)):
            assert seen == cut(dealt(torch_order(N, 0, epoch), rank, world), BATCH)


@row("`DistributedWeightedRandomSampler`: one draw for all ranks, that of `WeightedRandomSampler`")
def test_weighted_draw(launch: Launch, world: int) -> None:
    for epoch in EPOCHS:
        generator = torch.Generator().manual_seed(5 + epoch)
        draw = list(torch.utils.data.WeightedRandomSampler(WEIGHTS, DRAWS, generator=generator))
        for rank, seen in enumerate(shares(launch, world, "draw", epoch)):
            assert seen == cut(dealt(draw, rank, world), BATCH)


@WRAPPED
@pytest.mark.parametrize("of", ["", "torch's "])
@pytest.mark.parametrize("name", ["weighted", "subset"])
def test_wrapped_samplers(launch: Launch, world: int, name: str, of: str) -> None:
    sampler = getattr(ddp_samplers, name)(torch.utils.data)
    for epoch in EPOCHS:
        order = list(sampler)
        for rank, seen in enumerate(shares(launch, world, of + name, epoch)):
            assert seen == cut(dealt(order, rank, world), BATCH)


@WRAPPED
def test_epoch_reaches_what_is_wrapped(launch: Launch, world: int) -> None:
    for epoch in EPOCHS:
        order = torch_order(N, 0, epoch)
        for rank, seen in enumerate(shares(launch, world, "sampler with epochs", epoch)):
            assert seen == cut(dealt(order, rank, world), BATCH)


@WRAPPED
@pytest.mark.parametrize("of", ["", "torch's "])
def test_wrapped_batches(launch: Launch, world: int, of: str) -> None:
    batches = ddp_samplers.batches(torch.utils.data)
    for epoch in EPOCHS:
        order = list(batches)
        for rank, seen in enumerate(shares(launch, world, f"{of}batches", epoch)):
            assert seen == dealt(order, rank, world)


@LOOKED_UP
def test_ranks_are_those_of_the_process_group(launch: Launch, world: int) -> None:
    for rank, found in enumerate(of_ranks(launch, world, "looked up")):
        assert len(found["ranks"]) > 1
        assert all(ranks == [rank, world] for ranks in found["ranks"])


@LOOKED_UP
def test_sampler_that_is_made_before_the_process_group(launch: Launch, world: int) -> None:
    for rank, found in enumerate(of_ranks(launch, world, "looked up")):
        orders = [torch_order(N, 0, epoch) for epoch in LATER]
        assert found["early"] == [cut(dealt(order, rank, world), BATCH) for order in orders]
