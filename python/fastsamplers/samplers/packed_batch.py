"""Batches of packed sequences."""

from __future__ import annotations

from typing import Any

import torch
import torch.utils.data

from fastsamplers import _core, _lengths, _validate
from fastsamplers.samplers.planned import PlannedBatchSampler


class PackedBatchSampler(PlannedBatchSampler):
    """Bins of samples that together are no longer than a capacity, to be packed into one sequence.

    The bins are those of ``functional.pack``, the same in every epoch; their order is shuffled.

    Args:
        lengths (array, Tensor or sequence of int): shape (n,), n < 2**32, of any integer dtype;
            arrays, tensors and memory maps are read where they are, and must not change.
        capacity (int): of a bin, any positive one.
        algorithm (str, keyword only): ``"bfd"``, best-fit decreasing; ``"ffd"``, first-fit
            decreasing, the leftmost bin; ``"sequential"``, in the dataset's order, each sample into
            the bin opened last if it fits.
        batch_size (int, keyword only): bins in a batch; the last one may have fewer. As an
            attribute it is ``bins_per_batch``: batches have no number of samples in common, and
            loaders that find a ``batch_size`` count on one.
        shuffle (bool, keyword only): without it bins come in the order they were opened.
        drop_last (bool, keyword only): leave out bins that fill no batch, and batches that not
            every rank can have one of, at random; otherwise the last step repeats some of its own.
        seed (int, keyword only): equal on all ranks; with ``set_epoch`` it decides the order.
        generator (torch.Generator, optional, keyword only): draws one int64 a pass, at its first
            batch, in place of ``seed`` and epoch; in the same state on all ranks.
        num_replicas, rank (int, keyword only): number of ranks, and this one.

    Raises:
        TypeError, ValueError: lengths are not integers of one dimension, or one is below zero; a
            sample is longer than the capacity (its index and length are named); an option is none
            of those above.
        MemoryError: at the first batch or ``len``, when the bins cannot fit.

    Yields the fresh ``list[int]`` of a bin's indices, in the order they were put in; with
    ``batch_size`` > 1 a list of such lists. Warns (UserWarning) where all lengths are zero. The
    first pass, ``len`` or ``efficiency`` packs: work and memory as ``functional.pack``; 4 bytes a
    sample and 4 a bin are kept. Passes begin at once.
    Source: Johnson, "Near-optimal bin packing algorithms" (1973).
    """

    def __init__(
        self,
        lengths: Any,
        capacity: int,
        *,
        algorithm: str = "bfd",
        batch_size: int = 1,
        shuffle: bool = True,
        drop_last: bool = False,
        seed: int = 0,
        generator: torch.Generator | None = None,
        num_replicas: int = 1,
        rank: int = 0,
    ) -> None:
        self.capacity = _validate.positive_index("capacity", capacity)
        self.algorithm = _validate.one_of("algorithm", algorithm, _validate.PACKINGS)
        self.bins_per_batch = _validate.positive_index("batch_size", batch_size)
        super().__init__(
            lengths,
            shuffle=shuffle,
            drop_last=drop_last,
            seed=seed,
            generator=generator,
            num_replicas=num_replicas,
            rank=rank,
        )
        _lengths.require_within(self._survey(), "capacity", self.capacity)
        if len(self._survey()) > 0 and self._survey().greatest == 0:
            _lengths.warn_if_equal(self._survey(), "all samples fit into one bin", stacklevel=3)

    @property
    def num_bins(self) -> int:
        """Bins of the packing, on all ranks together."""
        return len(self._bins())

    @property
    def efficiency(self) -> float:
        """Tokens in all bins by what the bins could hold; 1.0 where there are no bins."""
        room = self.num_bins * self.capacity
        return self._survey().total / room if room else 1.0

    def _bins(self) -> _core.Bins:
        bins: _core.Bins = self._keep((self.capacity, self.algorithm), self._pack)
        return bins

    def _pack(self) -> _core.Bins:
        surveyed = self._survey()
        room = _lengths.as_word("capacity", self.capacity, surveyed.total)
        return _core.pack(surveyed, room, self.algorithm)

    def _plan(self, seed: int, epoch: int) -> _core.BatchPlan:
        size = min(self.bins_per_batch, 2**62)
        return _core.packed_plan(self._bins(), size, self.shuffle, self.drop_last, seed, epoch)

    def _batch_count(self) -> int:
        bins = self.num_bins
        return bins // self.bins_per_batch if self.drop_last else -(-bins // self.bins_per_batch)

    def _plan_fields(self) -> dict[str, int | str]:
        return {
            "algorithm": f"packed-{self.algorithm}-{_core.PLAN_VERSION}",
            "capacity": self.capacity,
            "batch_size": self.bins_per_batch,
        }

    def _options(self) -> dict[str, Any]:
        return {
            "capacity": self.capacity,
            "algorithm": self.algorithm,
            "batch_size": self.bins_per_batch,
        }
