"""What users write themselves: packing in plain Python, at its best."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence


def best_fit_decreasing(lengths: Sequence[int], capacity: int) -> list[list[int]]:
    """Bins of indices, by a sorted list of what is left of each bin."""
    bins: list[list[int]] = []
    # A bin and its room in one number, which is compared faster than a tuple.
    rooms: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True):
        length = lengths[index]
        place = bisect_left(rooms, length << 32)
        if place == len(rooms):
            room = capacity << 32 | len(bins)
            bins.append([index])
        else:
            room = rooms.pop(place)
            bins[room & 0xFFFFFFFF].append(index)
        insort(rooms, room - (length << 32))
    return bins
