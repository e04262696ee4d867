"""What each rank has of a whole, by slices."""

from __future__ import annotations

from typing import Any


def share(items: list[Any], ranks: int, rank: int, padding: str, layout: str) -> list[Any]:
    """What a rank has of the whole."""
    n = len(items)
    if padding == "none":
        if layout == "interleaved":
            return items[rank::ranks]
        first = rank * (n // ranks) + min(rank, n % ranks)
        return items[first : first + n // ranks + (rank < n % ranks)]
    size = -(-n // ranks)
    padded = [items[k % n] for k in range(size * ranks)]
    return padded[rank::ranks] if layout == "interleaved" else padded[rank * size :][:size]
