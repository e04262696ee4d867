"""Fast samplers for what ``accelerate.Accelerator.prepare`` has made of a loader.

Accelerate exchanges a ``RandomSampler`` for one that draws Python ints, and lets every process read
the batches of all. Here are the same batches without either.
"""

from __future__ import annotations

from typing import Any

import accelerate
import accelerate.data_loader
import torch.utils.data

from fastsamplers.integrations.accelerate_sampler import SeedableRandomSampler
from fastsamplers.integrations.accelerate_shard import BatchSamplerShard, SkipBatchSampler
from fastsamplers.integrations.exchange import exchange, faster, is_indexed, with_sampler
from fastsamplers.samplers.planned import PlannedBatchSampler

__all__ = [
    "BatchSamplerShard",
    "SeedableRandomSampler",
    "SkipBatchSampler",
    "adapt",
    "skip_first_batches",
]

_original = accelerate.data_loader


def adapt(loader: Any, batch_sampler: PlannedBatchSampler | None = None) -> Any:
    """Gives a prepared loader fast samplers; its batches stay what they are.

    Samplers of torch, and Accelerate's ``SeedableRandomSampler``, are exchanged for those of this
    package, and each process computes its own batches alone. Samplers that know their rank, a
    ``DistributedSampler`` or batch sampler by length with ``num_replicas`` > 1, are not dealt out a
    second time, which Accelerate would do. Batch samplers by length that do not know it are told:
    all processes then have batches of about one length in each step, and as many steps.

    Args:
        loader (DataLoader): what ``Accelerator.prepare`` has returned, before its first pass.
        batch_sampler (batch sampler by length, optional): makes the batches, instead of what the
            loader has: a ``BucketBatchSampler``, ``MaxTokensBatchSampler`` or
            ``PackedBatchSampler``.

    Returns:
        ``loader``, which has been changed. Nothing is done where an ``IterableDataset`` is loaded,
        or where one process reads for all (``dispatch_batches``) and a rank would be of no use.

    Raises:
        TypeError: ``loader`` is no loader, or ``batch_sampler`` is no batch sampler by length.
        ValueError: the sampler is for another number of processes, or the pass has begun.

    Source: ``accelerate.data_loader.prepare_data_loader``.
    """
    base = loader.base_dataloader if hasattr(loader, "base_dataloader") else loader
    if batch_sampler is not None and not isinstance(batch_sampler, PlannedBatchSampler):
        raise TypeError(
            f"batch_sampler should be a batch sampler by length, but got {batch_sampler!r}"
        )
    exchange(base)  # its errors, before anything has changed
    if not is_indexed(base):
        return loader
    dispatches = isinstance(loader, _original.DataLoaderDispatcher)
    name = "batch_sampler"
    if base.batch_sampler is None and isinstance(base.sampler, torch.utils.data.BatchSampler):
        name = "sampler"  # of a loader that was given batches as samples
    batches = getattr(base, name)
    if batches is None:
        exchange(base, sampler=_fast(base.sampler))
        return loader
    exchange(base, **{name: _adapted(batches, batch_sampler, dispatches)})
    return loader


def _adapted(batches: Any, planned: Any, dispatches: bool) -> Any:
    if isinstance(batches, _original.SkipBatchSampler):
        inner = _adapted(batches.batch_sampler, planned, dispatches)
        return SkipBatchSampler(inner, batches.skip_batches)
    if isinstance(batches, BatchSamplerShard) and planned is None:
        return batches  # adapted before
    if isinstance(batches, _original.BatchSamplerShard):
        inner = _fast_batches(batches.batch_sampler) if planned is None else planned
        ranks = batches.num_processes, batches.process_index
        if isinstance(batches, BatchSamplerShard):
            ranks = batches.ranks
        return BatchSamplerShard(inner, *ranks, batches.split_batches, batches.even_batches)
    if planned is not None:
        if planned.num_replicas != 1:
            raise ValueError(
                "batch_sampler should have num_replicas=1 where one process reads, but got "
                f"num_replicas={planned.num_replicas}"
            )
        batches = planned
    if isinstance(batches, PlannedBatchSampler) and batches.num_replicas == 1 and not dispatches:
        return BatchSamplerShard(batches)
    return _fast_batches(batches)


def _fast_batches(batches: Any) -> Any:
    sampler = getattr(batches, "sampler", None)
    if not isinstance(batches, torch.utils.data.BatchSampler) or sampler is None:
        return batches
    return with_sampler(batches, _fast(sampler))


def _fast(sampler: Any) -> Any:
    if type(sampler) is _original.SeedableRandomSampler:
        return SeedableRandomSampler.like(sampler)
    return faster(sampler)


def skip_first_batches(loader: Any, num_batches: int = 0) -> Any:
    """``accelerate.skip_first_batches``, in the time of a ``seek``, and with epochs that reach.

    Args:
        loader (DataLoader): prepared and adapted.
        num_batches (int): batches of this process that have been trained on in this epoch.

    Returns:
        A loader of the rest of the epoch; ``loader`` itself has the epochs after it.

    Raises:
        TypeError, ValueError: what ``accelerate.skip_first_batches`` raises.

    A batch sampler by length needs the epoch first: ``loader.set_epoch(epoch)``.
    Source: ``accelerate.data_loader.skip_first_batches``.
    """
    rest = accelerate.skip_first_batches(loader, num_batches)
    base = rest.base_dataloader if hasattr(rest, "base_dataloader") else rest
    for name in ("batch_sampler", "sampler"):
        made = vars(base).get(name)
        if type(made) is _original.SkipBatchSampler:
            exchange(base, **{name: SkipBatchSampler(made.batch_sampler, made.skip_batches)})
    return rest
