"""Adapters for training frameworks: explicit calls, each of which needs its framework alone.

Nothing is patched, and no framework is imported before its module here is: ``accelerate``,
``lightning``, ``ray``, ``transformers``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_FRAMEWORKS = ("accelerate", "lightning", "ray", "transformers")


def __getattr__(name: str) -> Any:
    if name in _FRAMEWORKS:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*_FRAMEWORKS]
