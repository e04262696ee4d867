"""The Trainer with the mixin: what reaches the model in evaluation and prediction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("transformers")

from transformers import Trainer

import fastsamplers
from tests.frameworks.runs.trainer_training import (
    N_EVALUATED,
    FastTrainer,
    Samples,
    kinds_of,
    predicted,
    trained,
    trainer_of,
)

pytestmark = pytest.mark.conformance(
    "Transformers", "`evaluate`, `predict`, persistent workers", "adapter"
)
STRATEGIES = ("random", "group_by_length")
WORKERS: list[dict[str, Any]] = [
    {},
    {"dataloader_num_workers": 1, "dataloader_multiprocessing_context": "fork"},
    {
        "dataloader_num_workers": 1,
        "dataloader_multiprocessing_context": "fork",
        "dataloader_persistent_workers": True,
    },
]


@pytest.mark.parametrize("workers", WORKERS, ids=["no workers", "workers", "persistent workers"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_after_each_epoch(tmp_path: Path, strategy: str, workers: dict[str, Any]) -> None:
    """Evaluation in the training, whose loader the Trainer keeps if its workers persist."""
    found = []
    for kind in (Trainer, FastTrainer):
        options = {"train_sampling_strategy": strategy, "eval_strategy": "epoch", **workers}
        trainer = trainer_of(kind, tmp_path, 18, **options)
        found.append({**trained(trainer), "evaluated": trainer.model.evaluated})
    assert found[0] == found[1]
    batches = -(-N_EVALUATED // 4)
    epochs = found[1]["evaluated"][:batches], found[1]["evaluated"][batches:]
    for epoch in epochs:
        given = [index for batch in epoch for index in batch]
        assert sorted(given) == [*range(N_EVALUATED)]
        assert (given == sorted(given)) == (strategy == "random")


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_evaluate_and_predict(tmp_path: Path, strategy: str, drop_last: bool) -> None:
    """Outside of training, with data of their own."""
    options = {
        "train_sampling_strategy": strategy,
        "data_seed": 3,
        "dataloader_drop_last": drop_last,
    }
    plain, fast = (
        predicted(trainer_of(kind, tmp_path, 18, **options)) for kind in (Trainer, FastTrainer)
    )
    assert fast == plain
    given = len({*fast["predictions"]})
    assert given == len(fast["predictions"]) == N_EVALUATED - (N_EVALUATED % 4) * drop_last


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_several_data_sets(tmp_path: Path, strategy: str) -> None:
    """By name, with one persistent loader for each of them."""
    found = []
    for kind in (Trainer, FastTrainer):
        options = {**WORKERS[2], "train_sampling_strategy": strategy}
        trainer = trainer_of(kind, tmp_path, 18, **options)
        trainer.eval_dataset = {"small": Samples(5), "large": Samples(11)}
        for _ in range(2):
            trainer.evaluate()
        found.append(trainer.model.evaluated)
    assert found[0] == found[1]
    assert [sum(map(len, found[1][at : at + 5])) for at in (0, 5)] == [16, 16]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_samplers_are_ours(tmp_path: Path, strategy: str) -> None:
    options = {"train_sampling_strategy": strategy, **WORKERS[2]}
    trainer = trainer_of(FastTrainer, tmp_path, 18, **options)
    of_strategy = {
        "random": fastsamplers.SequentialSampler,
        "group_by_length": fastsamplers.LengthGroupedSampler,
    }
    kinds = [fastsamplers.BatchSampler, of_strategy[strategy]]
    evaluation = trainer.get_eval_dataloader()
    assert kinds_of(evaluation) == kinds
    assert kinds_of(trainer.get_test_dataloader(Samples(9))) == kinds
    assert len([*evaluation]) == -(-N_EVALUATED // 4)
    # With its workers.
    assert trainer.get_eval_dataloader() is evaluation
