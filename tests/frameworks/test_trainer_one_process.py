"""The Trainer with the mixin, in one process: the indices that reach the model, and by whom."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("transformers")

from transformers import Trainer

from tests.frameworks.runs.trainer_training import FastTrainer, kinds_of, trained, trainer_of

STRATEGIES = ("random", "sequential", "group_by_length")
SEEDABLE: dict[str, Any] = {"use_seedable_sampler": True}
UNSEEDABLE: dict[str, Any] = {"use_seedable_sampler": False}
N = 31

ROW = pytest.mark.conformance(
    "Transformers",
    '`train_sampling_strategy="random"`, `"sequential"`, `"group_by_length"`',
    "adapter",
)


def both(folder: Path, n: int = N, **options: Any) -> dict[str, Any]:
    """What reaches the model with the mixin; it is what does without."""
    plain = trained(trainer_of(Trainer, folder, n, **options))
    fast = trained(trainer_of(FastTrainer, folder, n, **options))
    assert fast == plain
    return fast


@pytest.mark.parametrize("config", [SEEDABLE, UNSEEDABLE], ids=["seedable", "unseedable"])
@pytest.mark.parametrize("accumulated", [1, 2])
@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("strategy", STRATEGIES)
@ROW
def test_two_epochs(
    tmp_path: Path, strategy: str, drop_last: bool, accumulated: int, config: dict[str, Any]
) -> None:
    found = both(
        tmp_path,
        train_sampling_strategy=strategy,
        dataloader_drop_last=drop_last,
        gradient_accumulation_steps=accumulated,
        accelerator_config=config,
    )
    batches = N // 4 if drop_last else -(-N // 4)
    assert len(found["seen"]) == 2 * batches
    assert found["steps"] == 2 * -(-batches // accumulated)
    epochs = found["seen"][:batches], found["seen"][batches:]
    for epoch in epochs:
        given = [*itertools.chain(*epoch)]
        assert len({*given}) == len(given) == (4 * batches if drop_last else N)
    assert (epochs[0] == epochs[1]) == (strategy == "sequential")


@pytest.mark.parametrize("config", [SEEDABLE, UNSEEDABLE], ids=["seedable", "unseedable"])
@pytest.mark.parametrize("strategy", ["random", "group_by_length"])
@ROW
def test_seeds(tmp_path: Path, strategy: str, config: dict[str, Any]) -> None:
    """``seed`` and ``data_seed`` do what they do without the mixin."""
    seeds: list[dict[str, Any]] = [{}, {"seed": 5}, {"data_seed": 7}]
    options = {"train_sampling_strategy": strategy, "accelerator_config": config}
    default, seeded, data = (both(tmp_path, **options, **seed)["seen"] for seed in seeds)
    assert default != seeded
    # Only Accelerate's sampler knows of a seed of the data.
    assert (data != default) == (strategy == "random" and config is SEEDABLE)


@pytest.mark.parametrize("strategy", STRATEGIES)
@ROW
def test_steps_instead_of_epochs(tmp_path: Path, strategy: str) -> None:
    """Training that ends in the middle of the second epoch."""
    found = both(tmp_path, train_sampling_strategy=strategy, max_steps=11)
    assert len(found["seen"]) == 11


@pytest.mark.parametrize("strategy", STRATEGIES)
@ROW
def test_training_twice(tmp_path: Path, strategy: str) -> None:
    """A second ``train`` of the same Trainer, which makes its loaders anew."""
    found = []
    for kind in (Trainer, FastTrainer):
        trainer = trainer_of(kind, tmp_path, N, train_sampling_strategy=strategy)
        trained(trainer)
        found.append(trained(trainer))
    assert found[0] == found[1]
    assert len(found[0]["seen"]) == 4 * 8


@pytest.mark.parametrize("n", [1, 3, 4])
@pytest.mark.parametrize("strategy", STRATEGIES)
@ROW
def test_tiny_data(tmp_path: Path, strategy: str, n: int) -> None:
    found = both(tmp_path, n, train_sampling_strategy=strategy)
    assert [sorted(batch) for batch in found["seen"]] == [[*range(n)]] * 2


@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize("strategy", ["random", "group_by_length"])
@ROW
def test_with_workers(tmp_path: Path, strategy: str, persistent: bool) -> None:
    found = both(
        tmp_path,
        train_sampling_strategy=strategy,
        dataloader_num_workers=2,
        dataloader_persistent_workers=persistent,
        dataloader_multiprocessing_context="fork",
    )
    assert len(found["seen"]) == 2 * 8


@pytest.mark.parametrize("config", [SEEDABLE, UNSEEDABLE], ids=["seedable", "unseedable"])
@pytest.mark.parametrize("strategy", STRATEGIES)
@ROW
def test_samplers_are_ours(tmp_path: Path, strategy: str, config: dict[str, Any]) -> None:
    options = {"train_sampling_strategy": strategy, "accelerator_config": config}
    plain = kinds_of(trainer_of(Trainer, tmp_path, N, **options).get_train_dataloader())
    fast = kinds_of(trainer_of(FastTrainer, tmp_path, N, **options).get_train_dataloader())
    assert [kind.__name__ for kind in fast] == [kind.__name__ for kind in plain]
    assert len(fast) == 2
    assert not any(kind.__module__.startswith("fastsamplers.") for kind in plain)
    assert all(kind.__module__.startswith("fastsamplers.") for kind in fast)


@pytest.mark.parametrize("options", [
    {"train_sampling_strategy": "batch_rebalance"},
    {"train_sampling_strategy": "batch_rebalance", "gradient_accumulation_steps": 2},
    {"auto_find_batch_size": True},
    {"accelerator_config": {"split_batches": True}},
    {"accelerator_config": {"dispatch_batches": True}},
    {"full_determinism": False, "seed": 2**31 - 1},
], ids=str)  # fmt: skip
@pytest.mark.conformance(
    "Transformers",
    'other arguments: `"batch_rebalance"`, `split_batches`, `dispatch_batches`, `max_steps`',
    "adapter",
)
def test_other_arguments(tmp_path: Path, options: dict[str, Any]) -> None:
    assert both(tmp_path, **options)["steps"] > 0
