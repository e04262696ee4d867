"""Batches of samples of like length."""

from __future__ import annotations

from typing import Any

import torch

from fastsamplers import _core, _lengths, _validate
from fastsamplers.samplers.planned import PlannedBatchSampler


class BucketBatchSampler(PlannedBatchSampler):
    """Batches of samples of like length, in an order that shows no trend in length.

    The samples are shuffled and cut into windows of ``window`` batches; each window is sorted by
    length, equal lengths at random, and cut into batches; the batches are shuffled. A step gives
    all ranks batches of about one length.

    Args:
        lengths (array, Tensor or sequence of int): shape (n,), n < 2**32, of any integer dtype;
            arrays, tensors and memory maps are read where they are, and must not change.
        batch_size (int): samples in a batch; one of them, of the last window, may have fewer. With
            one rank that is the last one.
        window (int, keyword only): batches in a window. More of them waste less padding, fewer of
            them mix more.
        shuffle (bool, keyword only): without it windows are cut from the dataset's order, and
            batches come as they are cut.
        drop_last (bool, keyword only): leave out samples that fill no batch, and batches that not
            every rank can have one of, at random; otherwise the last step repeats some of its own.
        seed (int, keyword only): equal on all ranks; with ``set_epoch`` it decides the order.
        generator (torch.Generator, optional, keyword only): draws one int64 a pass, at its first
            batch, in place of ``seed`` and epoch; in the same state on all ranks.
        num_replicas, rank (int, keyword only): number of ranks, and this one.

    Raises:
        TypeError, ValueError: lengths are not integers of one dimension, or one is below zero; an
            option is none of those above.
        MemoryError: at the first batch, when the plan cannot fit.

    Yields fresh ``list[int]``. Warns (UserWarning) where all lengths are equal. A pass plans its
    batches first: O(n) work, about 20 ns a sample, shared among ``get_num_threads()`` threads; 4
    bytes a sample while it lasts. ``len`` is O(1) and the same in every epoch.
    Source: the mega-batches of ``transformers``' ``LengthGroupedSampler``, cut into whole batches,
    in an order of ours.
    """

    def __init__(
        self,
        lengths: Any,
        batch_size: int,
        *,
        window: int = 50,
        shuffle: bool = True,
        drop_last: bool = False,
        seed: int = 0,
        generator: torch.Generator | None = None,
        num_replicas: int = 1,
        rank: int = 0,
    ) -> None:
        self.batch_size = _validate.positive_index("batch_size", batch_size)
        self.window = _validate.positive_index("window", window)
        super().__init__(
            lengths,
            shuffle=shuffle,
            drop_last=drop_last,
            seed=seed,
            generator=generator,
            num_replicas=num_replicas,
            rank=rank,
        )
        _lengths.warn_if_equal(self._survey(), "grouping by length does nothing", stacklevel=3)

    def _plan(self, seed: int, epoch: int) -> _core.BatchPlan:
        sizes = min(self.batch_size, 2**62), min(self.window, 2**62)
        return _core.bucket_plan(self._survey(), *sizes, self.shuffle, self.drop_last, seed, epoch)

    def _prepare(self) -> None:
        sizes = min(self.batch_size, 2**62), min(self.window, 2**62)
        _core.require_bucket_memory(self._survey(), *sizes)

    def _batch_count(self) -> int:
        n = len(self._survey())
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)

    def _plan_fields(self) -> dict[str, int | str]:
        return {
            "algorithm": f"buckets-{_core.PLAN_VERSION}",
            "batch_size": self.batch_size,
            "window": self.window,
        }

    def _options(self) -> dict[str, Any]:
        return {"batch_size": self.batch_size, "window": self.window}
