"""What IndexShuffle refuses: type, rule and value in the text, and nothing has changed."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fastsamplers import IndexShuffle, _core

N = 5000
SHUFFLE = IndexShuffle(N, 5)

TEXTS = {
    "float": 1.0,
    "str": "1",
    "bytes": b"1",
    "None": None,
    "tuple": (1, 2),
    "empty tuple": (),
    "range": range(3),
    "set": {1},
    "ellipsis": ...,
    "complex": 1j,
    "float of no dimensions": np.array(1.0),
    "NumPy's float": np.float32(1),
    "NumPy's bool": np.True_,
}


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_no_index(name: str) -> None:
    given = TEXTS[name]
    for method, argument in ((SHUFFLE.__getitem__, "index"), (SHUFFLE.inverse, "value")):
        with pytest.raises(TypeError) as raised:
            method(given)
        assert str(raised.value).startswith(f"{argument} should be an int")
        assert str(raised.value).endswith(f"of integers, but got {argument}={given!r}")


def test_the_error_of_inverse_does_not_offer_slices() -> None:
    with pytest.raises(TypeError, match="value should be an int") as raised:
        SHUFFLE.inverse(slice(3))
    assert "a slice" not in str(raised.value)


ARRAYS = {
    "float64": np.array([1.0]),
    "no floats": np.empty(0),
    "bool": np.array([True, False]),
    "list of bools": [True, False],
    "<U1": np.array(["1"]),
    "list of strings": ["1", "2"],
    "complex128": np.array([1j]),
    "timedelta64": np.array([1], dtype="m8[s]"),
    "datetime64": np.array([1], dtype="M8[s]"),
    "list of floats": [1.0, 2],
    "list of None": [1, None],
    "objects": np.array([1, "a"], dtype=object),
    "records": np.zeros(2, dtype=[("a", "i8")]),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_of_no_integers(name: str) -> None:
    for method, argument in ((SHUFFLE.__getitem__, "index"), (SHUFFLE.inverse, "value")):
        with pytest.raises(TypeError, match=f"^{argument} should be an int.* of integers, but got"):
            method(ARRAYS[name])


def test_ragged_lists_are_numpys_error() -> None:
    with pytest.raises(ValueError, match="inhomogeneous"):
        SHUFFLE[[[1], [2, 3]]]


@pytest.mark.parametrize("bad", [slice("a"), slice(1.5, None), slice(None, None, 2.0)], ids=repr)
def test_bad_slices_are_pythons_error(bad: slice) -> None:
    with pytest.raises(TypeError, match="slice indices must be integers"):
        SHUFFLE[bad]


def test_a_step_of_nothing() -> None:
    with pytest.raises(ValueError, match="slice step cannot be zero"):
        SHUFFLE[::0]


def in_all_forms(value: int) -> list[Any]:
    """One number as an int, and among good ones in lists and arrays, short and long."""
    forms: list[Any] = [value, [0, value], [[1], [value]], np.array([0, value], dtype=object)]
    for dtype in (np.int64, np.uint64):
        if np.iinfo(dtype).min <= value <= np.iinfo(dtype).max:
            forms += [dtype(value), np.array(value, dtype=dtype)]
            forms += [np.append(np.arange(count, dtype=dtype), dtype(value)) for count in (1, 4000)]
    return forms


@pytest.mark.parametrize("n", [1, 4096, 4097, 2**31 + 1, 2**62])
def test_places_out_of_range(n: int) -> None:
    shuffle = IndexShuffle(n, 5)
    for place in (n, n + 1, -n - 1, 2**63 - 1, -(2**63)):
        with pytest.raises(IndexError) as raised:
            shuffle[place]
        assert str(raised.value) == f"index should be in [-{n}, {n}), but got index={place}"
    shuffle = IndexShuffle(max(n, N), 5)  # all others among them are good
    n = max(n, N)
    for place in (n, -n - 1, 2**63 - 1, -(2**63)):
        for form in in_all_forms(place):
            with pytest.raises(IndexError) as raised:
                shuffle[form]
            assert str(raised.value) == f"index should be in [-{n}, {n}), but got index={place}"


@pytest.mark.parametrize("n", [1, 4096, 4097, 2**31 + 1, 2**62])
def test_values_out_of_range(n: int) -> None:
    shuffle = IndexShuffle(n, 5)
    for value in (n, n + 1, -1, -n, 2**63 - 1, -(2**63)):
        with pytest.raises(ValueError, match=rf"^value should be in \[0, {n}\), .* value={value}$"):
            shuffle.inverse(value)
    shuffle = IndexShuffle(max(n, N), 5)
    for value in (max(n, N), -1, -(2**63)):
        for form in in_all_forms(value):
            with pytest.raises(ValueError, match=rf"^value should be in \[0, .* value={value}$"):
                shuffle.inverse(form)


@pytest.mark.parametrize("value", [2**63, 2**64 - 1, 2**64, 10**30, -(2**63) - 1, -(10**30)])
def test_ints_that_no_int64_holds(value: int) -> None:
    for form in in_all_forms(value):
        with pytest.raises(IndexError, match=f"^index should fit int64, but got index={value}$"):
            SHUFFLE[form]
        with pytest.raises(ValueError, match=f"^value should fit int64, but got value={value}$"):
            SHUFFLE.inverse(form)


def test_large_and_negative_ints_in_one_list() -> None:
    """NumPy makes floats of them."""
    with pytest.raises(IndexError, match=f"^index should fit int64, but got index={2**63}$"):
        SHUFFLE[[2**63, -1]]
    with pytest.raises(ValueError, match=f"^value should fit int64, but got value={2**63}$"):
        SHUFFLE.inverse([2**63, 1, -1])


@pytest.mark.parametrize("name", ["n", "seed", "epoch"])
@pytest.mark.parametrize("bad", [1.0, "1", None, np.array([1]), [1], np.float64(1)], ids=repr)
def test_arguments_that_are_no_ints(name: str, bad: object) -> None:
    with pytest.raises(TypeError) as raised:
        IndexShuffle(**{"n": 10, "seed": 1, name: bad})
    assert str(raised.value) == f"{name} should be an int, but got {name}={bad!r}"


@pytest.mark.parametrize("n", [0, -1, 2**62 + 1, 2**63, 2**64 + 5, -(2**64) + 5])
def test_lengths_out_of_range(n: int) -> None:
    with pytest.raises(ValueError, match=rf"^n should be in \[1, 2\*\*62\], but got n={n}$"):
        IndexShuffle(n, 1)


@pytest.mark.parametrize("name", ["seed", "epoch"])
@pytest.mark.parametrize("bad", [2**64, 2**64 + 1, -(2**63) - 1, 10**30])
def test_seeds_and_epochs_out_of_range(name: str, bad: int) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011
        IndexShuffle(**{"n": 10, "seed": 1, name: bad})
    assert str(raised.value) == f"{name} should be in [-2**63, 2**64), but got {name}={bad}"


def test_the_epoch_is_keyword_only_and_the_seed_is_needed() -> None:
    with pytest.raises(TypeError, match="positional argument"):
        IndexShuffle(10, 1, 2)
    with pytest.raises(TypeError, match="'seed'"):
        IndexShuffle(10)


def test_nothing_can_be_assigned() -> None:
    for name in ("n", "seed", "epoch", "remark"):
        with pytest.raises(AttributeError):
            setattr(SHUFFLE, name, 3)


LARGE: dict[str, Callable[[IndexShuffle], object]] = {
    "[:]": lambda shuffle: shuffle[:],
    "[::-1]": lambda shuffle: shuffle[::-1],
    "asarray": np.asarray,
    "places": lambda shuffle: shuffle[np.broadcast_to(np.int64(1), 2**40)],
    "values": lambda shuffle: shuffle.inverse(np.broadcast_to(np.int32(1), 2**40)),
}


@pytest.mark.parametrize("n", [2**40, 2**62])
@pytest.mark.parametrize("name", LARGE)
def test_what_cannot_fit_in_memory_is_refused_at_once(name: str, n: int) -> None:
    count = 2**40 if name in ("places", "values") else n
    with pytest.raises(MemoryError) as raised:
        LARGE[name](IndexShuffle(n, 1))
    text = str(raised.value)
    assert text.startswith(f"an array of {count} indices needs ")
    assert text.endswith(" are available; take it in parts")
    assert n == 2**62 or f" {8 * count} bytes, " in text


def test_a_pickle_of_another_version_is_refused() -> None:
    version = _core.INDEX_SHUFFLE_VERSION.encode()
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        pickled = pickle.dumps(SHUFFLE, protocol)
        assert pickled.count(version) == 1
        other = pickled.replace(version, version[:-1] + b"0")
        with pytest.raises(
            ValueError, match=r"version should be one of 'feistel-1', .*'feistel-0'"
        ):
            pickle.loads(other)
