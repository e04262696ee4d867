"""IndexShuffle as an object: passes, membership, search, equality, copies, and its arguments."""

from __future__ import annotations

import copy
import itertools
import pickle
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import fastsamplers
from fastsamplers import IndexShuffle

LENGTHS = (1, 2, 3, 100, 4096, 4097, 70_000)
HUGE = IndexShuffle(10**12, 7)
COPIES: dict[str, Callable[[Any], Any]] = {
    **{
        f"pickle {protocol}": lambda shuffle, p=protocol: pickle.loads(pickle.dumps(shuffle, p))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("n", LENGTHS)
def test_passes(n: int) -> None:
    shuffle = IndexShuffle(n, 3, epoch=2)
    expected = shuffle[:].tolist()
    assert len(shuffle) == n
    assert sorted(expected) == list(range(n))
    for _ in range(2):
        values = list(shuffle)
        assert values == expected
        assert {type(value) for value in values} == {int}
    backward = list(reversed(shuffle))
    assert backward == expected[::-1]
    assert {type(value) for value in backward} == {int}


def test_two_passes_at_once() -> None:
    shuffle = IndexShuffle(50, 3)
    values = list(shuffle)
    assert list(itertools.product(shuffle, shuffle)) == list(itertools.product(values, values))


@pytest.mark.parametrize("n", [10**12, 2**62])
def test_passes_begin_at_once_at_any_length(n: int) -> None:
    shuffle = IndexShuffle(n, 3)
    assert len(shuffle) == n
    assert list(itertools.islice(shuffle, 5000)) == shuffle[:5000].tolist()
    assert list(itertools.islice(reversed(shuffle), 50)) == shuffle[:-51:-1].tolist()
    assert next(iter(shuffle)) == shuffle[0]


@pytest.mark.parametrize("shuffle", [IndexShuffle(10, 1), HUGE], ids=repr)
def test_membership(shuffle: IndexShuffle) -> None:
    n = len(shuffle)
    for value in (0, 9, n - 1, True, np.int8(9), np.uint64(n - 1), np.array(3)):
        assert value in shuffle
        assert shuffle.count(value) == 1
    for value in (n, -1, -n, 2**63, 2**64 + 3, -(10**30), np.int64(n), np.uint64(2**63), 1.5,
                  float("nan"), float("inf"), "1", "", None, (1,), [1], np.array([1]), shuffle,
                  1j, object()):  # fmt: skip
        assert value not in shuffle
        assert shuffle.count(value) == 0
        with pytest.raises(ValueError, match=r"is not in the sequence$"):
            shuffle.index(value)


def test_searching() -> None:
    shuffle = IndexShuffle(60, 1)
    values = list(shuffle)
    ends = (None, 0, 1, 30, 59, 60, 100, -1, -30, -60, -100, 2**70, -(2**70))
    for value in (0, 31, values[0], values[-1], values[30]):
        assert shuffle.index(value) == shuffle.index(np.int16(value)) == values.index(value)
        for start, stop in itertools.product(ends, ends):
            place = values.index(value)
            if place in range(60)[start:stop]:
                assert shuffle.index(value, start or 0, stop) == place
            else:
                with pytest.raises(ValueError, match=f"^{value} is not in the sequence$"):
                    shuffle.index(value, start or 0, stop)
    assert type(shuffle.index(np.int16(5))) is int
    with pytest.raises(ValueError, match=r"^'a' is not in the sequence$"):
        shuffle.index("a")


def test_searching_at_once_at_any_length() -> None:
    for place in (0, 123_456_789_012, 10**12 - 1):
        assert HUGE.index(HUGE[place]) == place
        assert HUGE.index(HUGE[place], place, place + 1) == place
        with pytest.raises(ValueError, match="is not in the sequence"):
            HUGE.index(HUGE[place], place + 1)


def test_equality_is_that_of_the_permutation() -> None:
    shuffle = IndexShuffle(10, 1)
    assert shuffle == IndexShuffle(10, 1, epoch=0) == IndexShuffle(np.int32(10), np.uint8(1))
    assert IndexShuffle(10, -1, epoch=-5) == IndexShuffle(10, 2**64 - 1, epoch=2**64 - 5)
    for other in (
        *(IndexShuffle(11, 1), IndexShuffle(10, 2), IndexShuffle(10, 1, epoch=1)),
        *(IndexShuffle(10, 0, epoch=1), list(shuffle), tuple(shuffle), None, 10),
    ):
        assert shuffle != other
        assert other != shuffle
    assert IndexShuffle(10, 0, epoch=1) != IndexShuffle(10, 1)


def test_hashes() -> None:
    assert hash(IndexShuffle(10, -1)) == hash(IndexShuffle(10, 2**64 - 1))
    keys = itertools.product((10, 11), (1, 2), (0, 1))
    assert len({IndexShuffle(n, seed, epoch=epoch) for n, seed, epoch in keys}) == 8
    kept = {HUGE: "kept"}
    assert kept[IndexShuffle(10**12, 7)] == "kept"


@pytest.mark.parametrize(
    ("shuffle", "text"),
    [
        (IndexShuffle(10, 1), "IndexShuffle(n=10, seed=1)"),
        (IndexShuffle(10, -1, epoch=3), "IndexShuffle(n=10, seed=-1, epoch=3)"),
        (IndexShuffle(2**62, 2**64 - 1, epoch=-1),
         f"IndexShuffle(n={2**62}, seed={2**64 - 1}, epoch=-1)"),
        (IndexShuffle(np.int64(5), np.int8(-3), epoch=np.uint64(2)),
         "IndexShuffle(n=5, seed=-3, epoch=2)"),
    ],
)  # fmt: skip
def test_repr(shuffle: IndexShuffle, text: str) -> None:
    assert repr(shuffle) == text
    assert eval(text, {"IndexShuffle": IndexShuffle}) == shuffle


class Subclass(IndexShuffle):
    pass


def test_subclasses() -> None:
    shuffle = Subclass(10, 1)
    assert repr(shuffle) == "Subclass(n=10, seed=1)"
    assert shuffle == IndexShuffle(10, 1)
    for duplicate in COPIES.values():
        assert type(duplicate(shuffle)) is Subclass


@pytest.mark.parametrize("how", COPIES)
def test_copies(how: str) -> None:
    for n, seed, epoch in ((1, 0, 0), (100, -1, 3), (5000, 2**64 - 1, -1), (2**62, 5, 2**63)):
        shuffle = IndexShuffle(n, seed, epoch=epoch)
        duplicate = COPIES[how](shuffle)
        assert duplicate == shuffle
        assert (duplicate.n, duplicate.seed, duplicate.epoch) == (n, seed, epoch)
        assert duplicate[: min(n, 100)].tolist() == shuffle[: min(n, 100)].tolist()
        assert duplicate[-1] == shuffle[-1]


def test_pickles_are_small_at_any_length() -> None:
    assert max(len(pickle.dumps(IndexShuffle(n, 2**63))) for n in (*LENGTHS, 2**62)) < 200


def test_a_pickle_is_read_in_another_process(run_child) -> None:
    code = "import pickle, sys; print(pickle.loads(bytes.fromhex(sys.argv[1]))[:5].tolist())"
    assert run_child(code, pickle.dumps(HUGE).hex()) == str(HUGE[:5].tolist())


def test_arguments_are_kept_as_ints() -> None:
    shuffle = IndexShuffle(np.int16(10), np.int32(-4), epoch=np.uint64(2**64 - 1))
    assert (shuffle.n, shuffle.seed, shuffle.epoch) == (10, -4, 2**64 - 1)
    assert {type(value) for value in (shuffle.n, shuffle.seed, shuffle.epoch)} == {int}
    assert IndexShuffle(np.uint64(2**62), np.uint64(2**64 - 1)) == IndexShuffle(2**62, -1)
    with pytest.raises(ValueError, match=f"n={2**62 + 1}$"):
        IndexShuffle(np.int64(2**62 + 1), 1)


def test_an_argument_that_changes_later_changes_nothing() -> None:
    """A seed in an array of no dimensions, which the caller fills anew."""
    seed, epoch = np.array(5), np.array(1)
    shuffle = IndexShuffle(1000, seed, epoch=epoch)
    values = list(shuffle)
    seed[...], epoch[...] = 6, 2
    assert list(shuffle) == values
    assert (shuffle.seed, shuffle.epoch) == (5, 1)
    assert list(pickle.loads(pickle.dumps(shuffle))) == values


def test_negative_seeds_are_those_of_manual_seed() -> None:
    for n in (100, 10**6, 10**12):
        for seed in (-1, -(2**63), -12345):
            wrapped = seed + 2**64
            assert IndexShuffle(n, seed)[:90].tolist() == IndexShuffle(n, wrapped)[:90].tolist()
            ours = IndexShuffle(n, 0, epoch=seed)[:90].tolist()
            assert ours == IndexShuffle(n, 0, epoch=wrapped)[:90].tolist()


@pytest.mark.parametrize("n", [10, 4096, 4097, 10**6, 10**12])
def test_seeds_and_epochs_are_not_added(n: int) -> None:
    keys = ((0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (-1, 1), (1, -1))
    heads = [tuple(IndexShuffle(n, seed, epoch=epoch)[:90].tolist()) for seed, epoch in keys]
    assert len(set(heads)) == len(keys)


def test_as_an_array() -> None:
    shuffle = IndexShuffle(5000, 1)
    array = np.asarray(shuffle)
    assert array.dtype == np.int64
    assert array.tolist() == list(shuffle)
    for dtype in (np.int32, np.float64, np.uint16, ">i8"):
        converted = np.asarray(shuffle, dtype=dtype)
        assert converted.dtype == dtype
        assert converted.tolist() == array.tolist()
    assert np.array(shuffle, copy=True).tolist() == array.tolist()
    assert not np.shares_memory(np.asarray(shuffle), np.asarray(shuffle))
    with pytest.raises(ValueError, match="copy should not be False"):
        shuffle.__array__(copy=False)


def test_it_is_among_the_names_of_the_package() -> None:
    assert fastsamplers.IndexShuffle is IndexShuffle
    assert "IndexShuffle" in fastsamplers.__all__
    assert "IndexShuffle" in dir(fastsamplers)


class WithArguments(IndexShuffle):
    """One whose arguments are others."""

    def __init__(self, name: str) -> None:
        super().__init__(10, 3, epoch=1)
        self.name = name


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_copies_of_a_subclass(copied: Callable[[Any], Any]) -> None:
    shuffle = WithArguments("a name")
    again = copied(shuffle)
    assert type(again) is WithArguments
    assert again == shuffle
    assert again[:].tolist() == shuffle[:].tolist()
    assert again.name == "a name"


def test_weak_references() -> None:
    shuffle = IndexShuffle(10, 3)
    reference = weakref.ref(shuffle)
    assert reference() is shuffle
    del shuffle
    assert reference() is None


def test_masked_arrays_are_refused() -> None:
    masked = np.ma.array([1, 2, 100], mask=[0, 0, 1])
    with pytest.raises(TypeError, match=r"index should be an int, .* but got a masked array"):
        IndexShuffle(10, 3)[masked]
    with pytest.raises(TypeError, match=r"value should be an int .* but got a masked array"):
        IndexShuffle(10, 3).inverse(masked)
