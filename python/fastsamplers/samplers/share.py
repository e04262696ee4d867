"""How an order of n places is dealt out to ranks, and the rest of it to other ranks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from fastsamplers._state import State

PADDINGS = ("repeat", "none")
LAYOUTS = ("interleaved", "contiguous")
# More than any state that is not damaged has.
_MOST_RANKS = 2**20


class Piece(NamedTuple):
    """Places first, first + stride, ... of an order, ``count`` of them, modulo its length."""

    first: int
    stride: int
    count: int  # type: ignore[assignment]  # no tuple is counted in here

    def after(self, skipped: int) -> Piece:
        """The piece without its first places."""
        return Piece(self.first + skipped * self.stride, self.stride, self.count - skipped)


class Deal(NamedTuple):
    """By which rule places are dealt out: to whom, in which layout, what becomes of the tail."""

    num_replicas: int
    rank: int
    drop_last: bool = False
    padding: str = "repeat"
    layout: str = "interleaved"

    def size(self, n: int) -> int:
        """How many of n places the rank has."""
        if self.drop_last:
            return n // self.num_replicas
        if self.padding == "none":
            return n // self.num_replicas + (self.rank < n % self.num_replicas)
        return -(-n // self.num_replicas)

    def first_of_run(self, n: int) -> int:
        """Where the contiguous run of this rank begins, among n places."""
        if self.drop_last or self.padding == "repeat":
            return self.rank * self.size(n)
        return self.rank * (n // self.num_replicas) + min(self.rank, n % self.num_replicas)


class Interleaved:
    """Rank r has places r, r + num_replicas, ... of what is left from ``origin`` on."""

    def __init__(self, origin: int = 0) -> None:
        self.origin = origin

    def pieces(self, deal: Deal, n: int) -> list[Piece]:
        """What the rank has; beyond n the order begins again."""
        count = deal.size(max(0, n - self.origin))
        if count == 0:
            return []
        return [Piece(self.origin + deal.rank, deal.num_replicas, count)]

    def moved(self, deal: Deal, n: int, position: int) -> Interleaved:
        """The deal of the rest when each rank has had ``position`` more places."""
        return Interleaved(min(n, self.origin + position * int(deal.num_replicas)))

    def fields(self) -> dict[str, int | str]:
        """The fields of a state."""
        return {"position": self.origin}

    @staticmethod
    def of_state(given: State, deal: Deal, n: int) -> tuple[Interleaved, int]:
        """What is left, and how much of it this rank has had."""
        if "layout" in given:
            raise _other_layout(given, "interleaved")
        return Interleaved(given.integer("position", 0, n)), 0


class Contiguous:
    """Rank r has the r-th of equal runs of what is left.

    Runs of which each rank has had its part leave holes: what is left is a list of spans. It is
    told by what has been ``taken``: so many ranks, and how much each of them had, one after the
    other wherever the number of ranks changed.
    """

    def __init__(self, taken: tuple[tuple[int, int], ...] = ()) -> None:
        self._taken = taken

    def pieces(self, deal: Deal, n: int) -> list[Piece]:
        """What the rank has; beyond n the order begins again."""
        spans = self._spans(deal, n)
        length = _length(spans)
        size = deal.size(length)
        first = deal.first_of_run(length)
        pieces = [Piece(a, 1, b - a) for a, b in _cut(spans, first, first + size)]
        padding = size - sum(piece.count for piece in pieces)
        if padding > 0:
            pieces.append(Piece(n + max(0, first - length), 1, padding))
        return pieces

    def _spans(self, deal: Deal, n: int) -> list[tuple[int, int]]:
        spans = [(0, n)] if n > 0 else []
        for ranks, had in self._taken:
            if had == 0:
                continue
            length = _length(spans)
            holes = []
            for rank in range(ranks):
                mine = deal._replace(num_replicas=ranks, rank=rank)
                first = min(length, mine.first_of_run(length))
                holes.append((first, min(length, first + min(had, mine.size(length)))))
            spans = _without(spans, holes)
        return spans

    def moved(self, deal: Deal, n: int, position: int) -> Contiguous:
        """The deal of the rest when each rank has had ``position`` more places."""
        return Contiguous((*self._taken, (int(deal.num_replicas), position)))

    def had(self, deal: Deal) -> tuple[Contiguous, int]:
        """The deal before the last one, and what each rank has had of it, if the ranks are as many.

        Then its runs go on as they were.
        """
        if self._taken and self._taken[-1][0] == deal.num_replicas:
            return Contiguous(self._taken[:-1]), self._taken[-1][1]
        return self, 0

    def fields(self) -> dict[str, int | str]:
        """The fields of a state."""
        taken = self._taken
        return {
            "layout": "contiguous",
            "position": sum(ranks * had for ranks, had in taken),
            "taken": text_of_taken(taken),
        }

    @staticmethod
    def of_state(given: State, deal: Deal, n: int) -> tuple[Contiguous, int]:
        """What is left, and how much of it this rank has had."""
        if "layout" not in given or given.text("layout") != "contiguous":
            raise _other_layout(given, "contiguous")
        text = given.text("taken")
        taken = taken_of_text(text, n)
        contiguous = Contiguous(taken)
        given.require({"position": contiguous.fields()["position"]})
        for k, (ranks, had) in enumerate(taken):
            length = _length(Contiguous(tuple(taken[:k]))._spans(deal, n))
            if had > deal._replace(num_replicas=ranks, rank=0).size(length):
                raise ValueError(
                    f"taken of the state should be no more than there was, but got taken={text!r}"
                )
        return contiguous.had(deal)


def taken_of_text(text: str, most: int) -> tuple[tuple[int, int], ...]:
    """(ranks, what each of them has had, at most ``most``), in turn, from the field of a state."""
    taken = []
    try:
        for part in text.split(",") if text else []:
            ranks, had = map(int, part.split("x"))
            if not 1 <= ranks <= _MOST_RANKS or not 0 <= had <= most:
                raise ValueError
            taken.append((ranks, had))
    except ValueError:
        raise ValueError(
            f"taken of the state should be ranks x places, comma by comma, but got taken={text!r}"
        ) from None
    return tuple(taken)


def text_of_taken(taken: Iterable[tuple[int, int]]) -> str:
    """The same as the field of a state."""
    return ",".join(f"{ranks}x{had}" for ranks, had in taken)


def steps_of(batches: int, num_replicas: int, drop_last: bool) -> int:
    """How many of so many batches each rank has: the last ones are left out, or repeated."""
    return batches // num_replicas if drop_last else -(-batches // num_replicas)


def _other_layout(given: State, layout: str) -> ValueError:
    taken = given.text("layout") if "layout" in given else "interleaved"
    return ValueError(
        f"layout of the state should be that of the sampler, {layout!r}, but got layout={taken!r}"
    )


def _length(spans: Iterable[tuple[int, int]]) -> int:
    return sum(b - a for a, b in spans)


def _cut(spans: list[tuple[int, int]], first: int, end: int) -> list[tuple[int, int]]:
    """Places first to end of the concatenated spans, as spans."""
    cut = []
    offset = 0
    for a, b in spans:
        low, high = max(a, a + first - offset), min(b, a + end - offset)
        if low < high:
            cut.append((low, high))
        offset += b - a
    return cut


def _without(spans: list[tuple[int, int]], holes: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The concatenated spans without some of their places, which are given in order."""
    left: list[tuple[int, int]] = []
    offset = 0
    k = 0
    for a, b in spans:
        place = a
        while k < len(holes) and holes[k][0] - offset < b - a:
            first, end = (a + hole - offset for hole in holes[k])
            if place < first:
                left.append((place, first))
            place = max(place, end)
            if end > b:  # goes on in the next span
                break
            k += 1
        if place < b:
            left.append((place, b))
        offset += b - a
    return left


def without_first(pieces: list[Piece], skipped: int) -> Iterator[Piece]:
    """The pieces after their first ``skipped`` places."""
    for piece in pieces:
        left_out = min(skipped, piece.count)
        skipped -= left_out
        if left_out < piece.count:
            yield piece.after(left_out)


def padding_of(pieces: list[Piece], n: int) -> int:
    """How many of a rank's places are repetitions: those from n on, which are its last."""
    return sum(
        piece.count - max(0, min(piece.count, -(-(n - piece.first) // piece.stride)))
        for piece in pieces
    )
