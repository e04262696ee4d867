"""Batches by length in two processes of a Trainer: with the mixin, and as users may give them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("transformers")

from tests.frameworks.runs.trainer_launches import halves, joined, of_ranks
from tests.frameworks.runs.trainer_lengths import LENGTHS, PLANNED, N
from tests.frameworks.runs.trainer_processes import BESIDE, DONE

Launch = Callable[..., list[Any]]
ADAPTED = pytest.mark.conformance(
    "Transformers", "several processes: `train_batch_sampler`, alike on all ranks in each step",
    "adapter",
)  # fmt: skip
AGAIN = pytest.mark.conformance("Transformers", "several processes: resume", "adapter")
UNTOUCHED = pytest.mark.conformance(
    "Transformers",
    "several processes: batches by length from `get_train_dataloader`, `num_replicas=1`",
    "untouched",
)
STALE = pytest.mark.conformance(
    "Transformers",
    "several processes: batches by length from `get_train_dataloader`, resume in the middle of an "
    "epoch",
    "cannot",
    why="the epoch does not reach a sampler in a loader that skips batches, so that the rest is "
    "one of epoch 0: take `train_batch_sampler`",
)
TWICE = pytest.mark.conformance(
    "Transformers",
    "several processes: batches by length with `num_replicas`, from `get_train_dataloader`",
    "cannot",
    why="Accelerate deals the batches out a second time, and samples are lost: leave "
    "`num_replicas` out, or take `train_batch_sampler`",
)
ALL = {*range(N)}


@pytest.mark.parametrize("way", ["plain", "with ranks"])
@pytest.mark.parametrize("name", PLANNED)
@ADAPTED
def test_two_epochs(launch: Launch, name: str, way: str) -> None:
    """A rank has what the sampler itself gives it, whether or not it was given ranks."""
    ranks = of_ranks(launch, "lengths", name)
    for rank in ranks:
        itself = rank["itself"]
        assert rank[way]["seen"] == itself[0] + itself[1]
        assert rank[way]["steps"] == 2 * rank["steps"] == 2 * ranks[0]["steps"]
    for shares in halves([rank[way] for rank in ranks]):
        assert {*joined(*shares)} == ALL
        # Only the last step has anything twice.
        before = joined(*(share[:-1] for share in shares))
        assert len({*before}) == len(before)


@pytest.mark.parametrize("name", BESIDE)
@ADAPTED
def test_whatever_the_arguments_say(launch: Launch, name: str) -> None:
    for rank in of_ranks(launch, "lengths"):
        itself = rank["BucketBatchSampler"]["itself"]
        assert rank["beside"][name]["seen"] == itself[0] + itself[1]


@pytest.mark.parametrize("name", PLANNED)
@AGAIN
def test_resumed(launch: Launch, name: str) -> None:
    """In the middle of epoch 1 and in epoch 2, in fresh objects."""
    for rank in of_ranks(launch, "lengths", name):
        expected = joined_epochs(rank["itself"])
        whole, rest = (rank["resumed, mixin"][part] for part in ("whole", "rest"))
        given = rank["steps"] + DONE
        assert whole["seen"] == expected
        assert rest["seen"] == expected[given:]
        assert rest["noise"] == whole["noise"][given:]


def joined_epochs(epochs: list[list[list[int]]]) -> list[list[int]]:
    return [batch for epoch in epochs for batch in epoch]


@ADAPTED
def test_a_step_has_batches_of_one_length(launch: Launch) -> None:
    """Where untouched ones differ by several tokens."""
    found = of_ranks(launch, "lengths", "BucketBatchSampler")

    def spread(way: str) -> float:
        shares = halves([rank[way] for rank in found])[0]
        longest = [[max(LENGTHS[index] for index in batch) for batch in share] for share in shares]
        steps = [max(step) - min(step) for step in zip(*longest, strict=True)]
        return sum(steps) / len(steps)

    assert spread("plain") < spread("untouched") / 2


@pytest.mark.parametrize("name", PLANNED)
@UNTOUCHED
def test_untouched(launch: Launch, name: str) -> None:
    """Accelerate deals out the batches; no sample is lost, and epochs differ."""
    found = of_ranks(launch, "lengths", name, "untouched")
    epochs = halves(found)
    for shares in epochs:
        assert {*joined(*shares)} == ALL
    assert epochs[0] != epochs[1]


@pytest.mark.parametrize("name", PLANNED)
@STALE
def test_untouched_and_resumed(launch: Launch, name: str) -> None:
    """What follows a checkpoint in epoch 1 is the rest of epoch 0; epoch 2 is right again."""
    for rank in of_ranks(launch, "lengths", name):
        found = rank["resumed, untouched"]
        whole, rest = found["whole"]["seen"], found["rest"]["seen"]
        steps = rank["steps"]
        assert len(whole) == 3 * steps
        left = steps - DONE
        assert rest[:left] == whole[DONE:steps] != whole[steps + DONE : 2 * steps]
        assert rest[left:] == whole[2 * steps :]


@pytest.mark.parametrize("name", PLANNED)
@TWICE
def test_dealt_out_twice(launch: Launch, name: str) -> None:
    """About half of the samples never come."""
    shares = of_ranks(launch, "lengths", name, "dealt twice")
    assert len({*joined(*shares)}) < 0.7 * N
