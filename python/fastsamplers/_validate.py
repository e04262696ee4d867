"""Argument checks: name, rule and value in the text. What torch checks is left to torch."""

from __future__ import annotations

ALGORITHMS = ("torch",)
OUTPUTS = ("list", "numpy", "torch")


def one_of(name: str, value: object, allowed: tuple[str, ...]) -> str:
    """``value``, if it is one of ``allowed``; else a ValueError."""
    if isinstance(value, str) and value in allowed:
        return value
    choices = ", ".join(map(repr, allowed))
    raise ValueError(f"{name} should be one of {choices}, but got {name}={value!r}")


def positive_int(name: str, value: object) -> int:
    """``value``, if it is an int above 0; else torch's ValueError for such arguments."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise ValueError(f"{name} should be a positive integer value, but got {name}={value}")


def boolean(name: str, value: object) -> bool:
    """``value``, if it is a bool; else torch's ValueError for such arguments."""
    if isinstance(value, bool):
        return value
    raise ValueError(f"{name} should be a boolean value, but got {name}={value}")
