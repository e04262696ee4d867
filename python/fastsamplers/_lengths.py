"""Lengths of samples as the kernels read them: any integers, where they lie."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.utils.data

from fastsamplers import _core, _torch

# Places are of 32 bits.
_MOST = 2**32


def as_array(lengths: Any) -> npt.NDArray[Any]:
    """``lengths`` as a one-dimensional array of native integers; copied only where it has to be.

    Raises:
        TypeError: they are no integers.
        ValueError: they do not have one dimension, do not fit 64 bits, or are 2**32 or more.
    """
    if isinstance(lengths, torch.utils.data.Sampler):
        raise TypeError(
            f"lengths should be integers, but got a sampler, {type(lengths).__name__}: frameworks "
            "that make batch samplers anew need an adapter, see fastsamplers.integrations"
        )
    if isinstance(lengths, torch.Tensor):
        if lengths.dtype not in _torch.INTEGERS:
            raise TypeError(f"lengths should be integers, but got dtype {lengths.dtype}")
        array = _torch.array_of(lengths.cpu())
    elif isinstance(lengths, np.ndarray):
        array = lengths
    else:
        array = _of_sequence(lengths)
    if array.ndim != 1:
        raise ValueError(f"lengths should have one dimension, but got shape {array.shape}")
    if array.dtype.kind not in "iu":
        raise TypeError(f"lengths should be integers, but got dtype {array.dtype}")
    if array.size >= _MOST:
        raise ValueError(f"lengths should be fewer than 2**32, but got {array.size} of them")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _of_sequence(lengths: Any) -> npt.NDArray[Any]:
    array = np.asarray(lengths)
    if array.ndim != 1:
        return array
    if array.size == 0:
        return array.astype(np.int64)
    if array.dtype.kind in "fO" and all(isinstance(x, int | np.integer) for x in lengths):
        # Some of them are above int64, for which NumPy finds no common integers.
        try:
            return np.array(lengths, dtype=np.uint64)
        except OverflowError:
            large = next(x for x in lengths if not 0 <= x < 2**64)
            raise ValueError(f"lengths should fit 64 bits, but got {large}") from None
    return array


def survey(lengths: Any) -> _core.Lengths:
    """The lengths and what one look at all of them says; ValueError if one is below zero."""
    surveyed = _core.Lengths(as_array(lengths))
    if len(surveyed) > 0 and surveyed.least < 0:
        raise ValueError(
            "lengths should be non-negative, but got "
            f"lengths[{surveyed.first_least}]={surveyed.least}"
        )
    return surveyed


def require_within(surveyed: _core.Lengths, name: str, most: int) -> None:
    """ValueError unless every sample by itself is within a budget or a capacity."""
    if len(surveyed) > 0 and surveyed.greatest > most:
        raise ValueError(
            f"{name} should be at least the length of each sample, but got {name}={most} and "
            f"lengths[{surveyed.first_greatest}]={surveyed.greatest}"
        )


def as_word(name: str, value: int, enough: int) -> int:
    """``value`` as 64 bits without a sign, where ``enough`` serves as well as anything above it."""
    if value < 2**64:
        return value
    if enough < 2**64:
        return enough
    raise ValueError(f"{name} should be below 2**64 for such lengths, but got {name}={value}")


def warn_if_equal(surveyed: _core.Lengths, effect: str, stacklevel: int = 4) -> None:
    """One warning where lengths cannot tell samples apart, which is hardly ever meant."""
    if len(surveyed) > 1 and surveyed.least == surveyed.greatest:
        warnings.warn(
            f"all {len(surveyed)} lengths are {surveyed.least}, so that {effect}",
            UserWarning,
            stacklevel=stacklevel,
        )
