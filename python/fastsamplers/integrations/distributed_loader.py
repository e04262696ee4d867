"""One rank's share of what a loader would load, in the samplers that frameworks leave alone.

Lightning and Ray put a sampler of their own into each loader whose ``sampler`` is no
``torch.utils.data.DistributedSampler``. Here every loader gets one that is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch.utils.data

from fastsamplers.integrations.exchange import exchange, is_indexed, with_sampler
from fastsamplers.samplers.distributed import DistributedSampler
from fastsamplers.samplers.planned import PlannedBatchSampler
from fastsamplers.samplers.ranked import present_ranks
from fastsamplers.samplers.wrapper import DistributedSamplerWrapper

_torch = torch.utils.data


class PlannedShare(_torch.DistributedSampler[Any]):
    """A batch sampler by length with the ranks of the process group, looked up when needed.

    It is the loader's ``batch_sampler``, and its ``sampler`` as well: frameworks that look for a
    ``DistributedSampler`` there find one.

    Args:
        batches (BucketBatchSampler, MaxTokensBatchSampler or PackedBatchSampler): with
            ``num_replicas=1``, or the ranks that the process group has.
        ranks (tuple of int, optional): this rank and how many there are, instead of the group's.

    Raises:
        ValueError, RuntimeError: torch's, at the first use, where there is no process group.
        ValueError: at the first use, when the group has another number of ranks than ``batches``.
    """

    def __init__(self, batches: PlannedBatchSampler, ranks: tuple[int, int] | None = None) -> None:
        # Not torch's: there is no dataset, and there may be no group yet.
        self.batches = batches
        self._ranks = ranks
        self._is_ranked = False

    def _ranked(self) -> PlannedBatchSampler:
        if not self._is_ranked:
            rank, ranks = self._ranks or present_ranks()
            give_ranks(self.batches, ranks, rank)
            self._is_ranked = True
        return self.batches

    @property
    def num_replicas(self) -> int:  # type: ignore[override]
        """Ranks of the process group."""
        return self._ranked().num_replicas

    @property
    def rank(self) -> int:  # type: ignore[override]
        """This rank."""
        return self._ranked().rank

    @property
    def sampler(self) -> Any:
        """That of the batch sampler, whose epoch frameworks set."""
        return self.batches.sampler

    def __iter__(self) -> Iterator[Any]:
        return iter(self._ranked())

    def __len__(self) -> int:
        return len(self._ranked())

    def set_epoch(self, epoch: int) -> None:
        """Sets the batch sampler's epoch."""
        self.batches.set_epoch(epoch)

    def seek(self, position: int) -> None:
        """As that of the batch sampler."""
        self._ranked().seek(position)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.batches!r})"


def give_ranks(batches: PlannedBatchSampler, num_replicas: int, rank: int) -> None:
    """Makes a batch sampler of one rank that of ``rank``; ValueError if it has others already."""
    if batches.num_replicas not in (1, num_replicas):
        raise ValueError(
            f"num_replicas should be 1 or the number of processes, {num_replicas}, but got "
            f"num_replicas={batches.num_replicas}"
        )
    if batches.num_replicas == num_replicas > 1 and batches.rank != rank:
        raise ValueError(f"rank should be that of the process, {rank}, but got rank={batches.rank}")
    batches.num_replicas, batches.rank = num_replicas, rank


class BatchesShare(DistributedSamplerWrapper):
    """One rank's batches of a batch sampler that is not of this package, for a loader.

    It has no ``batch_size``: Lightning makes anew what has one.
    """

    @property
    def batch_size(self) -> int | None:
        """No attribute."""
        raise AttributeError(f"{type(self).__name__!r} object has no attribute 'batch_size'")


def distribute(
    loader: Any,
    order: Callable[[Any], Any],
    share: Callable[[Any], Any],
    drop_last: bool | None = None,
    padding: str = "repeat",
) -> None:
    """Gives a loader the share of one rank, in place; nothing where it has one, or no samplers.

    Args:
        loader (DataLoader): of a dataset that is indexed.
        order: the sampler of one rank, of the loader's, where that is one of torch's two orders of
            a whole dataset.
        share: the same, of any other sampler.
        drop_last: replaces that of the loader's own batches.
        padding: of batches that come from a batch sampler of others.
    """
    if not is_indexed(loader):
        return
    batches = loader.batch_sampler
    if isinstance(batches, PlannedBatchSampler):
        planned = PlannedShare(batches)
        exchange(loader, sampler=planned, batch_sampler=planned)
        return
    ranked = _ranked_sampler(loader)
    if ranked is not None:
        exchange(loader, sampler=ranked)  # where frameworks look
        return
    is_batched = isinstance(batches, _torch.BatchSampler)
    if batches is not None and not is_batched:
        dealt = BatchesShare(batches, padding=padding)
        exchange(loader, sampler=dealt, batch_sampler=dealt)
        return
    sampler = batches.sampler if is_batched else loader.sampler
    known = isinstance(sampler, _torch.SequentialSampler | _torch.RandomSampler)
    made = order(sampler) if known else share(sampler)
    if not is_batched:
        exchange(loader, sampler=made)
        return
    kept = with_sampler(batches, made)
    if drop_last is not None:
        kept.drop_last = drop_last
    exchange(loader, sampler=made, batch_sampler=kept)


def _ranked_sampler(loader: Any) -> Any:
    """What of a loader's samplers knows its rank; None where nothing does."""
    batches = loader.batch_sampler
    for part in (batches, getattr(batches, "sampler", None), loader.sampler):
        if isinstance(part, _torch.DistributedSampler):
            return part
    return None


def sampler_of(loader: Any) -> Any:
    """What puts a loader's indices in order, as far as it can be known."""
    batches = loader.batch_sampler
    return loader.sampler if batches is None else getattr(batches, "sampler", batches)


def is_shuffled(loader: Any) -> bool:
    """Whether a loader says that its order is random, as frameworks ask it."""
    return isinstance(sampler_of(loader), _torch.RandomSampler)


def whole_order(dataset: Any, shuffle: bool, seed: int) -> Callable[[Any], Any]:
    """``order`` of ``distribute``: torch's ``DistributedSampler`` of the process group's ranks."""
    return lambda _: DistributedSampler(dataset, None, None, shuffle, seed)
