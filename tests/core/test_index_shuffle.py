"""IndexShuffle read like a sequence and like an array: ints, slices, arrays, and the inverse."""

from __future__ import annotations

import enum
import itertools
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from fastsamplers import IndexShuffle

N = 10_000
SHUFFLE = IndexShuffle(N, 5)
VALUES = [SHUFFLE[place] for place in range(N)]
DTYPES = ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")
SWAPPED = (">i2", ">i4", ">i8", ">u2", ">u4", ">u8")


class Place(enum.IntEnum):
    THIRD = 2


class Index:
    """Whatever can be used as an index of a list."""

    def __index__(self) -> int:
        return 2

    def __repr__(self) -> str:  # the name of a test
        return "Index()"


def test_it_is_a_sequence() -> None:
    assert isinstance(SHUFFLE, Sequence)
    assert sorted(VALUES) == list(range(N))
    assert list(range(N)) != VALUES
    assert {type(value) for value in VALUES} == {int}


@pytest.mark.parametrize("n", [1, 2, 10, 4096, 4097, 2**40])
def test_places_count_from_both_ends(n: int) -> None:
    shuffle = IndexShuffle(n, 5)
    for place in {0, n // 3, n - 1}:
        assert shuffle[place - n] == shuffle[place]
        assert 0 <= shuffle[place] < n
        assert shuffle.inverse(shuffle[place]) == place


@pytest.mark.parametrize(
    "place",
    [*(np.dtype(dtype).type(2) for dtype in DTYPES), np.array(2), np.array(2, ">i4"), Place.THIRD,
     Index()],
    ids=repr,
)  # fmt: skip
def test_all_that_is_an_int(place: int) -> None:
    assert SHUFFLE[place] == VALUES[2]
    assert type(SHUFFLE[place]) is int
    assert SHUFFLE.inverse(place) == VALUES.index(2)
    assert type(SHUFFLE.inverse(place)) is int


def test_a_bool_is_the_int_it_is_in_python() -> None:
    assert (SHUFFLE[False], SHUFFLE[True]) == (VALUES[0], VALUES[1])
    assert SHUFFLE.inverse(True) == VALUES.index(1)


@pytest.mark.parametrize("n", [1, 2, 7, 5000])
def test_slices(n: int) -> None:
    shuffle = IndexShuffle(n, 1)
    values = list(shuffle)
    ends = (None, 0, 1, 3, n - 1, n, n + 5, -1, -2, -n, -n - 1, 2**40, -(2**70))
    steps = (None, 1, 2, 3, n, n + 1, 2**40, 2**62, -1, -2, -n, -(2**40))
    for first, last, step in itertools.product(ends, ends, steps):
        got = shuffle[first:last:step]
        assert got.tolist() == values[first:last:step], (first, last, step)
        assert got.dtype == np.int64
        assert got.ndim == 1
        assert got.flags.c_contiguous
        assert got.flags.writeable


@pytest.mark.parametrize("step", [2**63 - 1, 2**63, 2**64, 2**70, -(2**63), -(2**63) - 1])
def test_steps_that_no_int64_holds(step: int) -> None:
    """One value, or none, as of a list."""
    for first, last in ((None, None), (3, None), (3, 3), (None, 5), (-1, 2)):
        assert SHUFFLE[first:last:step].tolist() == VALUES[first:last:step], (first, last)


def test_slices_of_numpy_ints() -> None:
    assert SHUFFLE[np.int8(3) : np.uint64(9) : np.int16(2)].tolist() == VALUES[3:9:2]


def test_random_slices() -> None:
    choose = random.Random(3)
    for _ in range(200):
        first, last = (choose.randrange(-N - 10, N + 10) for _ in range(2))
        step = choose.choice([1, -1, choose.randrange(1, 40), -choose.randrange(1, 3000)])
        assert SHUFFLE[first:last:step].tolist() == VALUES[first:last:step]


def test_slices_at_the_largest_length() -> None:
    n = 2**62
    shuffle = IndexShuffle(n, 9)
    for part in (slice(3), slice(n - 3, None), slice(None, -4, -1), slice(5, 0, -2),
                 slice(None, None, 2**60), slice(None, None, -(2**60)), slice(1, None, 2**61),
                 slice(n, None), slice(2**53, 2**53 + 4), slice(0, n, n - 1)):  # fmt: skip
        places = range(n)[part]
        assert shuffle[part].tolist() == [shuffle[place] for place in places]
        assert shuffle.inverse(shuffle[part]).tolist() == list(places)


LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "plain": lambda places: places,
    "strided": lambda places: np.repeat(places, 3)[::3],
    "backward": lambda places: places[::-1],
    "unaligned": lambda places: np.frombuffer(b"." + places.tobytes(), places.dtype, offset=1),
    "two dimensions": lambda places: places.reshape(3, -1),
    "Fortran": lambda places: np.asfortranarray(places.reshape(3, -1)),
    "transposed": lambda places: places.reshape(3, -1).T,
    "four dimensions": lambda places: places.reshape(1, 3, -1, 1)[:, ::-1],
    "broadcast": lambda places: np.broadcast_to(places, (2, len(places))),
    "empty": lambda places: places[:0],
    "empty rows": lambda places: places[:0].reshape(5, 0, 2),
    "one": lambda places: places[:1],
    "list": lambda places: places.tolist(),
    "list of arrays": lambda places: list(places.reshape(3, -1)),
    "list of lists": lambda places: places.reshape(3, -1).tolist(),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", [*DTYPES, *SWAPPED])
def test_arrays_of_every_type_and_layout(dtype: str, layout: str) -> None:
    info = np.iinfo(dtype)
    places = np.linspace(max(info.min, -N), min(info.max, N - 1), 1500).astype(dtype)
    given = LAYOUTS[layout](places)
    before = np.array(given)
    signed = before.astype(np.int64)

    got = SHUFFLE[given]
    assert got.tolist() == np.array(VALUES)[signed].reshape(signed.shape).tolist()
    assert (got.dtype, got.shape) == (np.int64, signed.shape)
    assert type(got) is np.ndarray
    assert got.flags.writeable

    values = np.abs(signed) % N
    back = SHUFFLE.inverse(LAYOUTS["plain"](values.astype(np.uint16)))
    assert np.array_equal(SHUFFLE[back], values)
    assert np.array_equal(np.array(given), before)


@pytest.mark.parametrize("form", [100, N, 2**40])
def test_the_input_is_never_written_to(form: int) -> None:
    """An int64 array in C order above all, which could be taken as it is."""
    shuffle = IndexShuffle(form, 5)
    for count in (0, 1, 90, 5000):
        given = np.arange(count) % 100
        kept = given.copy()
        for method in (shuffle.__getitem__, shuffle.inverse):
            result = method(given)
            assert not np.shares_memory(result, given)
            assert np.array_equal(given, kept)
            given.flags.writeable = False
            assert np.array_equal(method(given), result)
            given.flags.writeable = True


def test_a_failing_array_is_not_written_to() -> None:
    given = np.arange(5000)
    given[-1] = N
    for method, error in ((SHUFFLE.__getitem__, IndexError), (SHUFFLE.inverse, ValueError)):
        with pytest.raises(error, match=f"={N}$"):
            method(given)
        assert np.array_equal(given[:-1], np.arange(4999))


@pytest.mark.parametrize("dtype", ["<i8", "<u4", ">i2"])
def test_memory_maps(tmp_path: Path, dtype: str) -> None:
    places = np.arange(0, N, 7).astype(dtype)
    places.tofile(tmp_path / "places")
    for mode in ("r", "r+", "c"):
        mapped = np.memmap(tmp_path / "places", dtype=dtype, mode=mode)
        got = SHUFFLE[mapped]
        assert type(got) is np.ndarray
        assert got.tolist() == VALUES[::7]
        assert SHUFFLE.inverse(mapped).tolist() == [VALUES.index(v) for v in range(0, N, 7)]
    assert np.array_equal(np.fromfile(tmp_path / "places", dtype=dtype), places)


def test_lists_of_all_that_are_ints() -> None:
    expected = [VALUES[2], VALUES[-1]]
    for places in ([2, -1], [np.int8(2), -1], [np.uint8(2), np.int64(-1)], [Place.THIRD, -1],
                   np.array([2, -1], dtype=object)):  # fmt: skip
        assert SHUFFLE[places].tolist() == expected
    assert SHUFFLE[[True, 5]].tolist() == [VALUES[1], VALUES[5]]


def test_lists_of_ints_that_numpy_makes_floats_of() -> None:
    assert SHUFFLE[[np.uint64(2), np.int64(-1)]].tolist() == [VALUES[2], VALUES[-1]]
    assert SHUFFLE.inverse([np.uint64(2), np.int8(3)]).tolist() == [
        VALUES.index(2),
        VALUES.index(3),
    ]


def test_empty_lists() -> None:
    for empty, shape in (([], (0,)), ([[], []], (2, 0))):
        for got in (SHUFFLE[empty], SHUFFLE.inverse(empty)):
            assert (got.dtype, got.shape) == (np.int64, shape)


def test_the_inverse_of_every_value() -> None:
    places = SHUFFLE.inverse(np.arange(N))
    assert [VALUES[place] for place in places.tolist()] == list(range(N))
    assert [SHUFFLE.inverse(value) for value in VALUES[:300]] == list(range(300))
    assert SHUFFLE.inverse(np.array(VALUES).reshape(100, 100)).tolist() == (
        np.arange(N).reshape(100, 100).tolist()
    )
