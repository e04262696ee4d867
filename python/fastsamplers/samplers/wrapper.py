"""One rank's share of any other sampler, or batch sampler."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from fastsamplers import _core, _threads, _validate
from fastsamplers.samplers.batch import BatchSampler
from fastsamplers.samplers.ranked import RankedSampler
from fastsamplers.samplers.replay import ReplayIterator
from fastsamplers.samplers.rounds import RoundsIterator
from fastsamplers.samplers.sampler_pass import Pass
from fastsamplers.samplers.share import Interleaved
from fastsamplers.samplers.stream import StreamSampler, is_read_through_streams
from fastsamplers.samplers.wrapped_pass import WrappedPass

if TYPE_CHECKING:
    from fastsamplers._core import _BatchPlan


class DistributedSamplerWrapper(RankedSampler):
    """Every num_replicas-th item of another sampler, which all ranks iterate over alike.

    Items are indices, or the batches of a batch sampler. Of a sampler of this package a rank
    computes what it needs of its own share; of any other one, whose iterator it asks for at the
    first item, it reads all items and keeps its own.
    The sampler has to give the same order on all ranks: give it a generator with one seed for all.
    ``seek`` counts this rank's items; a ``seek`` of the sampler itself is for its own next pass.

    Args:
        sampler (Sampler, BatchSampler or sized iterable): what is dealt out.
        num_replicas (int, optional): number of ranks; default from the process group.
        rank (int, optional): this rank; default from the process group.
        padding (str, keyword only): ``"repeat"`` begins again with the first items until all ranks
            have as many; ``"none"`` gives every item exactly once.
        layout (str, keyword only): ``"interleaved"``, rank r has items r, r + num_replicas, ...;
            ``"contiguous"``, the r-th run of them.

    Raises:
        TypeError: ``sampler`` has no length.
        ValueError: the rank is not in [0, num_replicas), or an option is none of those above.
        ValueError, RuntimeError: at the first pass, torch's, when a rank has to be looked up and
            there is no process group.

    Memory and work: the sampler's own for this rank's items; no list of items is held.
    State: the sampler's, at the place that all ranks together have reached; over samplers of others
    with ``layout="contiguous"`` that of this rank.
    Source: what the wrappers of several projects around ``DistributedSampler`` do with a list.
    """

    def __init__(
        self,
        sampler: Any,
        num_replicas: int | None = None,
        rank: int | None = None,
        *,
        padding: str = "repeat",
        layout: str = "interleaved",
    ) -> None:
        self.sampler = sampler
        len(sampler)  # torch's error for what has none, whether or not there is a process group
        self._set_up(sampler, num_replicas, rank, False, 0, False, padding=padding, layout=layout)

    def __len__(self) -> int:
        self._renew_sizes()
        return self.num_samples

    def _renew_sizes(self) -> None:
        """The number of items may depend on the sampler's epoch."""
        self._require_ranks()
        n = len(self.sampler)
        self.num_samples = size = self._deal().size(n)
        self.total_size = n if self.padding == "none" else size * self.num_replicas

    def set_epoch(self, epoch: int) -> None:
        """Forwards ``epoch`` to the sampler, if that depends on one."""
        super().set_epoch(epoch)
        set_epoch = getattr(self.sampler, "set_epoch", None)
        if set_epoch is not None:
            set_epoch(epoch)

    @property
    def batch_size(self) -> int | None:
        """That of a batch sampler."""
        try:
            return self.sampler.batch_size  # type: ignore[no-any-return]
        except AttributeError:
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute 'batch_size'"
            ) from None

    # Over a sampler of this package.

    def _is_of_batches(self) -> bool:
        """Whether what is wrapped are batches that are cut from streams."""
        sampler = self.sampler
        return (
            isinstance(sampler, BatchSampler)
            and type(sampler).__iter__ is BatchSampler.__iter__
            and is_read_through_streams(sampler.sampler)
            and not isinstance(sampler.sampler, RankedSampler)
            and sampler._is_plain()
        )

    def _pass_is_served(self) -> bool:
        sampler = self.sampler
        return is_read_through_streams(sampler) and not isinstance(sampler, RankedSampler)

    def _new_pass(self, arrays: bool = False) -> Pass:
        self._renew_sizes()
        return WrappedPass(self, self.sampler, 1, self.sampler._pass_length(), arrays)

    def _pass_subset(self) -> StreamSampler | None:
        return self.sampler._pass_subset()  # type: ignore[no-any-return]

    def _batch_plan(self, output: str, size: int | None = None) -> _BatchPlan:
        self._renew_sizes()
        batches = self.sampler
        sampler = batches.sampler
        block = batches.batch_size
        indices = sampler._pass_length()
        if batches.drop_last:
            indices -= indices % block
        run = WrappedPass(self, sampler, block, indices, arrays=output != "list")
        subset = sampler._pass_subset() if output == "list" else None
        made: Any = torch.from_numpy if output == "torch" else output
        sizes = run if run.is_uneven and size is None else None
        return run, subset, size or block, sizes, False, made

    def blocks(self, size: int = 65536) -> Iterator[npt.NDArray[np.int64]]:
        """Iterates over the indices of the same pass as int64 arrays, across batch borders.

        Raises:
            ValueError: ``size`` is not a positive int.
            TypeError: at a block, if the sampler gives no integers.
            MemoryError: at a block that does not fit; it comes when there is room.
        """
        size = min(_validate.positive_int("size", size), sys.maxsize)
        if self._is_of_batches():
            _threads.settle()
            return _core.BatchIterator(lambda: self._batch_plan("numpy", size))
        return super().blocks(size)

    # Over anything else.

    def _other_iterator(self) -> Iterator[Any]:
        if self._is_of_batches():
            return _core.BatchIterator(lambda: self._batch_plan(self.sampler.output))
        self._renew_sizes()
        if self.layout == "contiguous":
            return ReplayIterator(self, self._run)
        return RoundsIterator(self)

    def _coming_left_out(self) -> int:
        """Items, of all ranks together, that the next pass leaves out."""
        rest = self._put_off_rest
        left_out = rest.origin if isinstance(rest, Interleaved) else 0
        return left_out + self._start * self._deal().num_replicas

    def _take_left_out(self) -> int:
        left_out = self._coming_left_out()
        self._start = 0
        self._forget_rest()
        return left_out

    def _run(self) -> Iterator[Any]:
        n = len(self.sampler)
        deal = self._deal()
        first = deal.first_of_run(n)
        end = first + deal.size(n)
        head = []
        for place, item in enumerate(self.sampler):
            if place < end - n:
                head.append(copy.copy(item))
            if first <= place < end:
                yield item
        for place in range(max(first, n), end):
            yield copy.copy(head[(place - n) % n])

    def _repr_fields(self) -> dict[str, Any]:
        return {
            "sampler": self.sampler,
            "num_replicas": vars(self).get("num_replicas"),
            "rank": vars(self).get("rank"),
            "padding": self.padding,
            "layout": self.layout,
        }
