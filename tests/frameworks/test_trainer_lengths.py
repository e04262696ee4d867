"""``train_batch_sampler``: the Trainer with the mixin trains on batches by length."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("transformers")

import torch

import fastsamplers
from fastsamplers import BucketBatchSampler
from tests.frameworks.runs.trainer_lengths import LENGTHS, PLANNED, by_itself, planned_trainer
from tests.frameworks.runs.trainer_training import FastTrainer, resumed, trained, trainer_of

pytestmark = pytest.mark.conformance(
    "Transformers", "`train_batch_sampler`: batches by length, and resume", "adapter"
)
STRATEGIES = ("random", "sequential", "group_by_length", "batch_rebalance")


def batches(name: str, epochs: int = 2) -> list[Any]:
    return [*itertools.chain(*by_itself(name, epochs))]


@pytest.mark.parametrize("accumulated", [1, 2])
@pytest.mark.parametrize("name", PLANNED)
def test_two_epochs(tmp_path: Path, name: str, accumulated: int) -> None:
    """Exactly the sampler's with epochs 0 and 1; its length says how many steps there are."""
    options = {"gradient_accumulation_steps": accumulated}
    found = trained(planned_trainer(FastTrainer, tmp_path, name, {}, **options))
    assert found["seen"] == batches(name)
    assert found["steps"] == 2 * -(-len(PLANNED[name]()) // accumulated)
    assert found["seen"][0] != found["seen"][len(PLANNED[name]())]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("config", [{}, {"use_seedable_sampler": False}], ids=str)
def test_whatever_the_arguments_say(tmp_path: Path, strategy: str, config: dict[str, Any]) -> None:
    """The Trainer's own batch size and sampler do not count."""
    options = {
        "train_sampling_strategy": strategy,
        "accelerator_config": config,
        "per_device_train_batch_size": 7,
        "dataloader_drop_last": True,
    }
    trainer = planned_trainer(FastTrainer, tmp_path, "BucketBatchSampler", {}, **options)
    assert trained(trainer)["seen"] == batches("BucketBatchSampler")


@pytest.mark.parametrize("name", PLANNED)
def test_training_twice(tmp_path: Path, name: str) -> None:
    """The second time begins with epoch 0, wherever the first has left off."""
    trainer = planned_trainer(FastTrainer, tmp_path, name, {}, max_steps=len(PLANNED[name]()) + 3)
    trained(trainer)
    trainer.args.max_steps = -1
    trainer.model.seen = []
    assert trained(trainer)["seen"] == batches(name)


@pytest.mark.parametrize("persistent", [False, True])
def test_with_workers(tmp_path: Path, persistent: bool) -> None:
    options = {
        "dataloader_num_workers": 2,
        "dataloader_multiprocessing_context": "fork",
        "dataloader_persistent_workers": persistent,
    }
    trainer = planned_trainer(FastTrainer, tmp_path, "MaxTokensBatchSampler", {}, **options)
    assert trained(trainer)["seen"] == batches("MaxTokensBatchSampler")


@pytest.mark.parametrize("accumulated", [1, 2])
@pytest.mark.parametrize("name", PLANNED)
def test_resumed(tmp_path: Path, name: str, accumulated: int) -> None:
    """In the middle of epoch 1, in fresh objects; ``save_steps`` counts optimizer steps."""
    epoch = len(PLANNED[name]())
    steps = -(-epoch // accumulated) + 3
    given = epoch + 3 * accumulated
    found = resumed(
        lambda folder, **options: planned_trainer(FastTrainer, folder, name, {}, **options),
        tmp_path,
        steps,
        gradient_accumulation_steps=accumulated,
    )
    assert found["whole"]["seen"] == batches(name, 3)
    assert found["rest"]["seen"] == batches(name, 3)[given:]
    assert found["rest"]["noise"] == found["whole"]["noise"][given:]


@pytest.mark.parametrize("step", [5, 21, 2 * 21 + 20])
def test_resumed_in_other_places(tmp_path: Path, step: int) -> None:
    """In epoch 0, between epochs, and before the last batch of all."""
    name = "BucketBatchSampler"
    found = resumed(
        lambda folder, **options: planned_trainer(FastTrainer, folder, name, {}, **options),
        tmp_path,
        step,
    )
    assert found["rest"]["seen"] == batches(name, 3)[step:]


def test_resumed_without_skipping(tmp_path: Path) -> None:
    """``ignore_data_skip``: epoch 1 begins again."""
    name = "BucketBatchSampler"
    found = resumed(
        lambda folder, **options: planned_trainer(FastTrainer, folder, name, {}, **options),
        tmp_path,
        21 + 5,
        ignore_data_skip=True,
    )
    assert found["rest"]["seen"][:21] == batches(name)[21:]


def test_own_generator(tmp_path: Path) -> None:
    """A sampler with a generator draws from it for each epoch."""

    def make() -> BucketBatchSampler:
        return BucketBatchSampler(LENGTHS, 4, generator=torch.Generator().manual_seed(8))

    itself = make()
    trainer = trainer_of(FastTrainer, tmp_path, len(LENGTHS), make())
    assert trained(trainer)["seen"] == [*itself, *itself]


def test_evaluation_is_the_trainers(tmp_path: Path) -> None:
    name = "BucketBatchSampler"
    trainer = planned_trainer(FastTrainer, tmp_path, name, {}, eval_strategy="epoch")
    assert trained(trainer)["seen"] == batches(name)
    evaluated = [index for batch in trainer.model.evaluated for index in batch]
    assert evaluated == 2 * [*range(len(evaluated) // 2)]


def test_what_is_refused(tmp_path: Path) -> None:
    """No batch sampler by length, or one for several processes, before training begins."""
    order = fastsamplers.BatchSampler(fastsamplers.RandomSampler(LENGTHS), 4, False)
    ranked = BucketBatchSampler(LENGTHS, 4, num_replicas=2, rank=1)
    for error, refused in ((TypeError, order), (ValueError, ranked)):
        trainer = trainer_of(FastTrainer, tmp_path, len(LENGTHS), refused)
        with pytest.raises(error, match="batch_sampler should"):
            trainer.train()
        assert trainer.model.seen == []
