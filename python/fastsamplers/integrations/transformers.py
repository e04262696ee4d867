"""Fast samplers for the Trainer of Hugging Face, and batches by length."""

from __future__ import annotations

from typing import Any

from transformers.trainer_pt_utils import LengthGroupedSampler as _LengthGroupedSampler

from fastsamplers.integrations.accelerate import adapt
from fastsamplers.integrations.exchange import faster
from fastsamplers.samplers.length_grouped import LengthGroupedSampler
from fastsamplers.samplers.sequential import SequentialSampler

__all__ = ["TrainerMixin"]


class TrainerMixin:
    """Put before ``transformers.Trainer``, or a subclass of it: the same batches, by fast samplers.

    ``class FastTrainer(TrainerMixin, Trainer): ...``

    Samplers of torch and ``LengthGroupedSampler`` become those of this package; what Accelerate
    makes of the loaders is adapted by ``fastsamplers.integrations.accelerate.adapt``. Steps,
    epochs, resume from a checkpoint in the middle of an epoch, and all arguments stay the
    Trainer's.

    Attributes:
        train_batch_sampler (batch sampler by length, optional): makes the training batches instead
            of ``per_device_train_batch_size``; to be set before ``train()``. It gets the Trainer's
            ranks, and its epochs. Of a ``PackedBatchSampler`` with ``batch_size`` > 1 the collator
            is given lists.

    Raises:
        TypeError, ValueError: as ``adapt``, at the first ``get_train_dataloader``.

    Source: ``transformers.Trainer``.
    """

    train_batch_sampler: Any = None

    def _get_train_sampler(self, *arguments: Any, **options: Any) -> Any:
        if self.train_batch_sampler is not None:
            # It will take this one's place: the Trainer's might read all samples for their lengths.
            return SequentialSampler(self.train_dataset)  # type: ignore[attr-defined]
        made = super()._get_train_sampler(*arguments, **options)  # type: ignore[misc]
        return _faster(made)

    def _get_eval_sampler(self, *arguments: Any, **options: Any) -> Any:
        return _faster(super()._get_eval_sampler(*arguments, **options))  # type: ignore[misc]

    def get_train_dataloader(self) -> Any:
        """The Trainer's, adapted."""
        loader = super().get_train_dataloader()  # type: ignore[misc]
        return adapt(loader, self.train_batch_sampler)

    def get_eval_dataloader(self, *arguments: Any, **options: Any) -> Any:
        """The Trainer's, adapted."""
        return _adapted(super().get_eval_dataloader(*arguments, **options))  # type: ignore[misc]

    def get_test_dataloader(self, *arguments: Any, **options: Any) -> Any:
        """The Trainer's, adapted."""
        return _adapted(super().get_test_dataloader(*arguments, **options))  # type: ignore[misc]


def _adapted(loader: Any) -> Any:
    base = getattr(loader, "base_dataloader", loader)
    # The Trainer keeps loaders whose workers persist: they have been adapted before.
    return loader if getattr(base, "_iterator", None) is not None else adapt(loader)


def _faster(sampler: Any) -> Any:
    if type(sampler) is not _LengthGroupedSampler:
        return faster(sampler)
    try:
        return LengthGroupedSampler(
            sampler.batch_size, lengths=sampler.lengths, generator=sampler.generator
        )
    except (TypeError, ValueError):  # lengths that are no integers, or below zero
        return sampler
