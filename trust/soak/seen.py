"""What a consumer can see of a value or an error, and the first place where two of them differ."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import torch


def plain(value: Any) -> Any:
    """``value`` with the types that == forgets: True is not 1, and np.int64(1) is not 1."""
    if isinstance(value, torch.Tensor):
        kind = (str(value.dtype), str(value.device), tuple(value.shape))
        return ("tensor", *kind, value.tolist())
    if isinstance(value, np.ndarray):
        return ("array", str(value.dtype), value.shape, value.tolist())
    if isinstance(value, list | tuple):
        name = type(value).__name__
        # The usual case, which may have millions of them.
        if set(map(type, value)) <= {int}:
            return (name, "of int", tuple(value))
        return (name, [plain(item) for item in value])
    return (type(value).__name__, value)


def raised(error: Exception) -> tuple[str, str, str]:
    """An error's type and text."""
    # Texts may hold the addresses of objects, and some of torch's end in a C++ stack trace.
    text = re.sub(r"0x[0-9a-f]+", "0x", str(error).split("\nException raised from")[0])
    return ("raised", type(error).__name__, text)


def difference(expected: Any, got: Any, path: str = "") -> str | None:
    """The first place where two outcomes differ, in a line; None if there is none.

    Types count: True is not 1.
    """
    if type(expected) is type(got) and isinstance(expected, list | tuple):
        for k, (left, right) in enumerate(zip(expected, got, strict=False)):
            # What is seen has a name, which says more than a number.
            named = isinstance(left, tuple) and len(left) == 2 and isinstance(left[0], str)
            place = f"{path}[{k}]" + (f" {left[0]}" if named and path == "" else "")
            if (text := difference(left, right, place)) is not None:
                return text
        if len(expected) != len(got):
            return f"{path}: {len(expected)} elements with torch, {len(got)} with ours"
        return None
    if type(expected) is type(got) and (expected == got or (expected != expected and got != got)):
        return None
    if isinstance(expected, bytes) and isinstance(got, bytes) and len(expected) == len(got):
        first = next(k for k in range(len(got)) if expected[k] != got[k])
        return f"{path}: bytes differ from {first} on"
    return f"{path}: torch {str(expected)[:300]!r}, ours {str(got)[:300]!r}"
