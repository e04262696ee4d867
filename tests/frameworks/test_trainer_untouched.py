"""Our samplers in a Trainer without the mixin, as users give them: by a subclass."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

pytest.importorskip("transformers")

import torch.utils.data
from transformers import Trainer

import fastsamplers
from tests.frameworks.runs.trainer_lengths import (
    LENGTHS,
    PLANNED,
    OwnLoaderTrainer,
    by_itself,
    planned_trainer,
)
from tests.frameworks.runs.trainer_samplers import MADE, trainer_with
from tests.frameworks.runs.trainer_training import resumed, trained, trainer_of

SAMPLERS = pytest.mark.conformance(
    "Transformers", "drop-in samplers from `_get_train_sampler`", "untouched"
)
BATCHES = pytest.mark.conformance(
    "Transformers", "batches by length from `get_train_dataloader`, one process", "untouched"
)


@pytest.mark.parametrize("seedable", [True, False], ids=["seedable", "unseedable"])
@pytest.mark.parametrize("name", MADE)
@SAMPLERS
def test_two_epochs(tmp_path: Path, name: str, seedable: bool) -> None:
    options = {"accelerator_config": {"use_seedable_sampler": seedable}}
    theirs, ours = (
        trained(trainer_with(lambda library=library: MADE[name](library), tmp_path, **options))
        for library in (torch.utils.data, fastsamplers)
    )
    assert ours == theirs
    assert len(ours["seen"]) >= 2 * 4


@pytest.mark.parametrize("step", [8, 11])
@pytest.mark.parametrize("name", MADE)
@SAMPLERS
def test_resumed(tmp_path: Path, name: str, step: int) -> None:
    """At the end of epoch 0 for most of them, and in the middle of an epoch."""
    theirs, ours = (
        resumed(
            lambda folder, library=library, **options: trainer_with(
                lambda: MADE[name](library), folder, **options
            ),
            tmp_path / library.__name__,
            step,
        )
        for library in (torch.utils.data, fastsamplers)
    )
    assert ours == theirs
    assert len(ours["rest"]["seen"]) == len(ours["whole"]["seen"]) - step


@pytest.mark.parametrize("accumulated", [1, 2])
@pytest.mark.parametrize("name", PLANNED)
@BATCHES
def test_batches_by_length(tmp_path: Path, name: str, accumulated: int) -> None:
    """The Trainer sets their epochs."""
    options = {"gradient_accumulation_steps": accumulated}
    found = trained(planned_trainer(OwnLoaderTrainer, tmp_path, name, {}, **options))
    expected = by_itself(name)
    assert found["seen"] == [*itertools.chain(*expected)]
    assert found["steps"] == 2 * -(-len(PLANNED[name]()) // accumulated)
    assert expected[0] != expected[1]


@pytest.mark.parametrize("name", PLANNED)
@BATCHES
def test_batches_by_length_resumed(tmp_path: Path, name: str) -> None:
    """In the middle of epoch 1, in fresh objects."""
    steps = len(PLANNED[name]())
    found = resumed(
        lambda folder, **options: planned_trainer(OwnLoaderTrainer, folder, name, {}, **options),
        tmp_path,
        steps + 3,
    )
    expected = [*itertools.chain(*by_itself(name, 3))]
    assert found["whole"]["seen"] == expected
    assert found["rest"]["seen"] == expected[steps + 3 :]
    assert found["rest"]["noise"] == found["whole"]["noise"][steps + 3 :]


@BATCHES
def test_lengths_are_those_of_the_data(tmp_path: Path) -> None:
    """What the samplers plan with is what ``group_by_length`` finds in the items."""
    trainer = trainer_of(Trainer, tmp_path, 82, train_sampling_strategy="group_by_length")
    assert trainer._get_train_sampler().lengths == LENGTHS
