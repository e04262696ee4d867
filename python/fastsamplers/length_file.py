"""Lengths of samples from a file: NumPy's format where it lies, or text."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fastsamplers import _lengths

_NPY_MAGIC = b"\x93NUMPY"


def read_lengths(file: Path) -> npt.NDArray[Any]:
    """The lengths in a file: a memory map of a ``.npy`` file, or one integer a line of text.

    Raises:
        OSError: the file cannot be read.
        TypeError, ValueError: it holds no integers of one dimension, or none at all.
    """
    with file.open("rb") as opened:
        is_npy = opened.read(len(_NPY_MAGIC)) == _NPY_MAGIC
    lengths = _mapped(file) if is_npy or file.suffix == ".npy" else _of_text(file)
    if lengths.size == 0:
        raise ValueError(f"lengths should not be empty, but got none in {file}")
    return lengths


def _mapped(file: Path) -> npt.NDArray[Any]:
    try:
        mapped = np.load(file, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{file} should be a .npy file of integers, but: {error}") from None
    if not isinstance(mapped, np.ndarray):
        mapped.close()
        raise ValueError(f"{file} should be a .npy file of one array, but got an .npz file")
    return _lengths.as_array(mapped)


def _of_text(file: Path) -> npt.NDArray[np.int64]:
    try:
        with warnings.catch_warnings():
            # An empty file is told by the caller.
            warnings.simplefilter("ignore", UserWarning)
            lengths = np.loadtxt(file, dtype=np.int64, comments=None, ndmin=2, encoding="utf-8")
    except ValueError as error:
        raise _bad_line(file) or ValueError(f"{file}: {error}") from None
    if lengths.size > 0 and lengths.shape[1] != 1:
        raise _bad_line(file) or ValueError(f"{file} should have one integer a line")
    return lengths.reshape(-1)


def _bad_line(file: Path) -> ValueError | None:
    """Names the first line that is no integer: NumPy counts rows from 0 and leaves out some."""
    with file.open("rb") as opened:
        for number, line in enumerate(opened, 1):
            text = line[:40].decode("utf-8", "replace").strip()
            try:
                fits = not text or -(2**63) <= int(text) < 2**63
            except ValueError:
                fits = False
            if not fits:
                return ValueError(
                    f"{file} should be a .npy file or have one integer of 64 bits a line, "
                    f"but got line {number}: {text!r}"
                )
    return None
