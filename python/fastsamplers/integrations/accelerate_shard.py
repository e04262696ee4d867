"""Accelerate's share of a batch sampler for one process, without the batches of the others."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import accelerate.data_loader
import torch.utils.data

from fastsamplers import _core, _threads, _validate
from fastsamplers.samplers.batch import BatchSampler
from fastsamplers.samplers.dealer import Dealer
from fastsamplers.samplers.planned import PlannedBatchSampler
from fastsamplers.samplers.ranked import RankedSampler
from fastsamplers.samplers.sampler_pass import Pass
from fastsamplers.samplers.share import Piece
from fastsamplers.samplers.stream import StreamSampler, is_read_through_streams

_TorchDistributed = torch.utils.data.DistributedSampler


class BatchSamplerShard(accelerate.data_loader.BatchSamplerShard):
    """``accelerate.data_loader.BatchSamplerShard``: the same batches, without those of others.

    Over a ``BatchSampler`` of this package and a sampler of it, a process computes its own batches,
    those of the first round, and the rest that is not a whole round, which Accelerate's code fills
    up. Over a batch sampler by length it takes that one's share for this rank; over a sampler that
    knows its rank it passes on what that gives. Over anything else it is Accelerate's.

    Args:
        batch_sampler (BatchSampler): what is dealt out. A batch sampler by length that has
            ``num_replicas=1`` gets these ranks, but with ``split_batches``.
        num_processes, process_index, split_batches, even_batches: Accelerate's.

    Raises:
        ValueError: Accelerate's, or the sampler has another number of ranks than there are
            processes.

    Work and memory: those of this process's batches; over anything else, Accelerate's.
    Source: ``accelerate.data_loader.BatchSamplerShard``.
    """

    batch_size: Any
    # Batches of this process that the next pass leaves out.
    _start = 0

    def __init__(
        self,
        batch_sampler: Any,
        num_processes: int = 1,
        process_index: int = 0,
        split_batches: bool = False,
        even_batches: bool = True,
    ) -> None:
        super().__init__(batch_sampler, num_processes, process_index, split_batches, even_batches)
        self.ranks = num_processes, process_index
        self._is_passed_on = _knows_its_rank(batch_sampler, num_processes)
        if isinstance(batch_sampler, PlannedBatchSampler) and not (
            split_batches or self._is_passed_on
        ):
            batch_sampler.num_replicas = num_processes
            batch_sampler.rank = process_index
            self._is_passed_on = True
        if self._is_passed_on:
            # A gathered last step has nothing that was filled up, as far as Accelerate can tell.
            self.batch_size = None
            self.num_processes = 1
            self.process_index = 0

    @property
    def sampler(self) -> Any:
        """That of the batch sampler, whose epoch Accelerate sets."""
        return self.batch_sampler.sampler

    @sampler.setter
    def sampler(self, sampler: Any) -> None:
        self.batch_sampler.sampler = sampler

    def set_epoch(self, epoch: int) -> None:
        """Forwards ``epoch`` to what depends on one."""
        _forward_epoch(self.batch_sampler, epoch)

    def __len__(self) -> int:
        if self._is_passed_on:
            return len(self.batch_sampler)
        return super().__len__()  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[Any]:
        if not self._is_passed_on and self._is_cut():
            return self._own_batches()
        batches = iter(self.batch_sampler if self._is_passed_on else super().__iter__())
        start, self._start = self._start, 0
        return itertools.islice(batches, start, None) if start else batches

    def _is_cut(self) -> bool:
        """Whether batches are cut from streams."""
        batches = self.batch_sampler
        return (
            isinstance(batches, BatchSampler)
            and type(batches).__iter__ is BatchSampler.__iter__
            and is_read_through_streams(batches.sampler)
            and not isinstance(batches.sampler, RankedSampler)
            and batches._is_plain()
            and batches.batch_size == self.batch_size
            and batches.drop_last == self.drop_last
        )

    def _own_batches(self) -> Iterator[Any]:
        # A generator, like Accelerate's: nothing happens before the first batch is asked for.
        _threads.settle()
        batches = self.batch_sampler
        start, self._start = self._start, 0
        run = ShardPass(self, batches.sampler, start)
        plan = run, batches.sampler._pass_subset(), run.block, None, False, "list"
        blocks = _core.BatchIterator(lambda: plan)
        own = self._of_blocks(run, blocks, start) if run.has_rest else blocks
        yield from own if batches.output == "list" else map(batches._as_array, own)

    def _of_blocks(
        self, run: ShardPass, blocks: Iterator[list[int]], start: int
    ) -> Iterator[list[int]]:
        """Accelerate's code over the first round and the rest, with what lies between put in."""
        batches: Iterable[list[int]] = blocks
        if self.split_batches:
            batches = _joined(blocks, self.num_processes)
        few = _FewBatches(batches, self.batch_size)
        ranks = self.num_processes, self.process_index
        original = accelerate.data_loader.BatchSamplerShard
        own = iter(original(few, *ranks, self.split_batches, self.even_batches))
        if run.rounds > 0:
            first = next(own)
            if start == 0:
                yield first
            yield from itertools.islice(blocks, run.between)
        yield from itertools.islice(own, max(0, start - run.rounds), None)

    def seek(self, position: int) -> None:
        """The next pass starts at batch ``position`` of this process.

        Args:
            position (int): batches to leave out, in [0, ``len(self)``]; 0 takes it back.

        Raises:
            TypeError, ValueError: ``position`` is no such int; nothing has changed.

        Work as that of the sampler's ``seek``; over what is Accelerate's, batches are left out.
        """
        place = _validate.position(position, len(self))
        if self._is_passed_on and hasattr(self.batch_sampler, "seek"):
            self.batch_sampler.seek(place)
        else:
            self._start = place


class _FewBatches:
    """What Accelerate's code asks of a batch sampler."""

    drop_last = False

    def __init__(self, batches: Iterable[list[int]], batch_size: int) -> None:
        self._batches = batches
        self.batch_size = batch_size

    def __iter__(self) -> Iterator[list[int]]:
        return iter(self._batches)


def _joined(blocks: Iterator[list[int]], count: int) -> Iterator[list[int]]:
    """Batches of ``count`` blocks."""
    while parts := list(itertools.islice(blocks, count)):
        yield [index for part in parts for index in part]


class ShardPass(Pass):
    """A pass of which one process reads its own blocks of indices.

    Attributes:
        block: indices in a block: a batch, or a process's part of one.
        rounds: in how many rounds each process has a block of its own.
        has_rest: whether something is left after them that is not dropped. Then all blocks of the
            first round are read, and all that are left.
        between: how many blocks of this process lie between these, or are all that is read.
    """

    def __init__(self, shard: BatchSamplerShard, sampler: StreamSampler, start: int) -> None:
        super().__init__(sampler)
        self._shard = shard
        ranks = shard.num_processes
        first_index = sampler._take_start()  # of a seek of the sampler itself
        self._first_index = first_index
        self._indices = indices = sampler._pass_length() - first_index
        self.block = shard.batch_size // ranks if shard.split_batches else shard.batch_size
        self.rounds = indices // (ranks * self.block)
        self.has_rest = not shard.drop_last and indices % (ranks * self.block) > 0
        first = 1 if self.has_rest else 0  # a round that is read as a whole
        self._skipped = min(max(0, start - first), max(0, self.rounds - first))
        self.between = self.rounds - first - self._skipped

    def _pieces(self) -> list[Piece]:
        ranks, rank, rounds = self._shard.num_processes, self._shard.process_index, self.rounds
        first = (rounds - self.between) * ranks + rank
        pieces = [Piece(first, ranks, self.between)]
        if self.has_rest:
            head = ranks if rounds else 0
            blocks = -(-self._indices // self.block)
            rest = Piece(rounds * ranks, 1, blocks - rounds * ranks)
            pieces = [Piece(0, 1, head), *pieces, rest]
        return [piece for piece in pieces if piece.count]

    def _begin(self) -> Iterable[_core.IndexStream]:
        self._has_begun = True
        self.start = self._first_index
        dealer = Dealer(self._pieces(), self.block, self._indices)
        return dealer.deal_all(self.sampler._pass_streams(self), 0)


def _knows_its_rank(batches: Any, num_processes: int) -> bool:
    """Whether a batch sampler gives this rank's batches already; ValueError for other ranks."""
    knows = isinstance(batches, PlannedBatchSampler)
    holder = batches if knows else getattr(batches, "sampler", None)
    if not (knows or isinstance(holder, _TorchDistributed)):
        holder = batches if isinstance(batches, _TorchDistributed) else None
    ranks = getattr(holder, "num_replicas", 1)
    if holder is None or ranks == 1:
        return False
    if ranks != num_processes:
        raise ValueError(
            "num_replicas should be 1 or the number of processes, "
            f"{num_processes}, but got num_replicas={ranks}"
        )
    return True


class SkipBatchSampler(accelerate.data_loader.SkipBatchSampler):
    """``accelerate.data_loader.SkipBatchSampler``, which seeks where the batch sampler can.

    Args:
        batch_sampler: whose first batches are left out, of each pass.
        skip_batches (int): how many.

    Source: ``accelerate.data_loader.SkipBatchSampler``.
    """

    def __iter__(self) -> Iterator[Any]:
        batches = self.batch_sampler
        skipped = self.skip_batches
        if isinstance(batches, BatchSampler | PlannedBatchSampler | BatchSamplerShard):
            batches.seek(min(skipped, len(batches)))
            skipped = 0
        yield from itertools.islice(batches, skipped, None)

    @property
    def sampler(self) -> Any:
        """That of the batch sampler, whose epoch Accelerate sets."""
        return self.batch_sampler.sampler

    def set_epoch(self, epoch: int) -> None:
        """Forwards ``epoch`` to what depends on one."""
        _forward_epoch(self.batch_sampler, epoch)


def _forward_epoch(batches: Any, epoch: int) -> None:
    for part in (batches, getattr(batches, "sampler", None)):
        set_epoch = getattr(part, "set_epoch", None)
        if set_epoch is not None:
            set_epoch(epoch)
            return
