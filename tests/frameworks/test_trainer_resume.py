"""The Trainer with the mixin goes on from a checkpoint, in fresh objects."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("transformers")

from transformers import Trainer

from tests.frameworks.runs.trainer_training import FastTrainer, resumed, trainer_of

N = 31
BATCHES = 8
STRATEGIES = ("random", "sequential", "group_by_length", "batch_rebalance")
UNSEEDABLE = {"accelerator_config": {"use_seedable_sampler": False}}
# Batches of the whole training that the checkpoint comes after.
MIDDLE = BATCHES + 4
END = BATCHES

RESUMED = pytest.mark.conformance(
    "Transformers",
    "`resume_from_checkpoint`, between epochs or in the middle of one",
    "adapter",
)
LOST = pytest.mark.conformance(
    "Transformers",
    "`resume_from_checkpoint` in the middle of an epoch with `group_by_length` or "
    "`use_seedable_sampler=False`",
    "cannot",
    why="the Trainer draws another order of that epoch, with its own samplers, too: take "
    "`train_batch_sampler`",
)


def both(folder: Path, given: int, **options: Any) -> dict[str, Any]:
    """Whole and resumed training with the mixin; they are those without."""
    found = []
    for kind in (Trainer, FastTrainer):
        make = functools.partial(trainer_of, kind, n=N)
        step = given // options.get("gradient_accumulation_steps", 1)
        found.append(resumed(make, folder / kind.__name__, step, **options))
    assert found[0] == found[1]
    assert len(found[1]["rest"]["seen"]) + given == len(found[1]["whole"]["seen"]) == 3 * BATCHES
    return found[1]


def is_continued(found: dict[str, Any], given: int, most: int | None = None) -> bool:
    """Whether the rest is that of the whole training."""
    return found["rest"]["seen"][:most] == found["whole"]["seen"][given:][:most]


@pytest.mark.parametrize("accumulated", [1, 2])
@pytest.mark.parametrize("strategy", ["random", "sequential", "batch_rebalance"])
@RESUMED
def test_in_the_middle(tmp_path: Path, strategy: str, accumulated: int) -> None:
    """The rest of epoch 1 and epoch 2, with the random numbers that each step would have had."""
    options = {"train_sampling_strategy": strategy, "gradient_accumulation_steps": accumulated}
    found = both(tmp_path, MIDDLE, **options)
    assert is_continued(found, MIDDLE)
    assert found["rest"]["noise"] == found["whole"]["noise"][MIDDLE:]


@pytest.mark.parametrize("given", [3, 2 * BATCHES + 5])
@RESUMED
def test_in_other_epochs(tmp_path: Path, given: int) -> None:
    assert is_continued(both(tmp_path, given, data_seed=5), given)


@pytest.mark.parametrize("options", [{}, UNSEEDABLE], ids=["seedable", "unseedable"])
@pytest.mark.parametrize("strategy", STRATEGIES)
@RESUMED
def test_between_epochs(tmp_path: Path, strategy: str, options: dict[str, Any]) -> None:
    found = both(tmp_path, END, train_sampling_strategy=strategy, **options)
    assert is_continued(found, END)
    assert found["rest"]["noise"] == found["whole"]["noise"][END:]


@pytest.mark.parametrize("strategy", STRATEGIES)
@RESUMED
def test_without_skipping(tmp_path: Path, strategy: str) -> None:
    """``ignore_data_skip``: the epoch begins again, as it does without the mixin."""
    options = {"train_sampling_strategy": strategy, "ignore_data_skip": True}
    found = []
    for kind in (Trainer, FastTrainer):
        make = functools.partial(trainer_of, kind, n=N)
        found.append(resumed(make, tmp_path / kind.__name__, MIDDLE, **options))
    assert found[0] == found[1]
    again = found[1]["rest"]["seen"][:BATCHES]
    assert sorted(index for batch in again for index in batch) == [*range(N)]


@RESUMED
def test_with_workers(tmp_path: Path) -> None:
    options = {
        "dataloader_num_workers": 2,
        "dataloader_multiprocessing_context": "fork",
        "dataloader_persistent_workers": True,
    }
    assert is_continued(both(tmp_path, MIDDLE, **options), MIDDLE)


@pytest.mark.parametrize(
    "options", [{"train_sampling_strategy": "group_by_length"}, UNSEEDABLE], ids=str
)
@LOST
def test_orders_that_are_lost(tmp_path: Path, options: dict[str, Any]) -> None:
    """The rest is that of another permutation; the mixin changes nothing about it."""
    found = both(tmp_path, MIDDLE, **options)
    assert not is_continued(found, MIDDLE)
    rest = found["rest"]["seen"][: 2 * BATCHES - MIDDLE]
    before = found["whole"]["seen"][BATCHES:MIDDLE]
    given = [index for batch in before + rest for index in batch]
    assert {*given} < {*range(N)}  # some come twice, others never


@pytest.mark.parametrize(
    "options", [{"train_sampling_strategy": "group_by_length"}, UNSEEDABLE], ids=str
)
@LOST
def test_orders_of_epoch_0_are_not(tmp_path: Path, options: dict[str, Any]) -> None:
    """Since the Trainer sets its seed when it is made."""
    assert is_continued(both(tmp_path, 3, **options), 3)
