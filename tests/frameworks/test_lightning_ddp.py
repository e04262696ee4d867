"""Two processes under Lightning's DDP: the indices of torch's samplers, adapted or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("lightning")

import torch

from tests.frameworks.runs.lightning_ddp import EVEN, SEEDED, N
from tests.frameworks.runs.lightning_ddp_batches import RANKED
from tests.frameworks.runs.lightning_launches import WORLD, cut, joined, launched, of_ranks
from tests.frameworks.runs.lightning_loaders import (
    KINDS,
    PLANNED,
    TORCH,
    Outwards,
    batches_of,
    by_length,
    kind_of,
)
from tests.frameworks.runs.lightning_rows import ADAPTED, BY_LENGTH, DDP, OWN_ORDER

Launch = Callable[..., list[Any]]
LOOPS = ("fit", "validate", "test", "predict")
REPEATABLE = [kind for kind in KINDS if not kind.startswith("Batch")]
# Lightning's wrapper draws at iter(), before the loader's own seed; ours when the first index is
# asked for. It shows where nothing lies between the two, and both use the global generator.
ADAPTABLE = [kind for kind in REPEATABLE if kind != "samples, global generator"]
of_kinds = pytest.mark.parametrize("kind", REPEATABLE)


def of_loops(found: dict[str, Any]) -> list[Any]:
    """What is to be equal: all indices, predictions, and the global generator afterwards."""
    return [*(found["seen"][loop] for loop in LOOPS), found["predictions"], found["random state"]]


@DDP
@of_kinds
@pytest.mark.parametrize("imported", ["samplers", "samplers and DataLoader"])
def test_untouched(launch: Launch, kind: str, imported: str) -> None:
    for found in of_ranks(launch, "kinds", kind):
        assert of_loops(found[imported]) == of_loops(found["torch"])


@ADAPTED
@pytest.mark.parametrize("kind", ADAPTABLE)
@pytest.mark.parametrize("imported", ["torch", "samplers and DataLoader"])
def test_adapted(launch: Launch, kind: str, imported: str) -> None:
    for found in of_ranks(launch, "kinds", kind):
        assert of_loops(found[f"{imported}, adapted"]) == of_loops(found["torch"])


@ADAPTED
@pytest.mark.parametrize("setting", ["seed", "overfit"])
@pytest.mark.parametrize("kind", SEEDED)
def test_seed_everything_and_overfit_batches(launch: Launch, setting: str, kind: str) -> None:
    for found in of_ranks(launch, setting, kind):
        for name in found:
            assert of_loops(found[name]) == of_loops(found["torch"])
    plain = of_ranks(launch, "kinds", kind, "torch", "seen", "fit")
    assert of_ranks(launch, setting, kind, "torch", "seen", "fit") != plain


@ADAPTED
@pytest.mark.parametrize("kind", ADAPTABLE)
@pytest.mark.parametrize("imported", ["torch", "samplers and DataLoader"])
def test_samplers_that_run_are_ours(launch: Launch, kind: str, imported: str) -> None:
    for found in of_ranks(launch, "kinds", kind):
        for stage, (sampler, batches, dealt) in found[f"{imported}, adapted"]["used"].items():
            theirs = found["torch"]["used"][stage]
            assert sampler.startswith("fastsamplers.")
            assert not theirs[0].startswith("fastsamplers.")
            unbatched = kind.startswith("samples")
            assert batches == (
                "builtins.NoneType" if unbatched else "fastsamplers.samplers.batch.BatchSampler"
            )
            if kind == "another's sampler":
                assert dealt == kind_of(Outwards(1))
            elif sampler.endswith("Wrapper"):
                assert dealt.startswith("fastsamplers.samplers.")
            else:
                assert sampler == "fastsamplers.samplers.distributed.DistributedSampler"


@ADAPTED
@pytest.mark.parametrize("kind", ADAPTABLE)
def test_adapted_before_there_is_a_process_group(launch: Launch, kind: str) -> None:
    for ours, theirs in of_ranks(launch, "early", kind):
        assert ours == theirs


@BY_LENGTH
@pytest.mark.parametrize("kind", PLANNED)
def test_batches_by_length_adapted_before_there_is_a_process_group(
    launch: Launch, kind: str
) -> None:
    for rank, (seen,) in enumerate(of_ranks(launch, "early", kind)):
        for epoch, batches in enumerate(seen):
            expected = PLANNED[kind](num_replicas=WORLD, rank=rank)
            expected.set_epoch(epoch)
            assert batches == batches_of(by_length(expected))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("samplers and DataLoader", marks=DDP),
        pytest.param("samplers and DataLoader, adapted", marks=ADAPTED),
    ],
)
@pytest.mark.parametrize("kind", ["in order", "SubsetRandomSampler"])
def test_each_sample_once_where_the_ranks_divide_them(launch: Launch, name: str, kind: str) -> None:
    shares = of_ranks(launch, "even", kind, name, "seen")
    samples = range(EVEN) if kind == "in order" else range(2, EVEN - 2)
    for loop in LOOPS:
        epochs = list(zip(*(share[loop] for share in shares), strict=True))
        assert len(epochs) == {"fit": 2, "validate": 3}.get(loop, 1)
        for of_each in epochs:
            assert Counter(joined([joined(seen) for seen in of_each])) == Counter(samples)


@ADAPTED
def test_prediction_repeats_nothing(launch: Launch) -> None:
    for kind in ("in order", "shuffle", "drop_last"):
        shares = of_ranks(launch, "kinds", kind, "torch, adapted", "predictions")
        assert Counter(joined([joined(share) for share in shares])) == Counter(range(N))


def ranked_batches(name: str, rank: int) -> list[list[list[int]]]:
    sampler = RANKED[name](num_replicas=WORLD, rank=rank)
    seen = []
    for epoch in range(2):
        sampler.set_epoch(epoch)
        seen.append(cut(list(sampler)))
    return seen


@DDP
@pytest.mark.parametrize("name", RANKED)
@pytest.mark.parametrize("adapted", ["", ", adapted"])
def test_samplers_that_know_their_rank_are_left_alone(
    launch: Launch, name: str, adapted: str
) -> None:
    for rank, (seen, is_kept) in enumerate(of_ranks(launch, "alone", f"{name}{adapted}")):
        assert is_kept
        assert seen == ranked_batches(name, rank)


@OWN_ORDER
@pytest.mark.parametrize("kind", ["another's sampler", "weighted, generator"])
def test_order_of_a_sampler_is_kept(launch: Launch, kind: str) -> None:
    sampler = KINDS[kind](TORCH, TORCH.DataLoader, N).sampler
    orders = [list(sampler) for _ in range(2)]
    for rank, seen in enumerate(of_ranks(launch, "own order", kind, "fit")):
        padded = [order + order[: -len(order) % WORLD] for order in orders]
        assert seen == [cut(order[rank::WORLD]) for order in padded]


@OWN_ORDER
def test_shuffle_says_what_is_done(launch: Launch) -> None:
    for rank, seen in enumerate(of_ranks(launch, "own order", "shuffle")):
        in_order = TORCH.DistributedSampler(range(N), WORLD, rank, shuffle=False)
        assert seen["fit"] == [cut(list(in_order))] * 2
        shuffled = TORCH.DistributedSampler(range(N), WORLD, rank)
        for epoch, validated in enumerate(seen["validate"]):
            shuffled.set_epoch(epoch)
            assert validated == cut(list(shuffled))
    # What is in an order of its own is shuffled as well.
    for rank, seen in enumerate(of_ranks(launch, "own order", "another's sampler", "validate")):
        order = list(KINDS["another's sampler"](TORCH, TORCH.DataLoader, N).sampler)
        places = torch.randperm(N, generator=torch.Generator().manual_seed(0)).tolist()
        places = (places + places[:1])[rank::WORLD]
        assert seen[0] == cut([order[place] for place in places])


@DDP
def test_what_is_compared_is_a_training_of_two_ranks(launch: Launch) -> None:
    first, second = of_ranks(launch, "kinds", "shuffle", "torch", "seen", "fit")
    assert first != second
    assert first[0] != first[1]
    assert len(launched(launch)) == WORLD + 1
