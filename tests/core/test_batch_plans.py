"""Plans of batches: a promise, and what their plain-Python reference says."""

from __future__ import annotations

import hashlib
import itertools
import random
import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fastsamplers import _core

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    sys.path.insert(0, str(DATA))
    try:
        return runpy.run_path(str(DATA / "plan_reference.py"))
    finally:
        sys.path.remove(str(DATA))


def lengths_of(n: int, most: int, seed: int = 0) -> list[int]:
    drawn = random.Random(seed)
    return [int(drawn.random() ** 3 * most) + 1 for _ in range(n)]


def surveyed(lengths: list[int]) -> _core.Lengths:
    return _core.Lengths(np.array(lengths, dtype=np.int64))


def read(
    plan: _core.BatchPlan,
    ranks: int = 1,
    rank: int = 0,
    shuffle: bool = False,
    drop_last: bool = False,
    seed: int = 0,
    epoch: int = 0,
    taken: tuple[tuple[int, int], ...] = (),
) -> list[list[int]]:
    """What a rank is given; without shuffling, and one rank, the plan as it stands."""
    batches = _core.RankBatches(plan, taken, ranks, rank, shuffle, drop_last, seed, epoch)
    return list(_core.PlanIterator([batches]))


def digest(batches: list[list[int]]) -> str:
    ends = np.cumsum([len(batch) for batch in batches], dtype="<i8")
    indices = np.array([index for batch in batches for index in batch], dtype="<i8")
    return hashlib.sha256(ends.tobytes() + indices.tobytes()).hexdigest()[:16]


def test_the_promise() -> None:
    """Typed in here, so that reference and kernels cannot move together."""
    assert _core.PLAN_VERSION == "1"
    lengths = surveyed([7919 * k % 1009 + 1 for k in range(1000)])
    bucketed = _core.bucket_plan(lengths, 32, 4, True, False, 7, 3)
    cut = _core.TokenCut(lengths, 4096, 2**32, 1, False, False, None)
    tokens = _core.token_plan(cut, True, 7, 3)
    packed = _core.packed_plan(_core.pack(lengths, 2048, "bfd"), 3, True, False, 7, 3)
    for plan, of_plan, of_rank in (
        (bucketed, BUCKETED, BUCKETED_RANK),
        (tokens, TOKENS, TOKENS_RANK),
    ):
        assert digest(read(plan)) == of_plan
        assert digest(read(plan, 3, 1, True, False, 7, 3, ((4, 2),))) == of_rank
    flat = [[index for bin_ in batch for index in bin_] for batch in read(packed)]
    assert digest(flat) == PACKED


BUCKETED, BUCKETED_RANK = "5d859a2d5f657620", "9596191cd9d472b6"
TOKENS, TOKENS_RANK = "e8750a15112dfd6a", "ea5aa8d537435127"
PACKED = "d27c9aaa792772e6"


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 100, 1000, 5000])
@pytest.mark.parametrize(("shuffle", "drop_last"), [(True, False), (True, True), (False, False)])
def test_buckets(reference: dict[str, Any], n: int, shuffle: bool, drop_last: bool) -> None:
    for most, batch_size, window in ((30, 8, 3), (10**4, 1, 5), (2**40, 64, 50), (9, 7, 1)):
        lengths = lengths_of(n, most, n + most)
        seed, epoch = 2**64 - n - 1, n % 3
        options = batch_size, window, shuffle, drop_last, seed, epoch
        plan = _core.bucket_plan(surveyed(lengths), *options)
        assert read(plan) == reference["buckets"](lengths, *options)


@pytest.mark.parametrize("multiple", [1, 8])
@pytest.mark.parametrize("most", [1, 50, 64, 3000, 2**35])
def test_budgets(reference: dict[str, Any], most: int, multiple: int) -> None:
    lengths = lengths_of(700, most, most)
    budget = 9 * max(lengths)
    for is_sum in (False, True):
        cut = _core.TokenCut(surveyed(lengths), budget, 20, multiple, is_sum, False, None)

        def fits(longest: list[int], is_sum: bool = is_sum) -> bool:
            cost = sum(longest) if is_sum else len(longest) * longest[0]
            return cost <= budget and len(longest) <= 20

        class_at = reference["class_by_limit"](lambda length: budget // length, 20)
        if is_sum:
            class_at = reference["class_by_sum"](budget)
        batches = reference["cut"](lengths, fits, class_at, multiple)
        assert read(_core.token_plan(cut, False, 0, 0)) == batches
        for epoch in range(2):
            mixed = reference["exchanged"](batches, lengths, class_at, 5, epoch)
            assert read(_core.token_plan(cut, True, 5, epoch)) == mixed


def test_asked_limits(reference: dict[str, Any]) -> None:
    lengths = lengths_of(500, 900)
    budget = 3 * max(lengths) ** 2
    asked: list[int] = []

    def limit(longest: int) -> int:
        asked.append(longest)
        return budget // longest**2

    cut = _core.TokenCut(surveyed(lengths), 0, 2**32, 1, False, False, limit)
    class_at = reference["class_by_limit"](lambda length: budget // length**2, 2**32)

    def fits(longest: list[int]) -> bool:
        return len(longest) * longest[0] ** 2 <= budget

    batches = reference["cut"](lengths, fits, class_at)
    assert read(_core.token_plan(cut, False, 0, 0)) == batches
    assert len(asked) == len(set(asked))  # once a length at most
    assert len(asked) < len(set(lengths))


def test_few_long_samples_are_cut_as_if_lengths_counted_exactly() -> None:
    """Where two fit, the longest of a class must not make it one."""
    for longest, others, budget in ((65, 64, 128), (1055, 1024, 2048), (4128, 4096, 8192)):
        lengths = surveyed([longest] + 1000 * [others])
        for is_sum in (False, True):
            cut = _core.TokenCut(lengths, budget, 2**32, 1, is_sum, False, None)
            assert len(cut) == 501


@pytest.mark.parametrize("algorithm", ["bfd", "ffd", "sequential"])
def test_bins_are_shuffled(reference: dict[str, Any], algorithm: str) -> None:
    lengths = lengths_of(300, 100)
    bins = _core.pack(surveyed(lengths), 128, algorithm)
    indices, offsets = bins.indices.tolist(), bins.offsets.tolist()
    whole = [indices[a:b] for a, b in itertools.pairwise(offsets)]
    assert read(_core.packed_plan(bins, 1, False, False, 0, 0)) == whole
    seed = reference["plan_seed"](9, reference["BINS"])
    order = reference["shuffled"](list(range(len(whole))), seed, 4)
    mixed = [whole[k] for k in order]
    assert read(_core.packed_plan(bins, 1, True, False, 9, 4)) == mixed
    for drop_last in (False, True):
        nested = [mixed[k : k + 5] for k in range(0, len(mixed), 5)]
        if drop_last and len(nested[-1]) < 5:
            nested.pop()
        assert read(_core.packed_plan(bins, 5, True, drop_last, 9, 4)) == nested


TAKEN: list[tuple[tuple[int, int], ...]] = [
    (),
    ((4, 3),),
    ((1, 5), (3, 2), (2, 1)),
    ((3, 7), (3, 0), (8, 1)),
]


@pytest.mark.parametrize("ranks", [1, 2, 3, 8, 50])
@pytest.mark.parametrize("taken", TAKEN)
@pytest.mark.parametrize(("shuffle", "drop_last"), [(True, False), (True, True), (False, False)])
@pytest.mark.parametrize("has_short", [False, True])
def test_steps(
    reference: dict[str, Any],
    has_short: bool,
    ranks: int,
    taken: tuple[tuple[int, int], ...],
    shuffle: bool,
    drop_last: bool,
) -> None:
    n = 41
    # Batch k begins with sample 2k, and the last one has no other.
    lengths = surveyed(list(range(1, 2 * n + 1 - has_short)))
    plan = _core.bucket_plan(lengths, 2, 1, False, False, 0, 0)
    short = n - 1 if has_short else None
    steps = reference["steps"](n, ranks, shuffle, drop_last, 11, 2, taken, short)
    given = [read(plan, ranks, rank, shuffle, drop_last, 11, 2, taken) for rank in range(ranks)]
    assert [[batch[0] // 2 for batch in of_rank] for of_rank in given] == [
        [step[rank] for step in steps] for rank in range(ranks)
    ]


def test_more_taken_than_there_was() -> None:
    plan = _core.bucket_plan(surveyed([1, 2, 3]), 1, 1, False, False, 0, 0)
    with pytest.raises(ValueError, match="taken should be no more steps than there were"):
        read(plan, taken=((2, 3),))
