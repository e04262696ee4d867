"""The batch samplers by length in plain Python, word by word: what test_*_batch.py and
test_planned_*.py hold ours against.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

import fastsamplers
from fastsamplers import IndexShuffle

# One batch, as a sampler yields it: indices, or the indices of each of its bins.
Batch = list[Any]

_MASK = 2**64 - 1
# What a shuffle is for, which is part of its seed.
_SAMPLES, _STEPS, _RANKS, _CLASSES, _BINS = range(1, 6)


def mix64(word: int) -> int:
    word &= _MASK
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB & _MASK
    return word ^ (word >> 31)


class Words:
    """SplitMix64."""

    def __init__(self, *absorbed: int) -> None:
        self.state = 0
        for word in absorbed:
            self.state = mix64(self.state + 0x9E3779B97F4A7C15 + word)

    def next(self) -> int:
        self.state = (self.state + 0x9E3779B97F4A7C15) & _MASK
        return mix64(self.state)


def plan_seed(seed: int, purpose: int, number: int = 0) -> int:
    return Words(seed, purpose, number).next()


def permutation(n: int, seed: int, epoch: int) -> list[int]:
    return IndexShuffle(n, seed, epoch=epoch)[:].tolist() if n else []


def cut(items: Sequence[Any], size: int) -> list[Any]:
    return [items[k : k + size] for k in range(0, len(items), size)]


class Key(NamedTuple):
    """What decides the order of a plan beside its lengths and options."""

    shuffle: bool = True
    drop_last: bool = False
    seed: int = 0
    epoch: int = 0


def bucket_plan(lengths: Sequence[int], batch_size: int, window: int, key: Key) -> list[Batch]:
    n = len(lengths)
    order: Sequence[int] = range(n)
    if key.shuffle:
        order = permutation(n, plan_seed(key.seed, _SAMPLES), key.epoch)
    if key.drop_last:
        order = order[: n // batch_size * batch_size]
    batches = [
        batch
        for samples in cut(order, batch_size * window)
        for batch in cut(sorted(samples, key=lengths.__getitem__), batch_size)
    ]
    return sorted(batches, key=lambda batch: lengths[batch[-1]]) if key.shuffle else batches


def class_of(length: int, bits: int = 6) -> tuple[int, int]:
    """Lengths that differ by less than a 32nd are exchanged for each other."""
    more = max(0, length.bit_length() - bits)
    return more, length >> more


EXACT = 64  # up to so many samples, batches are as large as if lengths counted exactly


def class_at(
    length: int, budget: int, cost: str | Callable[[int, int], Any], most: int
) -> tuple[Any, ...]:
    if cost == "sum":
        return class_of(length, 9 if length and budget // length <= EXACT else 6)
    count = 0
    while count < min(most, EXACT + 1) and cost_of([length] * (count + 1), cost) <= budget:
        count += 1
    return class_of(length), count


def token_plan(
    lengths: Sequence[int],
    budget: int,
    cost: str | Callable[[int, int], Any],
    most: int | None,
    multiple: int,
    key: Key,
) -> list[Batch]:
    n = len(lengths)
    by_length = sorted(range(n), key=lambda i: -lengths[i])
    samples: list[int] = []
    bounds: list[int] = []  # of the length at each place, whatever the epoch
    groups = itertools.groupby(
        by_length, key=lambda i: class_at(lengths[i], budget, cost, most or n)
    )
    for number, members in enumerate(list(group) for _, group in groups):
        turns: Iterable[int] = range(len(members))
        if key.shuffle:
            turns = permutation(len(members), plan_seed(key.seed, _CLASSES, number), key.epoch)
        samples += [members[turn] for turn in turns]
        bounds += [lengths[members[0]]] * len(members)
    batches: list[Batch] = []
    first = 0
    while first < n:
        count = 1
        while first + count < n and count < (most or n):
            if cost_of(bounds[first : first + count + 1], cost) > budget:
                break
            count += 1
        if count >= multiple:
            count -= count % multiple
        batches.append(samples[first : first + count])
        first += count
    if key.drop_last and batches and len(batches[-1]) % multiple:
        batches.pop()
    return batches


def cost_of(lengths: Sequence[int], cost: str | Callable[[int, int], Any]) -> Any:
    """Of a batch of such lengths."""
    if cost == "sum":
        return sum(lengths)
    if cost == "padded":
        return len(lengths) * max(lengths)
    assert callable(cost)
    return cost(len(lengths), max(lengths))


def bins_of(lengths: Sequence[int], capacity: int, algorithm: str) -> list[list[int]]:
    """The packings as textbooks have them."""
    bins: list[list[int]] = []
    rooms: list[int] = []
    sorted_rooms: list[tuple[int, int]] = []  # with the bin, for best fit
    order = range(len(lengths))
    for i in order if algorithm == "sequential" else sorted(order, key=lambda i: -lengths[i]):
        length = lengths[i]
        number = len(bins)
        if algorithm == "sequential":
            if bins and rooms[-1] >= length:
                number -= 1
        elif algorithm == "ffd":
            number = next((k for k, room in enumerate(rooms) if room >= length), number)
        else:
            place = bisect.bisect_left(sorted_rooms, (length, -1))
            if place < len(sorted_rooms):
                number = sorted_rooms.pop(place)[1]
        if number == len(bins):
            bins.append([])
            rooms.append(capacity)
        bins[number].append(i)
        rooms[number] -= length
        bisect.insort(sorted_rooms, (rooms[number], number))
    return bins


def packed_plan(
    lengths: Sequence[int], capacity: int, algorithm: str, batch_size: int, key: Key
) -> list[Batch]:
    bins = bins_of(lengths, capacity, algorithm)
    if key.shuffle:
        turns = permutation(len(bins), plan_seed(key.seed, _BINS), key.epoch)
        bins = [bins[turn] for turn in turns]
    if batch_size == 1:
        return bins
    if key.drop_last:
        bins = bins[: len(bins) // batch_size * batch_size]
    return cut(bins, batch_size)


def deal(
    plan: list[Batch],
    key: Key,
    world: int = 1,
    taken: Sequence[tuple[int, int]] = (),
    *,
    full: int = 0,
) -> list[list[Batch]]:
    """The steps, each with the batches of all ranks, of what is left of a plan.

    A batch of fewer than ``full`` items comes last where there is one rank.
    """
    left = [*range(len(plan))]
    short = next((number for number, batch in enumerate(plan) if len(batch) < full), None)
    for stage, (ranks, had) in enumerate(taken):
        given = {number for step in _steps(left, key, ranks, stage, short)[:had] for number in step}
        left = [number for number in left if number not in given]
    last = _steps(left, key, world, len(taken), short)
    return [[plan[number] for number in step] for step in last]


def _steps(left: list[int], key: Key, ranks: int, stage: int, short: int | None) -> list[list[int]]:
    full, tail = divmod(len(left), ranks)
    tail_at = ranks * full
    if key.shuffle:
        words = Words(plan_seed(key.seed, _RANKS, stage), key.epoch)
        turns = words.next()
        if tail:
            tail_at = words.next() % len(left)
        if ranks == 1 and short in left:
            full, tail, tail_at = len(left) - 1, 1, left.index(short)
    last = [left[(tail_at + k) % len(left)] for k in range(tail)]
    steps = cut([number for number in left if number not in last], ranks)
    if key.shuffle:
        order = permutation(full, plan_seed(key.seed, _STEPS, stage), key.epoch)
        steps = [steps[number] for number in order]
    if last and not key.drop_last:
        steps.append(last)
    if not key.shuffle:
        return [[step[rank % len(step)] for rank in range(ranks)] for step in steps]
    return [
        [step[(rank + mix64(turns + number) % len(step)) % len(step)] for rank in range(ranks)]
        for number, step in enumerate(steps)
    ]


# Samplers of each kind.


def some_lengths(n: int, seed: int = 1, most: int = 150) -> list[int]:
    """Many short ones, few long ones, some zeros, many ties."""
    drawn = np.random.default_rng((seed, n)).lognormal(3, 0.8, n)
    return np.minimum(drawn.astype(np.int64) - 2, most).clip(0).tolist()


def quadratic(count: int, longest: int) -> int:
    return count * longest**2


class PlannedKind(NamedTuple):
    """A sampler, and the plan that it should have."""

    make: Callable[..., Any]  # (lengths, **options)
    plan: Callable[[Sequence[int], Key], list[Batch]]
    full: int = 0  # items of a full batch, where that is a number

    def steps(self, lengths: Sequence[int], key: Key, *deal_options: Any) -> list[list[Batch]]:
        return deal(self.plan(lengths, key), key, *deal_options, full=self.full)

    def batches(self, lengths: Sequence[int], **options: Any) -> list[Batch]:
        """Of the only rank."""
        return [step[0] for step in self.steps(lengths, Key(**options))]


def _buckets(batch_size: int, window: int) -> PlannedKind:
    return PlannedKind(
        lambda lengths, **options: fastsamplers.BucketBatchSampler(
            lengths, batch_size, window=window, **options
        ),
        lambda lengths, key: bucket_plan(lengths, batch_size, window, key),
        batch_size,
    )


def _tokens(
    budget: int, cost: Any = "padded", most: int | None = None, multiple: int = 1
) -> PlannedKind:
    return PlannedKind(
        lambda lengths, **options: fastsamplers.MaxTokensBatchSampler(
            lengths,
            budget,
            max_samples=most,
            cost=cost,
            required_multiple=multiple,
            **options,
        ),
        lambda lengths, key: token_plan(lengths, budget, cost, most, multiple, key),
    )


def _bins(capacity: int, algorithm: str = "bfd", batch_size: int = 1) -> PlannedKind:
    return PlannedKind(
        lambda lengths, **options: fastsamplers.PackedBatchSampler(
            lengths, capacity, algorithm=algorithm, batch_size=batch_size, **options
        ),
        lambda lengths, key: packed_plan(lengths, capacity, algorithm, batch_size, key),
        batch_size if batch_size > 1 else 0,
    )


PLANNED = {
    "buckets": _buckets(4, 5),
    "one window": _buckets(3, 1000),
    "windows of one": _buckets(5, 1),
    "tokens": _tokens(160),
    "sum of tokens": _tokens(200, "sum"),
    "quadratic": _tokens(25_000, quadratic, 20),
    "multiples": _tokens(400, "padded", 12, 4),
    "bins": _bins(150),
    "bins, first fit": _bins(170, "ffd"),
    "bins in sequence": _bins(160, "sequential"),
    "batches of bins": _bins(150, "bfd", 3),
}
# One of each class, where one is enough.
FEW = ("buckets", "multiples", "batches of bins")


def flat(batch: Batch) -> list[int]:
    """The indices of a batch, whether or not it has bins."""
    return [index for item in batch for index in (item if isinstance(item, list) else [item])]


def all_indices(batches: Iterable[Batch]) -> list[int]:
    return [index for batch in batches for index in flat(batch)]
