"""Argument checks: name, rule and value in the text. What torch checks is left to torch."""

from __future__ import annotations

import operator
from typing import Any

ALGORITHMS = ("torch", "feistel")
OUTPUTS = ("list", "numpy", "torch")
PACKINGS = ("bfd", "ffd", "sequential")


def one_of(name: str, value: object, allowed: tuple[str, ...]) -> str:
    """``value``, if it is one of ``allowed``; else a ValueError."""
    if isinstance(value, str) and value in allowed:
        return value
    choices = ", ".join(map(repr, allowed))
    raise ValueError(f"{name} should be one of {choices}, but got {name}={value!r}")


def is_feistel(algorithm: object) -> bool:
    """Whether the order is that of the index shuffle; a ValueError for no order that there is."""
    return algorithm != "torch" and one_of("algorithm", algorithm, ALGORITHMS) == "feistel"


def positive_int(name: str, value: object) -> int:
    """``value``, if it is an int above 0; else torch's ValueError for such arguments."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise ValueError(f"{name} should be a positive integer value, but got {name}={value}")


def positive_index(name: str, value: Any) -> int:
    """``value``, if it is an integer above 0 of any kind, as an int; for arguments torch lacks."""
    if not isinstance(value, bool) and hasattr(value, "__index__"):
        number = int(operator.index(value))
        if number > 0:
            return number
    raise ValueError(f"{name} should be a positive integer value, but got {name}={value}")


def boolean(name: str, value: object) -> bool:
    """``value``, if it is a bool; else torch's ValueError for such arguments."""
    if isinstance(value, bool):
        return value
    raise ValueError(f"{name} should be a boolean value, but got {name}={value}")


def position(value: object, most: int) -> int:
    """``value``, if it is an int in [0, most]."""
    place = _integer("position", value)
    if not 0 <= place <= most:
        raise ValueError(f"position should be in [0, {most}], but got position={place}")
    return place


def rank(value: object, num_replicas: int) -> int:
    """``value``, if it is an int in [0, num_replicas); else torch's ValueError for such ranks."""
    place = _integer("rank", value)
    if not 0 <= place < num_replicas:
        raise ValueError(
            f"Invalid rank {place}, rank should be in the interval [0, {num_replicas - 1}]"
        )
    return place


def shuffled_length(n: object) -> int:
    """``n``, if an index shuffle of that length exists."""
    if type(n) is int and 1 <= n <= 2**62:
        return n
    length = _integer("n", n)
    if not 1 <= length <= 2**62:
        raise ValueError(f"n should be in [1, 2**62], but got n={length}")
    return length


def key(name: str, value: object) -> int:
    """A seed or an epoch as 64 bits without a sign."""
    if type(value) is int and 0 <= value < 2**63:
        return value
    number = _integer(name, value)
    if not -(2**63) <= number < 2**64:
        raise ValueError(f"{name} should be in [-2**63, 2**64), but got {name}={number}")
    return number % 2**64


def _integer(name: str, value: Any) -> int:
    try:
        return int(operator.index(value))
    except TypeError:
        raise TypeError(f"{name} should be an int, but got {name}={value!r}") from None
