"""Two processes under Lightning's DDP go on from a checkpoint in the middle of an epoch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lightning")

from tests.frameworks.runs.lightning_ddp_batches import RESUMED_N, even_loader
from tests.frameworks.runs.lightning_launches import (
    GIVEN_BY_ONE,
    WORLD,
    joined,
    launched,
    of_ranks,
)
from tests.frameworks.runs.lightning_loaders import BATCH, PLANNED
from tests.frameworks.runs.lightning_resume import GIVEN
from tests.frameworks.runs.lightning_rows import ADAPTED, BY_LENGTH, MORE_PROCESSES, RESUMED
from tests.frameworks.runs.lightning_training import Recorder, trainer_of

Launch = Callable[..., list[Any]]


@ADAPTED
@pytest.mark.parametrize("kind", ["shuffle", "WeightedRandomSampler", "BatchSampler, shuffled"])
def test_rest_of_the_epoch_and_the_next_ones(launch: Launch, kind: str) -> None:
    for found in of_ranks(launch, "resumed", kind):
        whole = found["whole"]
        assert found["saved"] == whole
        assert found["rest"] == [whole[1][GIVEN:], *whole[2:]]


@BY_LENGTH
@pytest.mark.parametrize("kind", PLANNED)
def test_batches_by_length(launch: Launch, kind: str) -> None:
    for found in of_ranks(launch, "resumed", f"{kind}, {GIVEN}"):
        whole = found["whole"]
        assert found["rest"] == [whole[1][GIVEN:], *whole[2:]]


@BY_LENGTH
@pytest.mark.parametrize("kind", PLANNED)
def test_batches_by_length_after_an_epoch(launch: Launch, kind: str) -> None:
    for found in of_ranks(launch, "resumed", f"{kind}, 0"):
        assert found["rest"] == found["whole"][2:]


@RESUMED
def test_a_sampler_that_knows_its_rank(launch: Launch) -> None:
    for found in of_ranks(launch, "resumed", "of two"):
        whole = found["whole"]
        assert found["rest"] == [whole[1][GIVEN:], *whole[2:]]


@MORE_PROCESSES
def test_two_processes_end_the_epoch_of_one_too_early(launch: Launch) -> None:
    whole = launched(launch)[WORLD]["whole"]
    shares = of_ranks(launch, "resumed", "of one process", "rest")
    left = joined(whole[1])[GIVEN_BY_ONE * BATCH :]
    steps = RESUMED_N // BATCH // WORLD - GIVEN_BY_ONE
    for rank, (rest, *after) in enumerate(shares):
        # The right samples, as many as Lightning believes are left.
        assert joined(rest) == left[rank::WORLD][: steps * BATCH]
        assert len(joined(rest)) < len(left) // WORLD
        assert [joined(epoch) for epoch in after] == [
            joined(epoch)[rank::WORLD] for epoch in whole[2:]
        ]


@RESUMED
def test_one_process_goes_on_for_two(launch: Launch) -> None:
    """The end of the loader ends the epoch, before Lightning's count of its batches does."""
    (file,) = Path(launched(launch)[0]["folder"], "two").glob("*=8.ckpt")
    whole = launched(launch)[WORLD]["whole"]
    module = Recorder()
    trainer = trainer_of(4)
    trainer.fit(module, even_loader(num_replicas=1, rank=0), ckpt_path=file, weights_only=False)
    assert joined(module.seen["fit"][0]) == joined(whole[1])[WORLD * GIVEN * BATCH :]
    assert module.seen["fit"][1:] == whole[2:]
