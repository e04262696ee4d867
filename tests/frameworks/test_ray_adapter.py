"""Ray Train's TorchTrainer with prepare_data_loader of fastsamplers.integrations.ray."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import torch
import torch.utils.data

pytest.importorskip("ray")

from tests.frameworks.runs.ddp_launches import cut, dealt, joined
from tests.frameworks.runs.ray_launch import launched, of_ranks
from tests.frameworks.runs.ray_loaders import BATCH, DATA, LOADERS, PLANNED, WEIGHTS, Pairs, seeded

EPOCHS = (0, 1)
WHOLE = ("random", "sequential", "random, drop_last", "random, no batches", "loader")
of_both = pytest.mark.parametrize("of", ["torch", "ours"])


def row(feature: str) -> pytest.MarkDecorator:
    return pytest.mark.conformance("Ray Train", feature, "adapter")


ORDERS = row("`RandomSampler`, `SequentialSampler`, `shuffle=`: the indices of Ray's own, faster")
DEALT = row("Weighted and subset samplers: dealt out, their order kept")
BATCHES = row("`BatchSampler` over any sampler: the sampler is dealt out, the batches stay its own")
DISTRIBUTED = row("`DistributedSampler`, `DistributedSamplerWrapper`, alone or in a batch sampler")
OWN = row("A batch sampler of your own: dealt out batch by batch; `set_epoch` reaches it")
LENGTHS = row("Batches by length: planned for all workers, equal steps, each sample once")
OPTIONS = row("The loader's other options stay, such as `persistent_workers`, `prefetch_factor`")
ALONE = row("Left alone: an `IterableDataset`, `add_dist_sampler=False`, a single worker")
ERRORS = row("Refused: what is no `DataLoader`, persistent workers that have begun")


def torch_share(rank: int, epoch: int, **options: Any) -> list[int]:
    sampler = torch.utils.data.DistributedSampler(DATA, 2, rank, **options)
    sampler.set_epoch(epoch)
    return list(sampler)


def full(indices: list[int]) -> list[list[int]]:
    """The batches of a batch sampler with drop_last=True."""
    return [batch for batch in cut(indices, BATCH) if len(batch) == BATCH]


def drawn(name: str) -> list[list[int]]:
    """The whole orders of two epochs, by torch's sampler."""
    if name == "weighted":
        order: Any = torch.utils.data.WeightedRandomSampler(WEIGHTS, 19, generator=seeded())
    else:
        order = torch.utils.data.SubsetRandomSampler(range(2, 19), generator=seeded())
    return [list(order) for _ in EPOCHS]


@ORDERS
@of_both
@pytest.mark.parametrize("name", WHOLE)
def test_orders_of_the_whole_dataset(name: str, of: str) -> None:
    theirs = of_ranks("loaders", name, "torch ray")
    for own, other in zip(of_ranks("loaders", name, f"{of} adapter"), theirs, strict=True):
        assert own["sampler"] == "fastsamplers.DistributedSampler"
        assert own["seen"] == other["seen"]
        assert own["len"] == other["len"]


@DEALT
@of_both
@pytest.mark.parametrize("name", ["weighted", "subset"])
def test_other_samplers_are_dealt_out(name: str, of: str) -> None:
    draws = drawn(name)
    for rank, found in enumerate(of_ranks("loaders", name, f"{of} adapter")):
        assert found["sampler"] == "fastsamplers.DistributedSamplerWrapper"
        assert found["dealt out"].startswith("fastsamplers.")  # also where torch's was given
        assert found["seen"] == [cut(dealt(draw, rank, 2), BATCH) for draw in draws]
        assert found["len"] == len(found["seen"][0])


@BATCHES
@of_both
@pytest.mark.parametrize("name", ["batches, random", "batches, sequential"])
def test_batches_of_a_whole_order(name: str, of: str) -> None:
    for rank, found in enumerate(of_ranks("loaders", name, f"{of} adapter")):
        shuffle = name == "batches, random"
        shares = [torch_share(rank, epoch, shuffle=shuffle) for epoch in EPOCHS]
        assert found["seen"] == [full(share) for share in shares]


@BATCHES
@of_both
def test_batches_of_a_weighted_draw(of: str) -> None:
    draws = drawn("weighted")
    for rank, found in enumerate(of_ranks("loaders", "batches, weighted", f"{of} adapter")):
        assert found["seen"] == [full(dealt(draw, rank, 2)) for draw in draws]


@DISTRIBUTED
@of_both
@pytest.mark.parametrize("name", ["distributed", "wrapper"])
def test_distributed_samplers_are_left_alone(name: str, of: str) -> None:
    keys = ("seen", "sampler", "len")
    for key in keys:
        theirs = of_ranks("loaders", name, f"{of} ray", key)
        assert of_ranks("loaders", name, f"{of} adapter", key) == theirs


@DISTRIBUTED
@of_both
def test_batches_of_a_distributed_sampler_are_left_alone(of: str) -> None:
    for rank, found in enumerate(of_ranks("loaders", "batches, distributed", f"{of} adapter")):
        shares = [torch_share(rank, epoch, seed=3) for epoch in EPOCHS]
        assert found["seen"] == [full(share) for share in shares]


@OWN
@of_both
@pytest.mark.parametrize("name", ["pairs", "batches, wrapper"])
def test_batch_sampler_of_a_user(name: str, of: str) -> None:
    pairs = Pairs()
    for rank, found in enumerate(of_ranks("loaders", name, f"{of} adapter")):
        wrapper = "BatchesShare" if name == "pairs" else "DistributedSamplerWrapper"
        assert found["sampler"] == f"fastsamplers.{wrapper}"
        for epoch in EPOCHS:
            pairs.set_epoch(epoch)
            assert found["seen"][epoch] == dealt(list(pairs), rank, 2)


@LENGTHS
@pytest.mark.parametrize("given", ["found", "given"])
@pytest.mark.parametrize("name", PLANNED)
def test_batches_by_length(name: str, given: str) -> None:
    shares = of_ranks("planned", name, given)
    for rank, found in enumerate(shares):
        for epoch in EPOCHS:
            batches = PLANNED[name](num_replicas=2, rank=rank)
            batches.set_epoch(epoch)
            assert found["seen"][epoch] == list(batches)
            assert found["len"] == len(batches) == shares[0]["len"]
    for epoch in EPOCHS:
        steps = list(zip(*(found["seen"][epoch] for found in shares), strict=True))
        last = [batch for k, batch in enumerate(steps[-1]) if batch not in steps[-1][:k]]
        once = [batch for step in steps[:-1] for batch in step] + last
        assert Counter(joined(once)) == Counter(range(len(DATA)))
    assert shares[0]["seen"][0] != shares[0]["seen"][1]


@OPTIONS
def test_options_stay() -> None:
    kept = {"num_workers": 1, "persistent_workers": True, "prefetch_factor": 3}
    kept |= {"in_order": False, "drop_last": True}
    for rank, found in enumerate(of_ranks("options")):
        assert {name: found["adapter"][name] for name in kept} == kept
        assert found["ray"]["persistent_workers"] is False  # why this is worth a row
        assert found["adapter"]["seen"] == [full(torch_share(rank, epoch)) for epoch in EPOCHS]


@ALONE
def test_what_is_left_alone() -> None:
    for found in of_ranks("left alone"):
        assert found["iterable"] == [True, [[0, 1], [2, 3], [4, 5]]]
        assert found["add_dist_sampler=False"] == [True, True, "torch.BatchSampler"]
        assert found["moved"] == ["ray._WrappedDataLoader", "cpu"]


@ALONE
def test_single_worker() -> None:
    alone = launched()["one"]
    assert alone["adapter"] == alone["plain"]
    assert alone["plain"]["batches"] == "fastsamplers.BucketBatchSampler"
    random = [set(joined(epoch)) for epoch in alone["plain"]["random"]]
    assert random == [set(range(len(DATA)))] * 2


@ERRORS
def test_what_is_refused() -> None:
    other = "loader should be a torch DataLoader, but got [1, 2]"
    begun = "ValueError: loader should be adapted before its first pass, but got one that has begun"
    for found in of_ranks("left alone"):
        assert found["no loader"] == f"TypeError: {other}"
        assert found["begun"] == found["begun, no sampler"] == begun
        assert found["same"]


def test_every_loader_is_tested() -> None:
    batches = {name for name in LOADERS if name.startswith("batches")}
    others = {"weighted", "subset", "distributed", "wrapper", "pairs"}
    assert set(LOADERS) == {*WHOLE, *batches, *others}
    assert len(batches) == 5
