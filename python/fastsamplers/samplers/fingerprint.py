"""Digests that tell whether a state belongs to the same indices."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import torch

# So many items are looked at, at even distances; of shorter sequences all.
_ITEMS = 1024


def fingerprint_of(items: Any) -> str | None:
    """A digest of a sequence's length and of up to 1,024 of its items; O(1).

    None for a sequence that is no list, tuple, range, array or tensor: reading its items may be
    slow, and may do anything.
    """
    if not isinstance(items, list | tuple | range | np.ndarray | torch.Tensor):
        return None
    n = len(items)
    count = min(n, _ITEMS)
    places = [k * (n - 1) // max(1, count - 1) for k in range(count)]
    if isinstance(items, torch.Tensor):
        values = items[places].tolist()
    elif isinstance(items, np.ndarray):
        values = items[places].tolist()
    else:
        values = [_plain(items[place]) for place in places]
    return hashlib.blake2b(repr((n, values)).encode(), digest_size=16).hexdigest()


def _plain(item: Any) -> Any:
    return item.item() if isinstance(item, np.generic | torch.Tensor) else item
