"""Fast samplers for Ray Train, whose own would drop what a loader's sampler does."""

from __future__ import annotations

from typing import Any

import ray.train
import ray.train.torch
from torch.utils.data import SequentialSampler

from fastsamplers.integrations.distributed_loader import distribute, sampler_of, whole_order
from fastsamplers.integrations.exchange import exchange, faster, require_loader
from fastsamplers.samplers.wrapper import DistributedSamplerWrapper

__all__ = ["prepare_data_loader"]


def prepare_data_loader(
    data_loader: Any,
    add_dist_sampler: bool = True,
    move_to_device: bool = True,
    auto_transfer: bool = True,
) -> Any:
    """``ray.train.torch.prepare_data_loader``, with a share of the loader's own samplers.

    Torch's two orders of a whole dataset become what Ray would put in, a ``DistributedSampler``
    with ``seed=0`` that shuffles if they do. Any other sampler, which Ray would overwrite, is dealt
    out; a batch sampler by length gets the ranks. The loader's other options, of which Ray keeps
    only some, stay. As with Ray, call ``loader.sampler.set_epoch(epoch)`` before each epoch.

    Args:
        data_loader (DataLoader): before its first pass; it is changed.
        add_dist_sampler, move_to_device, auto_transfer: Ray's.

    Returns:
        What Ray returns.

    Raises:
        TypeError: ``data_loader`` is no torch ``DataLoader``.
        ValueError: its persistent workers have begun.

    Source: ``ray.train.torch.prepare_data_loader``.
    """
    require_loader(data_loader)
    exchange(data_loader)  # its errors, before anything has changed
    if add_dist_sampler and ray.train.get_context().get_world_size() > 1:
        shuffle = not isinstance(sampler_of(data_loader), SequentialSampler)
        order = whole_order(data_loader.dataset, shuffle, 0)
        distribute(data_loader, order, _share)
    return ray.train.torch.prepare_data_loader(
        data_loader,
        add_dist_sampler=False,
        move_to_device=move_to_device,
        auto_transfer=auto_transfer,
    )


def _share(sampler: Any) -> Any:
    return DistributedSamplerWrapper(faster(sampler))
