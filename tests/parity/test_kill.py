"""A distributed training that is killed at random moments: each sample is trained once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.parity import kill_runs


def check(counts: dict[str, Any], kills: int) -> None:
    print(counts)
    assert counts["interruptions"] == kills
    assert counts["samples_trained"] == kill_runs.EPOCHS * counts["n"]
    assert counts["samples_lost"] == 0
    assert counts["samples_repeated"] == 0
    assert all(0 <= epoch["padding"] < epoch["world_at_end"] for epoch in counts["epochs"])
    assert counts["batches_repeated_otherwise"] == 0


@pytest.mark.parametrize(
    ("algorithm", "layout", "workers", "kills"),
    [
        ("torch", "interleaved", 0, 3),
        ("feistel", "interleaved", 2, 2),
        ("torch", "contiguous", 0, 2),
    ],
)
def test_a_few_kills(algorithm: str, layout: str, workers: int, kills: int) -> None:
    check(kill_runs.run(kills, seed=1, algorithm=algorithm, layout=layout, workers=workers), kills)


@pytest.mark.large
@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("algorithm", ["torch", "feistel"])
def test_forty_kills(algorithm: str, workers: int) -> None:
    """Often enough for what a handful of kills may miss, so the counts of it can be asked for."""
    counts = kill_runs.run(40, seed=2, algorithm=algorithm, workers=workers)
    check(counts, 40)
    assert len(set(counts["worlds"])) == 4
    assert counts["batches_repeated_identically"] > 0
    assert counts["inside_checkpoint"] > 0


def test_the_counts_of_a_training_that_does_not_resume() -> None:
    """An epoch that begins anew after a kill is counted as what it is."""
    counts = kill_runs.run(2, seed=1, forget=1)
    assert counts["samples_repeated"] > 0
