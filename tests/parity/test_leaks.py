"""Passes again and again leave nothing behind."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from trust.faults.children import lines_of
from trust.faults.leaks import RUNS, growth

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
NAMES = [*RUNS][::4]
PASSES = 200


@pytest.mark.unsanitized("AddressSanitizer keeps what has been freed")
def test_passes_leave_nothing_behind() -> None:
    """A quarter of all; ``make faults`` watches the rest, and longer."""
    outcomes = [json.loads(line) for line in lines_of("leaks", PASSES, *NAMES)]
    assert [name for name, *_ in outcomes] == NAMES
    assert [outcome for outcome in outcomes if outcome[1]] == []


@pytest.mark.parametrize("what", ["an object for each index", "a buffer for each pass", "a cycle"])
def test_a_leak_is_noticed(what: str) -> None:
    kept: list[object] = []

    def leak() -> None:
        if what == "an object for each index":
            kept.append([float(k) for k in range(1000)])
        elif what == "a buffer for each pass":
            kept.append(np.ones(10_000))
        else:
            kept.append({"itself": kept})

    assert growth(leak, PASSES).is_leak(PASSES)
