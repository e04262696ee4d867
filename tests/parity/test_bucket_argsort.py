"""functional.bucket_argsort is torch's and NumPy's stable argsort."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fastsamplers import functional

DTYPES = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
# One pass, several of them, both ways of counting their results, and a few threads' worth.
SIZES = [0, 1, 2, 3, 255, 256, 257, 5000, 70_001]


def by_numpy(values: np.ndarray, descending: bool) -> np.ndarray:
    if not descending:
        return np.argsort(values, kind="stable")
    # Backwards twice, so that equal ones keep their order; subtracting could wrap around.
    return (len(values) - 1 - np.argsort(values[::-1], kind="stable"))[::-1]


def check(values: np.ndarray) -> None:
    for descending in (False, True):
        got = functional.bucket_argsort(values, descending=descending)
        assert got.dtype is torch.int64
        assert got.shape == values.shape
        assert np.array_equal(got.numpy(), by_numpy(values, descending))
        native = values.astype(values.dtype.newbyteorder("="))
        tensor = torch.from_numpy(native)
        if values.dtype.kind == "i" or values.dtype.itemsize == 1:  # torch sorts no others
            expected = torch.argsort(tensor, stable=True, descending=descending)
            assert torch.equal(got, expected)
        assert torch.equal(functional.bucket_argsort(tensor, descending=descending), got)


def full_range(dtype: str, n: int, seed: int = 1) -> np.ndarray:
    bounds = np.iinfo(dtype)
    random = np.random.default_rng((seed, n))
    return random.integers(bounds.min, bounds.max, n, dtype=dtype, endpoint=True)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", SIZES)
def test_the_whole_range_of_a_dtype(dtype: str, n: int) -> None:
    values = full_range(dtype, n)
    if n > 2:
        values[[n // 2, n - 1]] = np.iinfo(dtype).min, np.iinfo(dtype).max
    check(values)


@pytest.mark.parametrize("dtype", DTYPES)
def test_many_ties(dtype: str) -> None:
    for n in (2, 1000, 40_000):
        values = np.random.default_rng(n).integers(0, 5, n).astype(dtype)
        check(values)
        check(np.full(n, 3, dtype))


# Around where one pass becomes several, and keys of 32 bits keys of 64.
SPANS = [2**16 - 2, 2**16 - 1, 2**16, 2**24, 2**32 - 2, 2**32 - 1, 2**32, 2**40]


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("least", [-(2**62), -1000, 0, 2**62])
def test_spans(span: int, least: int) -> None:
    values = np.random.default_rng(span).integers(least, least + span, 3000, endpoint=True)
    values[[17, 2000]] = least + span, least
    values[500:700] = values[100:300]
    check(values)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_any_number_of_threads(threads: Any, count: int) -> None:
    threads(count)
    for dtype, most in (("int16", 300), ("int32", 2**31 - 1), ("uint64", 2**63)):
        check(np.random.default_rng(3).integers(0, most, 300_000).astype(dtype))


@given(
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=60)
    | st.lists(st.integers(0, 2**64 - 1), max_size=60)
    | st.lists(st.integers(-3, 3), max_size=200)
)
def test_lists(values: list[int]) -> None:
    unsigned = any(value >= 2**63 for value in values)
    check(np.array(values, dtype=np.uint64 if unsigned else np.int64))
    expected = sorted(range(len(values)), key=values.__getitem__)
    assert functional.bucket_argsort(values).tolist() == expected


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int32", "uint64"])
def test_views(dtype: str) -> None:
    values = full_range(dtype, 9000)
    for view in (
        values[::2],
        values[::-1],
        values[7::-3],
        values[:0],
        values.reshape(90, 100)[:, 3],
        values.astype(values.dtype.newbyteorder(">")),
        values.astype(values.dtype.newbyteorder(">"))[::-2],
        np.broadcast_to(values[5], 300),
    ):
        check(view)


def test_the_result_is_the_callers() -> None:
    values = torch.tensor([3, 1, 2])
    first = functional.bucket_argsort(values)
    second = functional.bucket_argsort(values)
    first.zero_()
    assert second.tolist() == [1, 2, 0]
    assert values.tolist() == [3, 1, 2]


def test_nothing_is_drawn(states) -> None:
    before = states()
    functional.bucket_argsort(full_range("int32", 1000))
    assert states() == before


@pytest.mark.parametrize("wrong", [1, 0, None, "yes", np.True_])
def test_descending_is_a_bool(wrong: Any) -> None:
    with pytest.raises(
        ValueError, match=f"descending should be a boolean value, but got descending={wrong}"
    ):
        functional.bucket_argsort([1, 2], descending=wrong)
    with pytest.raises(TypeError, match="positional argument"):
        functional.bucket_argsort([1, 2], True)  # type: ignore[misc]


def test_a_default_device_changes_nothing() -> None:
    with torch.device("meta"):
        assert functional.bucket_argsort([3, 1, 2]).tolist() == [1, 2, 0]


@pytest.mark.unsanitized("bounds the address space")
def test_a_result_that_cannot_fit_is_refused(run_child) -> None:
    """In a process of its own, whose address space ends soon."""
    code = """
import numpy as np, torch
from fastsamplers import functional
from trust.faults.address_space import at_most
for lengths in (
    np.broadcast_to(np.int8(1), 20_000_000),  # a result of 160 MB
    np.arange(5_000_000, dtype=np.int64) << 33,  # a result of 40 MB, and 32 bytes each for pairs
):
    try:
        with at_most(130_000_000):
            functional.bucket_argsort(lengths)
    except MemoryError as error:
        assert "needs 160000000 bytes, but only" in str(error), error
    else:
        raise SystemExit("was not refused")
print(functional.bucket_argsort([2, 1]).tolist())
"""
    assert run_child(code) == "[1, 0]"
