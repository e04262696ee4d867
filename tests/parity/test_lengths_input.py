"""Lengths in every form that users have them in: the same order and the same batches, no copies."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import fastsamplers
from fastsamplers import _lengths, functional

N = 500
# All integer dtypes hold these.
VALUES = np.random.default_rng(1).integers(0, 128, N)

DTYPES = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]


def spread(array: np.ndarray, step: int) -> np.ndarray:
    """The same values, with others between them."""
    wide = np.full(abs(step) * len(array), 77, dtype=array.dtype)
    view = wide[::step]
    view[:] = array
    return view


FORMS: dict[str, Callable[[np.ndarray], Any]] = {
    "array": lambda array: array,
    "strided": lambda array: spread(array, 3),
    "backwards": lambda array: spread(array, -1),
    "column": lambda array: np.stack([array, array[::-1]], axis=1)[:, 0],
    "big-endian": lambda array: array.astype(array.dtype.newbyteorder(">")),
    "unaligned": lambda array: np.frombuffer(b"\0" + array.tobytes(), np.uint8)[1:].view(
        array.dtype
    ),
    "tensor": lambda array: torch.from_numpy(array.copy()),
    "strided tensor": lambda array: torch.from_numpy(np.repeat(array, 2))[::2],
    "expanded tensor": lambda array: torch.from_numpy(array.copy()).expand(3, -1)[1],
}


def frozen(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.flags.writeable = False
    return array


SEQUENCES: dict[str, Callable[[np.ndarray], Any]] = {
    "list": lambda array: array.tolist(),
    "tuple": lambda array: tuple(array.tolist()),
    "list of NumPy's ints": list,
    "list of tensors": lambda array: list(torch.from_numpy(array)),
    "read-only": frozen,
    "subclass of array": lambda array: array.view(np.recarray),
    "parameter": lambda array: torch.nn.Parameter(torch.from_numpy(array), requires_grad=False),
}


def outcomes(lengths: Any) -> list[Any]:
    """What everything that reads lengths makes of them."""
    generator = torch.Generator().manual_seed(3)
    return [
        functional.bucket_argsort(lengths).tolist(),
        [part.tolist() for part in functional.pack(lengths, 200)],
        list(fastsamplers.LengthGroupedSampler(4, lengths=lengths, generator=generator)),
        list(fastsamplers.BucketBatchSampler(lengths, 4, window=7)),
        list(fastsamplers.MaxTokensBatchSampler(lengths, 300)),
        list(fastsamplers.PackedBatchSampler(lengths, 150)),
    ]


EXPECTED = outcomes(VALUES.tolist())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("form", FORMS)
def test_every_dtype_in_every_form(form: str, dtype: str) -> None:
    assert outcomes(FORMS[form](VALUES.astype(dtype))) == EXPECTED


@pytest.mark.parametrize("form", SEQUENCES)
def test_sequences_and_other_arrays(form: str) -> None:
    assert outcomes(SEQUENCES[form](VALUES)) == EXPECTED


@pytest.mark.parametrize("dtype", ["<u2", ">i4", "<i8"])
def test_memory_maps(tmp_path: Path, dtype: str) -> None:
    path = tmp_path / "lengths.npy"
    np.save(path, VALUES.astype(dtype))
    assert outcomes(np.load(path, mmap_mode="r")) == EXPECTED
    part = np.load(path, mmap_mode="c")[3:401:2]
    assert outcomes(part) == outcomes(VALUES[3:401:2].tolist())


def test_ranges() -> None:
    expected = [*range(90, 0, -3)]
    assert outcomes(range(90, 0, -3)) == outcomes(expected)
    assert functional.bucket_argsort(range(5)).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("form", ["array", "strided", "backwards", "tensor", "strided tensor"])
def test_nothing_is_copied(form: str, dtype: str) -> None:
    given = FORMS[form](VALUES.astype(dtype))
    array = _lengths.as_array(given)
    shared = given.numpy() if isinstance(given, torch.Tensor) else given
    assert np.shares_memory(array, shared)
    assert array.strides == shared.strides


@pytest.mark.parametrize(
    "empty", [[], (), range(0), np.array([], np.uint8), torch.tensor([]).int()], ids=repr
)
def test_none_at_all(empty: Any) -> None:
    assert functional.bucket_argsort(empty).tolist() == []
    indices, offsets = functional.pack(empty, 5)
    assert (indices.tolist(), offsets.tolist()) == ([], [0])
    for batches in (
        fastsamplers.BucketBatchSampler(empty, 3),
        fastsamplers.MaxTokensBatchSampler(empty, 3),
        fastsamplers.PackedBatchSampler(empty, 3),
    ):
        assert len(batches) == 0
        assert list(batches) == []


READERS: dict[str, Callable[[Any], Any]] = {
    "bucket_argsort": functional.bucket_argsort,
    "pack": lambda lengths: functional.pack(lengths, 200),
    "grouped": lambda lengths: fastsamplers.LengthGroupedSampler(4, lengths=lengths),
    "buckets": lambda lengths: fastsamplers.BucketBatchSampler(lengths, 4),
    "tokens": lambda lengths: fastsamplers.MaxTokensBatchSampler(lengths, 300),
    "bins": lambda lengths: fastsamplers.PackedBatchSampler(lengths, 150),
}
WRONG: dict[str, tuple[Any, type[Exception], str]] = {
    "floats": ([1.0, 2.0], TypeError, "lengths should be integers, but got dtype float64"),
    "float array": (np.ones(3, np.float32), TypeError, "integers, but got dtype float32"),
    "no floats": (np.array([]), TypeError, "integers, but got dtype float64"),
    "float tensor": (torch.ones(3), TypeError, r"integers, but got dtype torch\.float32"),
    "bools": ([True, False], TypeError, "integers, but got dtype bool"),
    "bool tensor": (torch.ones(3, dtype=torch.bool), TypeError, r"but got dtype torch\.bool"),
    "strings": (["a", "bb"], TypeError, "lengths should be integers"),
    "none among them": ([1, None], TypeError, "integers, but got dtype object"),
    "dates": (np.zeros(2, "M8[s]"), TypeError, "lengths should be integers"),
    "a number": (5, ValueError, r"one dimension, but got shape \(\)"),
    "none": (None, (TypeError, ValueError), "lengths should"),
    "a matrix": ([[1, 2], [3, 4]], ValueError, r"one dimension, but got shape \(2, 2\)"),
    "a matrix tensor": (torch.ones(2, 1).int(), ValueError, r"one dimension, .*shape \(2, 1\)"),
    "a scalar tensor": (torch.tensor(3), ValueError, r"one dimension, but got shape \(\)"),
    "beyond 64 bits": ([1, 2**64], ValueError, "should fit 64 bits, but got 18446744073709551616"),
    "far below": ([1, -(2**63) - 1], ValueError, "fit 64 bits, but got -9223372036854775809"),
    "beyond 2**32": (
        np.broadcast_to(np.int8(1), 2**32), ValueError,
        r"fewer than 2\*\*32, but got 4294967296 of them",
    ),
}  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", WRONG)
def test_what_is_refused(name: str, reader: str) -> None:
    if (name, reader) == ("none", "grouped"):  # which then wants a dataset
        return
    given, error, text = WRONG[name]
    with pytest.raises(error, match=text):
        READERS[reader](given)


@pytest.mark.parametrize("dtype", [name for name in DTYPES if name[0] == "i"])
@pytest.mark.parametrize("reader", [name for name in READERS if name != "bucket_argsort"])
def test_a_length_below_zero_is_named(reader: str, dtype: str) -> None:
    lengths = np.arange(1, 101).astype(dtype)
    lengths[[40, 70, 90]] = -3, -5, -5
    with pytest.raises(
        ValueError, match=r"lengths should be non-negative, but got lengths\[70\]=-5"
    ):
        READERS[reader](lengths)
    with pytest.raises(ValueError, match=r"lengths\[1\]=-1"):
        READERS[reader](np.array([4, -1, 0], dtype))


def test_all_equal_ones_are_warned_of() -> None:
    equal = [7] * 5
    for reader in ("grouped", "buckets", "tokens"):
        with pytest.warns(
            UserWarning, match="all 5 lengths are 7, so that grouping by length does nothing"
        ) as caught:
            READERS[reader](equal)
        assert [warning.filename for warning in caught] == [__file__]
    READERS["bins"](equal)
    with pytest.warns(
        UserWarning, match="all 3 lengths are 0, so that all samples fit into one bin"
    ) as caught:
        READERS["bins"]([0, 0, 0])
    assert [warning.filename for warning in caught] == [__file__]


def test_others_are_not() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for lengths in ([], [7], [0], [7, 7, 7, 8], [0, 0, 1], VALUES):
            for reader in READERS.values():
                reader(lengths)
            copies = fastsamplers.BucketBatchSampler(lengths, 2)
            list(copies)
