"""Plans of batches by length in plain Python: what (lengths, options, seed, epoch) are, and stay.

Written from the headers in csrc/fastsamplers/batch, on the plain-Python index shuffle. Nothing of
the package is used here: the tests compare the kernels with it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

from shuffle_reference import ReferenceShuffle, SplitMix64, mix64

VERSION = "1"
SAMPLES, STEPS, RANKS, CLASSES, BINS = 1, 2, 3, 4, 5

Batches = list[list[int]]


def plan_seed(seed: int, purpose: int, number: int = 0) -> int:
    return SplitMix64(seed % 2**64, purpose, number).next()


def shuffled(items: list[int], seed: int, epoch: int) -> list[int]:
    shuffle = ReferenceShuffle(len(items), seed, epoch) if items else None
    return [items[shuffle.value_at(place)] for place in range(len(items))] if shuffle else []


def buckets(
    lengths: list[int],
    batch_size: int,
    window: int,
    shuffle: bool,
    drop_last: bool,
    seed: int,
    epoch: int,
) -> Batches:
    n = len(lengths)
    order = list(range(n))
    if shuffle:
        order = shuffled(order, plan_seed(seed, SAMPLES), epoch)
    if drop_last:
        order = order[: n - n % batch_size]
    batches: Batches = []
    for first in range(0, len(order), window * batch_size):
        sorted_window = sorted(order[first : first + window * batch_size], key=lengths.__getitem__)
        batches += [
            sorted_window[k : k + batch_size] for k in range(0, len(sorted_window), batch_size)
        ]
    if shuffle:
        batches.sort(key=lambda batch: lengths[batch[-1]])
    return batches


FEW = 64


def class_of(length: int, bits: int = 6) -> tuple[int, int]:
    """Its highest bits, and how many follow."""
    more = max(0, length.bit_length() - bits)
    return more, length >> more


def class_by_limit(limit: Callable[[int], int], most: int) -> Callable[[int], Any]:
    """Of a length of which so many fit: where they are few, equal numbers, too."""
    return lambda length: (class_of(length), min(limit(length), most, FEW + 1))


def class_by_sum(budget: int) -> Callable[[int], Any]:
    """Of a length that is added up: finer ones where few fit."""
    return lambda length: class_of(length, 9 if length and budget // length <= FEW else 6)


def cut(
    lengths: list[int],
    fits: Callable[[list[int]], bool],
    class_at: Callable[[int], Any],
    multiple: int = 1,
) -> Batches:
    """``fits``: whether samples as long as these, from the longest down, are within the budget."""
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    longest: list[int] = []  # of each sample's class
    for _, run in groupby(order, key=lambda index: class_at(lengths[index])):
        members = list(run)
        longest += [lengths[members[0]]] * len(members)
    batches: Batches = []
    start = 0
    while start < len(order):
        end = start + 1
        while end < len(order) and fits(longest[start : end + 1]):
            end += 1
        if end - start >= multiple:
            end -= (end - start) % multiple
        batches.append(order[start:end])
        start = end
    return batches


def exchanged(
    batches: Batches, lengths: list[int], class_at: Callable[[int], Any], seed: int, epoch: int
) -> Batches:
    """The same cut with the samples of each class shuffled."""
    order = [index for batch in batches for index in batch]
    mixed: list[int] = []
    for number, (_, run) in enumerate(groupby(order, key=lambda index: class_at(lengths[index]))):
        mixed += shuffled(list(run), plan_seed(seed, CLASSES, number), epoch)
    new = iter(mixed)
    return [[next(new) for _ in batch] for batch in batches]


def steps(
    batches: int,
    num_replicas: int,
    shuffle: bool,
    drop_last: bool,
    seed: int,
    epoch: int,
    taken: tuple[tuple[int, int], ...] = (),
    short: int | None = None,
) -> list[list[int]]:
    """The batch of each rank in each step; one rank has the short batch last."""
    left = list(range(batches))
    for stage, (ranks, had) in enumerate(taken):
        dealt = deal(left, ranks, shuffle, drop_last, seed, epoch, stage, short)
        gone = {batch for step in dealt[:had] for batch in step}
        left = [batch for batch in left if batch not in gone]
    return deal(left, num_replicas, shuffle, drop_last, seed, epoch, len(taken), short)


def deal(
    left: list[int],
    ranks: int,
    shuffle: bool,
    drop_last: bool,
    seed: int,
    epoch: int,
    stage: int,
    short: int | None = None,
) -> list[list[int]]:
    full, rest = divmod(len(left), ranks)
    words = SplitMix64(plan_seed(seed, RANKS, stage), epoch % 2**64)
    turn_seed = words.next()
    tail_at = words.next() % len(left) if shuffle and rest else full * ranks
    if shuffle and ranks == 1 and short in left:
        full, rest, tail_at = len(left) - 1, 1, left.index(short)
    tail = [left[(tail_at + k) % len(left)] for k in range(rest)]
    others = [batch for batch in left if batch not in tail]
    groups = list(range(full))
    if shuffle:
        groups = shuffled(groups, plan_seed(seed, STEPS, stage), epoch)
    members = [others[group * ranks : (group + 1) * ranks] for group in groups]
    if tail and not drop_last:
        members.append(tail)
    return [
        [
            batch[(rank + (mix64((turn_seed + step) % 2**64) if shuffle else 0)) % len(batch)]
            for rank in range(ranks)
        ]
        for step, batch in enumerate(members)
    ]
