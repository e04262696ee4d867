"""One rank's share of another sampler's pass, dealt out as its streams come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from fastsamplers import _core
from fastsamplers._state import State
from fastsamplers.samplers.dealer import Dealer
from fastsamplers.samplers.sampler_pass import Pass
from fastsamplers.samplers.share import Contiguous, Interleaved, Piece, without_first

if TYPE_CHECKING:
    from fastsamplers.samplers.stream import StreamSampler
    from fastsamplers.samplers.wrapper import DistributedSamplerWrapper


class WrappedPass(Pass):
    """A pass of the wrapped sampler, of which this rank reads its items.

    An item is ``block`` consecutive indices: a batch, or one index. The state is the wrapped
    sampler's, at the place that all ranks together have reached.
    """

    def __init__(
        self,
        wrapper: DistributedSamplerWrapper,
        sampler: StreamSampler,
        block: int,
        indices: int,
        arrays: bool = False,
    ) -> None:
        super().__init__(sampler, arrays)
        self._wrapper = wrapper
        self._block = block
        self._indices = indices  # that belong to items
        self._items = -(-indices // block)
        self._deal = wrapper._deal()
        self._rest_of: Interleaved | Contiguous = Interleaved()
        if self._deal.layout == "contiguous":
            self._rest_of = Contiguous()
        self._had = 0  # items of this rank that are left out
        self._sizes: Iterator[int] | None = None

    def _forget(self) -> None:
        arguments = self._wrapper, self.sampler, self._block, self._indices, self._arrays
        vars(self).clear()
        self.__init__(*arguments)  # type: ignore[misc]

    def __iter__(self) -> Iterator[_core.IndexStream]:
        self.generator = getattr(self.sampler, "generator", None)
        self._rest_of = self._coming_rest()
        self._had = self._wrapper._take_start()
        self._wrapper._forget_rest()
        yield from self._begin()

    @property
    def is_uneven(self) -> bool:
        """Whether a batch that is not full may be followed by another one."""
        return (
            self._indices % self._block > 0
            and self._deal.layout == "contiguous"
            and self._deal.padding == "repeat"
        )

    @property
    def batch_size(self) -> int:
        """That of the next item, each time it is asked for."""
        if self._sizes is None:
            self._sizes = self._item_sizes(self._left_out_items())
        return next(self._sizes, self._block)

    def _coming_length(self) -> int:
        items = self._deal.size(self._items) - self._left_out_items()
        return min(items * self._block, self._deal.size(self._indices))

    def _coming_rest(self) -> Interleaved | Contiguous:
        if self._has_begun or self._is_loaded:
            return self._rest_of
        return self._wrapper._put_off_rest or self._rest_of

    def _left_out_items(self) -> int:
        return self._had if self._has_begun or self._is_loaded else self._wrapper._start

    def _item_sizes(self, had: int) -> Iterator[int]:
        for piece in without_first(self._coming_rest().pieces(self._deal, self._items), had):
            for k in range(piece.count):
                item = (piece.first + k * piece.stride) % self._items
                yield min(self._block, self._indices - item * self._block)

    def _begin(self) -> Iterable[_core.IndexStream]:
        pieces = list(without_first(self._rest_of.pieces(self._deal, self._items), self._had))
        own = [piece for piece in pieces if piece.first < self._items]
        self.start = own[0].first * self._block if own else self._indices
        return self._dealt(super()._begin(), pieces)

    def _dealt(
        self, streams: Iterable[_core.IndexStream], pieces: list[Piece]
    ) -> Iterator[_core.IndexStream]:
        dealer = Dealer(pieces, self._block, self._indices)
        kept: list[_core.IndexStream] = []
        yield from dealer.deal_all(streams, self.start, kept)
        whole = kept[0] if len(kept) == 1 and len(kept[0]) == self._indices else None
        for item in dealer.padding:
            again = Dealer([item], self._block, self._indices)
            if whole is not None:
                yield from again.deal(whole, 0, self._indices)
            else:
                yield from again.deal_all(self.again(), 0)

    def _place(self, position: int) -> dict[str, int | str]:
        items = self._left_out_items() + -(-position // self._block)
        rest = self._coming_rest().moved(self._deal, self._items, items)
        fields = rest.fields()
        if isinstance(rest, Interleaved):
            return {"position": min(rest.origin * self._block, self._indices)}
        return {**fields, "item_size": self._block}

    def _take_place(self, given: State) -> None:
        if isinstance(self._rest_of, Contiguous):
            given.require({"item_size": self._block})
            self._rest_of, self._had = Contiguous.of_state(given, self._deal, self._items)
            return
        rest, _ = Interleaved.of_state(given, self._deal, self._indices)
        if rest.origin % self._block and rest.origin != self._indices:
            raise ValueError(
                f"position of the state should be a multiple of the batch size {self._block}, but "
                f"got position={rest.origin}"
            )
        self._rest_of = Interleaved(-(-rest.origin // self._block))

    def _settle(self) -> None:
        self._wrapper._start = 0
        self._wrapper._forget_rest()

    def put_off(self) -> None:
        """The next pass of the wrapper will be this one, of which nothing has been read."""
        self._wrapper._put_off(self._rest_of, self._had)
