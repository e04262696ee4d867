"""Samplers of this package in the place of others, within a loader that stays what it is."""

from __future__ import annotations

from typing import Any

import torch.utils.data

from fastsamplers.samplers import (
    BatchSampler,
    DistributedSampler,
    RandomSampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)

_torch = torch.utils.data


def faster(sampler: Any) -> Any:
    """A sampler of this package with the same indices, where ``sampler`` is one of torch's.

    Subclasses are left as they are: they may do something else. So is anything that is not known.
    """
    kind = type(sampler)
    if kind is _torch.SequentialSampler:
        return SequentialSampler(sampler.data_source)
    if kind is _torch.RandomSampler:
        options = sampler.replacement, sampler._num_samples, sampler.generator
        return RandomSampler(sampler.data_source, *options)
    if kind is _torch.SubsetRandomSampler:
        return SubsetRandomSampler(sampler.indices, sampler.generator)
    if kind is _torch.WeightedRandomSampler:
        options = sampler.num_samples, sampler.replacement, sampler.generator
        return WeightedRandomSampler(sampler.weights, *options)
    if kind is _torch.DistributedSampler:
        ranks = sampler.num_replicas, sampler.rank
        options = sampler.shuffle, sampler.seed, sampler.drop_last
        made = DistributedSampler(sampler.dataset, *ranks, *options)
        made.set_epoch(sampler.epoch)
        return made
    if kind is _torch.BatchSampler:
        return BatchSampler(faster(sampler.sampler), sampler.batch_size, sampler.drop_last)
    return sampler


def exchange(loader: Any, **samplers: Any) -> None:
    """Gives a loader, of which no pass has begun, another ``sampler`` or ``batch_sampler``.

    Raises:
        TypeError: ``loader`` is no torch ``DataLoader``.
        ValueError: it keeps an iterator that knows its samplers already.
    """
    require_loader(loader)
    present = getattr(loader, "_iterator", None)
    is_fresh = getattr(loader, "_initial_iter_for_state_dict", False)
    if present is not None and not is_fresh:
        raise ValueError(
            "loader should be adapted before its first pass, but got one that has begun"
        )
    if not samplers:
        return
    vars(loader).update(samplers)  # torch lets nobody assign them
    if present is None:
        return
    # torchdata's loader, which Accelerate has asked for its first state.
    if loader.num_workers == 0:  # nothing has been drawn yet but the iterator's own seed
        present._index_sampler = loader._index_sampler
        present._sampler_iter = iter(loader._index_sampler)
    else:
        loader._iterator = None
        loader._initial_iter_for_state_dict = False


def require_loader(loader: Any) -> None:
    """TypeError for what is no torch DataLoader."""
    if not isinstance(loader, _torch.DataLoader):
        raise TypeError(f"loader should be a torch DataLoader, but got {loader!r}")


def is_indexed(loader: Any) -> bool:
    """Whether a loader has samplers at all."""
    return not isinstance(loader.dataset, _torch.IterableDataset)


def with_sampler(batches: Any, sampler: Any) -> Any:
    """A batch sampler over another sampler: a faster one, or the same with ``sampler`` in it."""
    if type(batches) is _torch.BatchSampler:
        return BatchSampler(sampler, batches.batch_size, batches.drop_last)
    batches.sampler = sampler
    return batches
