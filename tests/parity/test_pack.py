"""functional.pack gives the bins of the textbook's algorithms, index by index."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from fastsamplers import functional
from tests.parity.plans import bins_of, some_lengths

ALGORITHMS = ("bfd", "ffd", "sequential")


def packed(lengths: Any, capacity: int, algorithm: str) -> list[list[int]]:
    indices, offsets = functional.pack(lengths, capacity, algorithm=algorithm)
    assert indices.dtype is offsets.dtype is torch.int64
    assert indices.shape == (len(lengths),)
    assert int(offsets[0]) == 0
    assert int(offsets[-1]) == len(lengths)
    assert bool((offsets[1:] > offsets[:-1]).all())  # no bin is empty
    borders = offsets.tolist()
    listed = indices.tolist()
    return [listed[first:end] for first, end in itertools.pairwise(borders)]


def check(lengths: Sequence[int], capacity: int) -> None:
    for algorithm in ALGORITHMS:
        assert packed(lengths, capacity, algorithm) == bins_of(lengths, capacity, algorithm)


# Around where room is listed by capacity, by levels of a bitmap, and in a map.
CAPACITIES = sorted(
    {1, 2, 3, 10, 100, 2048, 2**31, 2**40, 2**62, 2**63 - 1}
    | {2**k + by for k in (6, 8, 12, 16, 18, 24, 32) for by in (-1, 0, 1)}
)


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_capacities(capacity: int) -> None:
    random = np.random.default_rng(capacity)
    for n in (1, 2, 3, 200):
        for most in (capacity, capacity // 3, capacity // 50):
            check(random.integers(0, most, n, endpoint=True).tolist(), capacity)
        few = random.integers(0, capacity, 4, endpoint=True)
        check(few[random.integers(0, 4, n)].tolist(), capacity)  # many ties


@given(
    lengths=st.lists(st.integers(0, 20), max_size=80),
    capacity=st.integers(20, 70),
)
@example(lengths=[0, 0, 20, 0, 20, 1, 19, 0], capacity=20)
@example(lengths=[10, 10, 10, 5, 5, 7, 3, 3, 0], capacity=20)
def test_short_lists(lengths: list[int], capacity: int) -> None:
    check(lengths, capacity)


@given(st.data())
def test_any_lists(data: st.DataObject) -> None:
    capacity = data.draw(st.integers(1, 2**64 - 1))
    check(data.draw(st.lists(st.integers(0, capacity), max_size=30)), capacity)


@pytest.mark.parametrize("n", [5000, 20_000])
def test_longer_lists(n: int) -> None:
    check(some_lengths(n, most=400), 512)
    check(np.random.default_rng(n).integers(0, 2**33, 3000).tolist(), 2**34)


@pytest.mark.parametrize("capacity", [2048, 2**33])
def test_all_equal(capacity: int) -> None:
    for length in (0, 1, capacity // 2, capacity // 2 + 1, capacity // 7, capacity):
        for n in (1, 2, 99):
            check([length] * n, capacity)
    assert len(packed([capacity] * 99, capacity, "bfd")) == 99
    assert len(packed([0] * 99, capacity, "bfd")) == 1


def test_lengths_of_zero_take_no_room() -> None:
    check([0, 5, 0, 5, 0], 5)
    assert packed([0, 5, 0, 5, 0], 5, "bfd") == [[1, 0, 2, 4], [3]]


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_lengths_beyond_32_bits(dtype: type) -> None:
    random = np.random.default_rng(8)
    lengths = random.integers(2**31, 2**41, 300).astype(dtype)
    for capacity in (2**41, 2**44 + 1, 2**63 - 1):
        for algorithm in ALGORITHMS:
            expected = bins_of(lengths.tolist(), capacity, algorithm)
            assert packed(lengths, capacity, algorithm) == expected
    longest = np.array([2**63 - 1, 1, 2**63 - 2, 0], dtype)
    for algorithm in ALGORITHMS:
        expected = bins_of(longest.tolist(), 2**63 - 1, algorithm)
        assert packed(longest, 2**63 - 1, algorithm) == expected


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_lengths_and_capacities_beyond_63_bits(algorithm: str) -> None:
    lengths = np.array([2**63, 2**63 - 1, 2**64 - 1, 1, 2**62, 0], np.uint64)
    expected = bins_of(lengths.tolist(), 2**64 - 1, algorithm)
    assert packed(lengths, 2**64 - 1, algorithm) == expected
    assert packed(lengths.tolist(), 2**64 - 1, algorithm) == expected
    for capacity in (2**64, 10**30):
        with pytest.raises(ValueError, match=rf"capacity should be below 2\*\*64 .*={capacity}"):
            functional.pack(lengths, capacity, algorithm=algorithm)
        halves = np.array([2**62, 2**63, 2**61], np.uint64)
        assert packed(halves, capacity, algorithm) == bins_of(halves.tolist(), capacity, algorithm)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_capacity_beyond_all_lengths_together(algorithm: str) -> None:
    lengths = some_lengths(1000)
    for capacity in (sum(lengths), 2**63, 2**64, 10**30):
        assert len(packed(lengths, capacity, algorithm)) == 1
    assert len(packed(lengths, sum(lengths) - 1, algorithm)) == 2


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint32", "uint64"])
def test_a_length_above_the_capacity_is_named(dtype: str) -> None:
    lengths = np.full(50, 3, dtype)
    lengths[[20, 30]] = 12
    lengths[10] = 11
    for algorithm in ALGORITHMS:
        with pytest.raises(
            ValueError,
            match="capacity should be at least the length of each sample, but got capacity=10 and "
            r"lengths\[20\]=12",
        ):
            functional.pack(lengths, 10, algorithm=algorithm)
        functional.pack(lengths, 12, algorithm=algorithm)


def test_lengths_just_above_the_capacity() -> None:
    for capacity in (2**31, 2**32, 2**63 - 1):
        given = [capacity, capacity + 1]
        with pytest.raises(ValueError, match=rf"lengths\[1\]={capacity + 1}"):
            functional.pack(given, capacity)


@pytest.mark.parametrize("wrong", [0, -1, 1.0, "5", None, True, 10.5])
def test_capacities_that_are_none(wrong: Any) -> None:
    with pytest.raises(
        ValueError, match=f"capacity should be a positive integer value, but got capacity={wrong}"
    ):
        functional.pack([1], wrong)


@pytest.mark.parametrize("wrong", ["", "BFD", "bf", None, 1, ("bfd",)])
def test_algorithms_that_are_none(wrong: Any) -> None:
    with pytest.raises(ValueError, match="algorithm should be one of 'bfd', 'ffd', 'sequential'"):
        functional.pack([1], 5, algorithm=wrong)


def test_best_fit_decreasing_is_the_default() -> None:
    lengths = np.random.default_rng(6).integers(1, 100, 500)
    default = functional.pack(lengths, 150)
    assert all(map(torch.equal, default, functional.pack(lengths, 150, algorithm="bfd")))
    others = [functional.pack(lengths, 150, algorithm=name)[0] for name in ALGORITHMS[1:]]
    assert not any(torch.equal(default[0], other) for other in others)  # or nothing was tested


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_any_number_of_threads(threads: Any, algorithm: str) -> None:
    lengths = np.random.default_rng(2).integers(0, 5000, 200_000)
    outcomes = []
    for count in (1, 2, 3):
        threads(count)
        outcomes.append(functional.pack(lengths, 8192, algorithm=algorithm))
    for outcome in outcomes[1:]:
        assert all(map(torch.equal, outcomes[0], outcome))


def test_the_result_is_the_callers_and_nothing_is_drawn(states) -> None:
    before = states()
    lengths = torch.tensor([3, 1, 2])
    first = functional.pack(lengths, 4)
    second = functional.pack(lengths, 4)
    for part in first:
        part.zero_()
    assert [part.tolist() for part in second] == [[0, 1, 2], [0, 2, 3]]
    assert lengths.tolist() == [3, 1, 2]
    assert states() == before


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_full_bins_on_ordinary_lengths(algorithm: str) -> None:
    """What packing is for: few bins more than tokens need."""
    lengths = np.random.default_rng(4).lognormal(5, 0.8, 50_000).astype(np.int64).clip(1, 2048)
    bins = len(functional.pack(lengths, 2048, algorithm=algorithm)[1]) - 1
    filled = int(lengths.sum()) / (2048 * bins)
    assert filled > (0.85 if algorithm == "sequential" else 0.995)
