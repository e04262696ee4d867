"""One rank's share of a pass over an order that all ranks compute alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from fastsamplers import _core
from fastsamplers._state import State
from fastsamplers.samplers.sampler_pass import Pass
from fastsamplers.samplers.share import Contiguous, Deal, Interleaved, Piece, without_first

if TYPE_CHECKING:
    from fastsamplers.samplers.ranked import RankedSampler


# What is left of an order of which nobody has had anything.
_WHOLE: dict[str, Interleaved | Contiguous] = {
    "interleaved": Interleaved(),
    "contiguous": Contiguous(),
}


class RankPass(Pass):
    """A pass whose state is free of ranks: it tells what all of them have had.

    Epoch, length and ranks are those at ``iter()``, as torch's ``DistributedSampler`` has it.

    Attributes:
        epoch: of the pass.
        total: length of the global order.
        deal: how it is dealt out.
        rest: what was left of it when this pass, or the state it goes on from, began.
        order: the stream of the global order, where the sampler makes it at ``iter()``.
        engine: what a permutation is shuffled by.
    """

    sampler: RankedSampler
    epoch: int
    total: int
    deal: Deal
    rest: Interleaved | Contiguous
    order: _core.IndexStream | None = None
    engine: _core.Mt19937 | None = None

    def __init__(self, sampler: RankedSampler, arrays: bool = False) -> None:
        # Not the base's: there is no generator to look for.
        self.sampler = sampler
        self._arrays = arrays
        self.total = n = sampler._total()
        self.epoch = sampler._next_epoch()
        # torch makes the order before it cuts the share, and errors come in that order.
        sampler._fix_order(self)
        self._whole = sampler._share(n)
        self.deal = sampler._deal()
        self.rest = _WHOLE[self.deal.layout]

    def __iter__(self) -> Iterator[_core.IndexStream]:
        self.rest = self._coming_rest()
        self.start = self.sampler._take_start()
        self.sampler._forget_rest()
        self.sampler._begin_epoch(self.epoch)
        yield from self._begin()
        self.sampler._end_epoch(self.epoch)

    def _later(self) -> Iterator[_core.IndexStream]:
        yield from self._begin()
        self.sampler._end_epoch(self.epoch)

    def pieces(self) -> Iterator[Piece]:
        """The places of this rank that are left."""
        if self.rest is _WHOLE["interleaved"]:
            pieces = [self._whole]
        else:
            pieces = self.rest.pieces(self.deal, self.total)
        return without_first(pieces, self.start)

    def shards(self, order: _core.IndexStream) -> Iterable[_core.IndexStream]:
        """The streams of this rank, of the stream of the global order."""
        if self.start == 0 and self.rest is _WHOLE["interleaved"]:  # most passes, without detours
            return (_core.strided_shard(order, *self._whole),)
        return [
            _core.strided_shard(order, piece.first, piece.stride, piece.count)
            for piece in self.pieces()
        ]

    def _place(self, position: int) -> dict[str, int | str]:
        had = self._left_out(self.sampler) + position
        rest = self._coming_rest().moved(self.deal, self.total, had)
        return {"epoch": int(self.epoch), **rest.fields()}

    def _coming_rest(self) -> Interleaved | Contiguous:
        """What is left, or will be when the pass begins."""
        if self._has_begun or self._is_loaded:
            return self.rest
        return self.sampler._put_off_rest or self.rest

    def _take_place(self, given: State) -> None:
        self.epoch = given.integer("epoch", -(2**63), 2**64 - 1)
        self.rest, self.start = type(self.rest).of_state(given, self.deal, self.total)
        if isinstance(self.rest, Interleaved) and self.rest.origin == 0:
            self.rest = _WHOLE["interleaved"]
        self.sampler._fix_order(self)

    def put_off(self) -> None:
        """The next pass of the sampler will be this one, of which nothing has been read."""
        self.sampler._put_off(self.rest, self.start)
        self.sampler._has_begun_epoch = False

    def _settle(self) -> None:
        # Some loaders hand back a state when the next epoch has been set, and is about to begin.
        sampler = self.sampler
        sampler._forget_rest()
        if not (sampler._is_epoch_chosen and (self._has_ended or not sampler.auto_epoch)):
            sampler._go_to_epoch(self.epoch)
