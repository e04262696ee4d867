"""Batches by length in two processes: what is repeated, what is lost, and that lengths stay alike.

``even`` and ``uneven`` are Accelerate's ``even_batches``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("accelerate")

from tests.frameworks.runs.accelerate_lengths import DONE, LENGTHS, PLANNED, WAYS, N

UNTOUCHED = pytest.mark.conformance(
    "Accelerate", "batches by length, `num_replicas=1`: each sample, equal steps", "untouched"
)
ADAPTED = pytest.mark.conformance(
    "Accelerate", "batches by length: alike on all ranks in each step", "adapter"
)
ALL = {*range(N)}


@pytest.fixture(scope="module")
def ranks(launch: Callable[..., list[Any]]) -> list[Any]:
    return launch("accelerate_lengths", 2)


def ways(ranks: list[Any], name: str, way: str) -> list[Any]:
    return [rank["lengths"][name][way] for rank in ranks]


def flat(*shares: list[list[int]]) -> list[int]:
    return [index for share in shares for batch in share for index in batch]


@pytest.mark.parametrize("name", PLANNED)
@UNTOUCHED
def test_untouched(ranks: list[Any], name: str) -> None:
    """No sample is lost, all processes have ``len`` steps, and Accelerate's epochs reach."""
    one, other = ways(ranks, name, "even")
    for epochs in zip(one["epochs"], other["epochs"], strict=True):
        assert [len(share) for share in epochs] == [one["len"], other["len"]]
        assert one["len"] == other["len"]
        assert {*flat(*epochs)} == ALL
    assert one["epochs"][0] != one["epochs"][1] != one["epochs"][2]
    assert {*one["gathered"]} == {*other["gathered"]} == ALL


@pytest.mark.parametrize("name", PLANNED)
@UNTOUCHED
def test_untouched_and_uneven(ranks: list[Any], name: str) -> None:
    """Each sample once; a process may have a step more, and knows it."""
    one, other = ways(ranks, name, "uneven")
    for epochs in zip(one["epochs"], other["epochs"], strict=True):
        assert [len(share) for share in epochs] == [one["len"], other["len"]]
        assert sorted(flat(*epochs)) == [*range(N)]
        assert one["len"] - other["len"] in (0, 1)


@UNTOUCHED
def test_buckets_lose_nothing_by_a_short_batch(ranks: list[Any]) -> None:
    """It is the last one, which Accelerate fills up and ``gather_for_metrics`` cuts again."""
    one, other = ways(ranks, "BucketBatchSampler", "even")
    for epochs in zip(one["epochs"], other["epochs"], strict=True):
        assert {len(batch) for share in epochs for batch in share} == {4}
    assert sorted(one["gathered"]) == [*range(N)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", PLANNED)
@ADAPTED
def test_adapted(ranks: list[Any], name: str, way: str) -> None:
    """A rank has what the sampler itself gives it, by whatever way it got into the loader."""
    found = ways(ranks, name, way)
    for rank, own in zip(ranks, found, strict=True):
        assert own["epochs"] == rank["lengths"][name]["itself"]
        assert own["len"] == len(own["epochs"][0]) == found[0]["len"]
    for shares in zip(*(own["epochs"] for own in found), strict=True):
        given = flat(*shares)
        assert {*given} == ALL
        # Only the last step has anything twice.
        before = flat(*(share[:-1] for share in shares))
        assert len({*before}) == len(before)
    assert found[0]["epochs"][0] != found[0]["epochs"][1] != found[0]["epochs"][2]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", PLANNED)
@ADAPTED
def test_metrics_lose_no_sample(ranks: list[Any], name: str, way: str) -> None:
    """Nor does ``gather_for_metrics`` cut the last step as if Accelerate had filled it up."""
    found = ways(ranks, name, way)
    shares = [own["epochs"][0] for own in found]
    for own in found:
        assert sorted(own["gathered"]) == sorted(flat(*shares))


@ADAPTED
def test_a_step_has_batches_of_one_length(ranks: list[Any]) -> None:
    """Where untouched ones differ by several tokens."""

    def spread(way: str) -> float:
        shares = [found["epochs"][0] for found in ways(ranks, "BucketBatchSampler", way)]
        longest = [[max(LENGTHS[index] for index in batch) for batch in share] for share in shares]
        steps = list(zip(*longest, strict=True))
        return sum(max(step) - min(step) for step in steps) / len(steps)

    assert spread("its own") < spread("even") / 2


@pytest.mark.parametrize("name", PLANNED)
@ADAPTED
def test_resumed(ranks: list[Any], name: str) -> None:
    """In a fresh object in epoch 1, and the epoch after that."""
    for rank in ranks:
        found = rank["lengths"][name]
        for rest, following in found["resumed"].values():
            assert rest == found["itself"][1][DONE:]
            assert len(following) == len(found["itself"][1])
            assert following not in found["itself"]
        assert [*found["resumed"]] == [WAYS[0], WAYS[-1]]


@ADAPTED
def test_split_batches(ranks: list[Any]) -> None:
    """Accelerate cuts each batch into parts, which are of one length: the adapter lets it."""
    for epoch in range(3):
        shares = []
        for rank in ranks:
            plain, adapted = rank["split"]["untouched"], rank["split"]["adapted"]
            assert plain == adapted
            assert len(plain["epochs"][epoch]) == plain["len"] == -(-N // 4)
            shares.append(plain["epochs"][epoch])
        assert {*flat(*shares)} == ALL
    assert sorted(ranks[0]["split"]["adapted"]["gathered"]) == [*range(N)]
