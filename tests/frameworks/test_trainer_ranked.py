"""Samplers that know their rank in two processes of a Trainer, and batches that are cut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("transformers")

from tests.frameworks.runs.trainer_launches import joined, of_ranks
from tests.frameworks.runs.trainer_lengths import PLANNED
from tests.frameworks.runs.trainer_lengths import N as N_LENGTHS
from tests.frameworks.runs.trainer_ranked import GIVEN, RANKED, N
from tests.frameworks.runs.trainer_training import BATCH

Launch = Callable[..., list[Any]]
ADAPTED = pytest.mark.conformance(
    "Transformers",
    "several processes: a `DistributedSampler` or `DistributedLengthGroupedSampler` from "
    "`_get_train_sampler`",
    "adapter",
)
TWICE = pytest.mark.conformance(
    "Transformers",
    "several processes: a `DistributedSampler` from `_get_train_sampler`, without the mixin",
    "cannot",
    why="Accelerate deals its share out a second time, torch's as well, and samples are lost",
)
CUT = pytest.mark.conformance(
    "Transformers", "several processes: `BucketBatchSampler` with `split_batches`", "adapter"
)
NOT_CUT = pytest.mark.conformance(
    "Transformers",
    "several processes: `MaxTokensBatchSampler`, `PackedBatchSampler` with `split_batches` or "
    "`dispatch_batches`",
    "cannot",
    why="Accelerate cuts batches into equal parts: the first is an error, with the second samples "
    "are lost",
)
UNEQUAL = [name for name in PLANNED if name != "BucketBatchSampler"]


def batches_of(epochs: list[list[int]]) -> list[list[int]]:
    return [share[at : at + BATCH] for share in epochs for at in range(0, len(share), BATCH)]


@pytest.mark.parametrize("name", RANKED)
@ADAPTED
def test_two_epochs(launch: Launch, name: str) -> None:
    """A rank has the share that its sampler gives, and all ranks together have all samples."""
    ranks = of_ranks(launch, "ranked", name)
    for rank in ranks:
        assert rank["mixin"]["seen"] == batches_of(rank["itself"][:2])
        assert rank["itself"][0] != rank["itself"][1]
    epochs = zip(*(rank["itself"] for rank in ranks), strict=True)
    assert all(sorted(joined(shares)) == [*range(N)] for shares in epochs)


@pytest.mark.parametrize("name", RANKED)
@ADAPTED
def test_resumed(launch: Launch, name: str) -> None:
    """In the middle of epoch 1, in fresh objects."""
    for rank in of_ranks(launch, "ranked", name):
        expected = batches_of(rank["itself"])
        assert rank["resumed"]["whole"]["seen"] == expected
        assert rank["resumed"]["rest"]["seen"] == expected[GIVEN:]


@ADAPTED
def test_samplers_are_ours(launch: Launch) -> None:
    """Torch's is exchanged; Hugging Face's, which we have no equal of, stays."""
    for name in RANKED:
        for rank in of_ranks(launch, "ranked", name):
            *outer, sampler = rank["modules"]
            assert len(outer) == 2
            assert all(module.startswith("fastsamplers.") for module in outer)
            expected = "transformers." if name == "grouped" else "fastsamplers."
            assert sampler.startswith(expected)


@pytest.mark.parametrize("name", RANKED)
@TWICE
def test_dealt_out_twice(launch: Launch, name: str) -> None:
    ranks = of_ranks(launch, "ranked", name)
    assert len({*joined(*(rank["plain"] for rank in ranks))}) < 0.7 * N


@CUT
def test_cut_buckets(launch: Launch) -> None:
    """Each batch is dealt out in parts, so that they are of one length, too."""
    shares = of_ranks(launch, "cut", "split_batches", "BucketBatchSampler")
    itself = [rank["BucketBatchSampler"] for rank in of_ranks(launch, "lengths")]
    steps = [*zip(*shares, strict=True)]
    assert len(steps) > itself[0]["steps"]
    assert {len(part) for step in steps for part in step} == {2}
    given = joined(*(step for step in steps[:-1]))
    assert len({*given}) == len(given)
    assert {*joined(*shares)} == {*range(N_LENGTHS)}


@pytest.mark.parametrize("name", UNEQUAL)
@NOT_CUT
def test_unequal_batches_are_not_cut(launch: Launch, name: str) -> None:
    for error in of_ranks(launch, "cut", "split_batches", name):
        assert "in `split_batches` mode, the batch size (None)" in error
    shares = of_ranks(launch, "cut", "dispatch_batches", name)
    assert len({*joined(*shares)}) < N_LENGTHS
