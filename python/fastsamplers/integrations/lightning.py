"""Fast samplers for Lightning, which leaves them alone.

In distributed training Lightning puts its own sampler into each loader, which makes lists of all
indices, on every rank, in every epoch. Here is the same order as kernels.
"""

from __future__ import annotations

import os
from typing import Any

from fastsamplers import _validate
from fastsamplers.integrations.distributed_loader import (
    PlannedShare,
    distribute,
    is_shuffled,
    whole_order,
)
from fastsamplers.integrations.exchange import exchange, faster, is_indexed, require_loader
from fastsamplers.integrations.lightning_sampler import DistributedSamplerWrapper
from fastsamplers.samplers import DistributedSamplerWrapper as PlainWrapper
from fastsamplers.samplers.planned import PlannedBatchSampler

__all__ = ["DistributedSamplerWrapper", "adapt"]

_STAGES = ("train", "evaluate", "predict")


def adapt(loader: Any, trainer: Any, *, stage: str = "train", shuffle: bool | None = None) -> Any:
    """Gives a loader the samplers that Lightning would put into it, as those of this package.

    Samplers that torch made for a whole dataset become a ``DistributedSampler`` of the process
    group's ranks; others are dealt out by ``DistributedSamplerWrapper``; a batch sampler by length
    gets the ranks, so that all have batches of about one length in each step, and as many steps.
    Without a distributed strategy, samplers of torch become those of this package.

    Args:
        loader (DataLoader): before its first pass; made anywhere, in a hook or before the trainer.
        trainer (lightning.Trainer): which will use it.
        stage (str, keyword only): ``"train"``, ``"evaluate"``, or ``"predict"``, where nothing is
            repeated to fill up ranks.
        shuffle (bool, optional, keyword only): whether the ranks' indices are shuffled by
            Lightning's seed and the epoch. Default is what Lightning does: in training always, also
            what another sampler has put in order; else where the loader shuffles.

    Returns:
        ``loader``, which has been changed. Loaders of an ``IterableDataset``, and those that have a
        ``DistributedSampler``, are left alone, as they are by Lightning.

    Raises:
        TypeError: ``loader`` is no torch ``DataLoader``.
        ValueError: its persistent workers have begun, or the stage is unknown.

    The order is Lightning's bit for bit but where ``shuffle`` is given.
    Source: ``lightning.pytorch.trainer.connectors.data_connector``.
    """
    require_loader(loader)
    _validate.one_of("stage", stage, _STAGES)
    exchange(loader)  # its errors, before anything has changed
    if trainer.distributed_sampler_kwargs is None or not _deals_out(trainer):
        _make_faster(loader, stage)
        return loader
    if shuffle is None:
        shuffle = (stage == "train" or is_shuffled(loader)) and not trainer.overfit_batches
    is_predicting = stage == "predict"
    # In prediction Lightning looks at the epoch alone.
    seed = 0 if is_predicting else int(os.getenv("PL_GLOBAL_SEED", "0"))
    padding = "none" if is_predicting else "repeat"

    def share(sampler: Any) -> Any:
        if shuffle:
            return DistributedSamplerWrapper(faster(sampler), seed=seed, padding=padding)
        return PlainWrapper(faster(sampler), padding=padding)

    order = share if is_predicting else whole_order(loader.dataset, shuffle, seed)
    distribute(loader, order, share, False if is_predicting else None, padding)
    return loader


def _deals_out(trainer: Any) -> bool:
    """Whether samplers are Lightning's affair; otherwise they are the user's."""
    connector = getattr(trainer, "_accelerator_connector", None)
    return bool(getattr(connector, "use_distributed_sampler", True))


def _make_faster(loader: Any, stage: str) -> None:
    if not is_indexed(loader):
        return
    batches = loader.batch_sampler
    if isinstance(batches, PlannedBatchSampler):
        if stage == "predict":  # where Lightning makes anew what has a batch_size
            ranks = batches.rank, batches.num_replicas
            exchange(loader, batch_sampler=PlannedShare(batches, ranks))
        return
    exchange(loader, sampler=faster(loader.sampler), batch_sampler=faster(batches))
