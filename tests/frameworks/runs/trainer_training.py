"""Trains with the Trainer of Hugging Face, and records which indices reach the model."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.utils.data
import transformers
from torch import nn
from transformers import Trainer, TrainingArguments

from fastsamplers.integrations.transformers import TrainerMixin

BATCH = 4
N_EVALUATED = 29

transformers.logging.set_verbosity_error()


class FastTrainer(TrainerMixin, Trainer):
    """What users write."""


def length_of(index: int) -> int:
    return 1 + 7 * index % 31


class Samples(torch.utils.data.Dataset[Any]):
    """Each sample has its index, and tokens, of which only the length matters."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, list):  # a row of packed samples
            return [self[one] for one in index]
        if index >= self.n:  # lengths are looked up by iterating
            raise IndexError(index)
        return {"index": index, "labels": index, "input_ids": [0] * length_of(index)}


class Recorder(nn.Module):
    """One weight, and what each step was given.

    A random number of each step says how the global generator stood, as dropout would.
    """

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(1, 1)
        self.seen: list[list[int]] = []
        self.noise: list[float] = []
        self.evaluated: list[list[int]] = []

    def forward(self, index: torch.Tensor, labels: torch.Tensor | None = None) -> Any:
        if self.training:
            self.seen.append(index.tolist())
            self.noise.append(torch.rand(()).item())
        else:
            self.evaluated.append(index.tolist())
        made = self.linear(torch.cos(index.float()).reshape(-1, 1))
        return {"loss": made.square().mean(), "logits": index.clone()}


def arguments(folder: str | Path, **options: Any) -> TrainingArguments:
    """Two epochs without logs or checkpoints, where ``options`` do not say otherwise."""
    defaults: dict[str, Any] = {
        "num_train_epochs": 2,
        "per_device_train_batch_size": BATCH,
        "per_device_eval_batch_size": BATCH,
        "save_strategy": "no",
        "logging_strategy": "no",
    }
    return TrainingArguments(
        output_dir=str(folder),
        use_cpu=True,
        report_to=[],
        disable_tqdm=True,
        ddp_find_unused_parameters=False,
        dataloader_pin_memory=False,
        **{**defaults, **options},
    )


def trainer_of(
    kind: type[Trainer],
    folder: str | Path,
    n: int,
    batches: Any = None,
    collator: Callable[[list[Any]], Any] | None = None,
    **options: Any,
) -> Any:
    """A Trainer with a fresh model; ``batches`` makes its training batches."""
    trainer = kind(
        Recorder(),
        arguments(folder, **options),
        data_collator=collator,
        train_dataset=Samples(n),
        eval_dataset=Samples(N_EVALUATED),
    )
    trainer.remove_callback(transformers.PrinterCallback)
    if batches is not None:
        trainer.train_batch_sampler = batches
    return trainer


def trained(trainer: Any, checkpoint: str | Path | None = None) -> dict[str, Any]:
    """Trains, and returns what reached the model."""
    gc.freeze()  # the Trainer collects garbage, which takes longer than these trainings
    try:
        trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
    finally:
        gc.unfreeze()
    model = trainer.model
    return {"seen": model.seen, "noise": model.noise, "steps": trainer.state.global_step}


def kinds_of(loader: Any) -> list[type[Any]]:
    """The classes of a loader's batch sampler and of what it holds, from the outside in."""
    found = []
    part = loader.batch_sampler
    while part is not None:
        found.append(type(part))
        held = getattr(part, "__dict__", {})
        part = held.get("batch_sampler", held.get("sampler"))
    return found


def resumed(make: Callable[..., Any], folder: str | Path, step: int, **options: Any) -> Any:
    """What a whole training sees, and what one sees that goes on from a checkpoint of it.

    ``make(folder, **options)`` makes a Trainer with data, samplers and a model of its own. The
    global generator is elsewhere when training goes on.
    """
    saving = {"save_strategy": "steps", "save_steps": step, "num_train_epochs": 3}
    whole = trained(make(folder, **{**saving, **options}))
    torch.manual_seed(99)
    fresh = make(folder, **{**saving, **options})
    rest = trained(fresh, Path(folder, f"checkpoint-{step}"))
    return {"whole": whole, "rest": rest}


def predicted(trainer: Any) -> dict[str, Any]:
    """What reaches the model in evaluation and prediction, and the predictions as users get them.

    The model predicts the index.
    """
    trainer.evaluate()
    evaluated, trainer.model.evaluated = trainer.model.evaluated, []
    predictions = trainer.predict(Samples(N_EVALUATED)).predictions
    return {
        "evaluated": evaluated,
        "predicted": trainer.model.evaluated,
        "predictions": predictions.tolist(),
    }
