"""Lengths of samples from a file: NumPy's format where it lies, or text."""

from __future__ import annotations

import re
import tokenize
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fastsamplers import _lengths

_NPY_MAGIC = b"\x93NUMPY"
_ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")  # the latter of an archive that is empty
# What NumPy makes of a damaged header: it reads Python literals.
_UNREADABLE = (ValueError, TypeError, OverflowError, SyntaxError, tokenize.TokenError)
# Integers in text as NumPy reads them; int() takes more, as 1_0.
_INTEGER = re.compile(r"[+-]?0*[0-9]{1,19}")
_ENCODING = "utf-8-sig"  # UTF-8, whether or not a byte order mark comes first


def read_lengths(file: Path) -> npt.NDArray[Any]:
    """The lengths in a file: a memory map of a ``.npy`` file, or one integer a line of text.

    Raises:
        OSError: the file cannot be read.
        TypeError, ValueError: it holds no integers of one dimension, or none at all.
    """
    with file.open("rb") as opened:
        start = opened.read(len(_NPY_MAGIC))
    if start.startswith(_ZIP_MAGICS):
        raise ValueError(f"{file} should be a .npy file of one array, but got an .npz file")
    is_npy = start == _NPY_MAGIC or file.suffix == ".npy"
    lengths = _mapped(file) if is_npy else _of_text(file)
    if lengths.size == 0:
        raise ValueError(f"lengths should not be empty, but got none in {file}")
    return lengths


def _mapped(file: Path) -> npt.NDArray[Any]:
    try:
        mapped = np.lib.format.open_memmap(file, mode="r")
    except _UNREADABLE as error:
        # Further lines name arguments of NumPy's, which are no options here.
        reason = str(error).partition("\n")[0]
        raise ValueError(f"{file} should be a .npy file of integers, but: {reason}") from None
    return _lengths.as_array(mapped)


def _of_text(file: Path) -> npt.NDArray[np.int64]:
    try:
        with warnings.catch_warnings():
            # An empty file is told by the caller.
            warnings.simplefilter("ignore", UserWarning)
            lengths = np.loadtxt(file, dtype=np.int64, comments=None, ndmin=2, encoding=_ENCODING)
    except ValueError as error:
        raise _bad_line(file) or ValueError(f"{file}: {error}") from None
    if lengths.size > 0 and lengths.shape[1] != 1:
        raise _bad_line(file) or ValueError(f"{file} should have one integer a line")
    return lengths.reshape(-1)


def _bad_line(file: Path) -> ValueError | None:
    """Names the first line that is no integer: NumPy counts rows from 0 and leaves out some."""
    with file.open(encoding=_ENCODING, errors="replace") as opened:
        for number, line in enumerate(opened, 1):
            text = line.strip()
            is_integer = _INTEGER.fullmatch(text) is not None
            if text and not (is_integer and -(2**63) <= int(text) < 2**63):
                return ValueError(
                    f"{file} should be a .npy file or have one integer of 64 bits a line, "
                    f"but got line {number}: {text[:40]!r}"
                )
    return None
