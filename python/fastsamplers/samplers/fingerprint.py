"""Digests that tell whether a state belongs to the same indices."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import torch

# Of longer sequences no more items than this are looked at, at even distances, and the last one.
_ITEMS = 512


def fingerprint_of(items: Any) -> str | None:
    """A digest of a sequence's length and of up to 513 of its items; O(1).

    None for a sequence that is no list, tuple, range, array or tensor: reading its items may be
    slow, and may do anything.
    """
    if not isinstance(items, list | tuple | range | np.ndarray | torch.Tensor):
        return None
    n = len(items)
    chosen: Any = items[:: max(1, -(-n // _ITEMS))]
    last: Any = items[-1:]
    if isinstance(chosen, np.ndarray | torch.Tensor):
        values = [chosen.tolist(), last.tolist()]
    else:
        values = [[_plain(item) for item in part] for part in (chosen, last)]
    return hashlib.blake2b(repr((n, values)).encode(), digest_size=16).hexdigest()


def _plain(item: Any) -> Any:
    return item if type(item) is int or not hasattr(item, "tolist") else item.tolist()
