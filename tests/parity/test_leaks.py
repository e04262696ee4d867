"""Passes again and again leave nothing behind."""

from __future__ import annotations

import ctypes
import json
import sys

import numpy as np
import pytest

from trust.faults.children import lines_of
from trust.faults.leaks import RUNS, Growth, growth

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


@pytest.mark.unsanitized("asks glibc's malloc")
def test_a_few_bytes_of_the_c_library_are_noticed() -> None:
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallinfo2"):
        pytest.skip("not glibc")
    library.malloc.restype = ctypes.c_void_p
    kept: list[int] = []
    grown = growth(lambda: kept.append(library.malloc(200)), PASSES)
    assert 200 * PASSES <= grown.heap < 400 * PASSES
    assert Growth(0, 0, 0, grown.heap).is_leak(PASSES)
    for block in kept:
        library.free(ctypes.c_void_p(block))
