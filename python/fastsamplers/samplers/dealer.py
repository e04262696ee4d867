"""Items of an order that one rank has, cut out of the order's streams as they go by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fastsamplers import _core
from fastsamplers.samplers.share import Piece


class Dealer:
    """Goes through the items of one rank while the streams of all indices go by."""

    def __init__(self, pieces: list[Piece], block: int, indices: int) -> None:
        self._block = block
        self._indices = indices
        self._items = -(-indices // block)
        self._pieces = [piece for piece in pieces if piece.first < self._items]
        self._inner = 0  # indices of the present item that have been dealt
        # What lies beyond the last item, where the order begins again.
        self.padding: list[Piece] = []
        for k, piece in enumerate(self._pieces):
            within = min(piece.count, -(-(self._items - piece.first) // piece.stride))
            self._pieces[k] = Piece(piece.first, piece.stride, within)
            self._pad(piece.after(within))
        for piece in pieces:
            if piece.first >= self._items:
                self._pad(piece)

    def _pad(self, piece: Piece) -> None:
        for k in range(piece.count):
            self.padding.append(Piece((piece.first + k * piece.stride) % self._items, 1, 1))

    def deal_all(
        self,
        streams: Iterable[_core.IndexStream],
        place: int,
        kept: list[_core.IndexStream] | None = None,
    ) -> Iterator[_core.IndexStream]:
        """What of the streams is this rank's; the first one stands at ``place``.

        Those that can be read again are kept.
        """
        for stream in streams:
            end = place + len(stream) - stream.position
            yield from self.deal(stream, stream.position - place, end)
            if not stream.may_read_ahead:  # the generator moves on for all ranks alike
                stream.seek(len(stream))
            elif kept is not None and len(stream) > 0:
                kept.append(stream)
            place = end

    def deal(self, stream: _core.IndexStream, offset: int, end: int) -> Iterator[_core.IndexStream]:
        """What of ``stream`` is this rank's; its index k has the place k - offset, up to end."""
        block = self._block
        while self._pieces:
            piece = self._pieces[0]
            first = piece.first * block + self._inner
            if first >= end:
                return
            item_end = min((piece.first + 1) * block, self._indices)
            if self._inner or item_end > end or item_end - piece.first * block < block:
                stop = min(item_end, end)
                count = stop - first
                yield _core.block_shard(stream, first + offset, count, count, count)
                if stop < item_end:
                    self._inner += count
                    return
                self._inner = 0
                self._advance(1)
                continue
            most = (min(end, self._indices) // block - 1 - piece.first) // piece.stride + 1
            items = min(piece.count, most)
            if len(self._pieces) > 1 and not stream.may_read_ahead:
                # Shards read to the end of their last period, where the next piece may begin.
                items = max(1, items - 1)
            if items == 1:
                yield _core.block_shard(stream, first + offset, block, block, block)
                self._advance(1)
                continue
            period = piece.stride * block
            if block == 1:
                yield _core.strided_shard(stream, first + offset, period, items)
            else:
                yield _core.block_shard(stream, first + offset, block, period, items * block)
            self._advance(items)

    def _advance(self, items: int) -> None:
        piece = self._pieces[0]
        if items == piece.count:
            self._pieces.pop(0)
        else:
            self._pieces[0] = piece.after(items)
