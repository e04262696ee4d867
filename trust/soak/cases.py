"""All cases by name."""

from __future__ import annotations

from collections.abc import Callable

from trust.soak import functions, lengths, loaders, refused, samplers
from trust.soak.run import Run

CASES: dict[str, Callable[[Run], None]] = {
    **samplers.CASES,
    **loaders.CASES,
    **functions.CASES,
    **lengths.CASES,
    **refused.CASES,
}
