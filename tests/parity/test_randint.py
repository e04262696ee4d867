"""functional.randint against torch.randint: PARITY section 2."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import fastsamplers.functional

RANGES = (1, 2, 3, 10, 2**16, 2**28 - 1, 2**28, 2**28 + 1, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 1,
          2**32, 2**32 + 1, 2**40, 2**62, 2**63 - 1)  # fmt: skip
LOWS = (0, 1, -1, 17, -(2**28), 2**31, -(2**31), 2**40, -(2**40), -(2**62), -(2**63))
COUNTS = (0, 1, 31, 32, 33, 311, 312, 313, 624, 1023, 1024, 1025, 2048, 3000)


@pytest.mark.parametrize("width", RANGES)
def test_ranges_and_lows(same, states, width: int) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(width)
        outcome = []
        for low in LOWS:
            if low + width < 2**63:
                drawn = library.randint(low, low + width, (40,), generator=generator)
                outcome += [drawn.tolist(), str(drawn.dtype), states(generator)]
        return [*outcome, library.randint(width, (5,)).tolist(), states()]

    same(scenario)


@pytest.mark.parametrize("high", [10, 2**40])
def test_counts(same, states, high: int) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(high)
        return [
            (library.randint(high, (count,), generator=generator).tolist(), states(generator))
            for count in COUNTS
        ]

    same(scenario)


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("high", [10, 2**28])
def test_at_every_instruction_set_level(same, high: int) -> None:
    same(lambda library: library.randint(high, (10_000,)).tolist())


@given(
    low=st.integers(-(2**63), 2**63 - 2),
    width=st.integers(1, 2**63 - 1),
    size=st.lists(st.integers(0, 7), max_size=4),
    seed=st.integers(-(2**63), 2**64 - 1),
    used=st.integers(0, 1300),
    shared=st.booleans(),
)
def test_random_calls(same, states, attempt, low, width, size, seed, used, shared) -> None:
    high = min(low + width, 2**63 - 1)

    def scenario(library):
        generator = torch.Generator().manual_seed(seed) if shared else None
        torch.randint(2, (used,), generator=generator)
        return [
            (attempt(lambda: library.randint(low, high, size, generator=generator)),
             states(generator))
            for _ in "ab"
        ]  # fmt: skip

    same(scenario, seed=seed)


CALLS = {
    "high, size": lambda f: f(9, (4,)),
    "low, high, size": lambda f: f(3, 9, (4,)),
    "size by name": lambda f: f(9, size=(4,)),
    "low, high, size by name": lambda f: f(3, 9, size=(4,)),
    "all by name": lambda f: f(low=3, high=9, size=(4,)),
    "high and size by name": lambda f: f(high=9, size=(4,)),
    "low, then names": lambda f: f(3, high=9, size=(4,)),
    "list": lambda f: f(9, [2, 3]),
    "torch.Size": lambda f: f(9, torch.Size([2, 3])),
    "no dimensions": lambda f: f(9, ()),
    "empty": lambda f: f(9, (3, 0)),
    "empty and huge": lambda f: f(9, (2**40, 0)),
    "numpy ints": lambda f: f(np.int64(9), (np.int64(4),)),
    "tensor bounds": lambda f: f(torch.tensor(3), torch.tensor(9), (4,)),
    "dtype": lambda f: f(9, (4,), dtype=torch.int32),
    "int64 dtype": lambda f: f(9, (4,), dtype=torch.int64),
    "float dtype": lambda f: f(9, (4,), dtype=torch.float32),
    "device": lambda f: f(9, (4,), device="cpu"),
    "out": lambda f: f(9, (4,), out=torch.empty(4, dtype=torch.int64)),
    "bool bounds": lambda f: f(False, True, (4,)),
    # What torch refuses.
    "nothing": lambda f: f(),
    "high alone": lambda f: f(9),
    "size that is an int": lambda f: f(9, 4),
    "low that is high": lambda f: f(5, 5, (2,)),
    "low above high": lambda f: f(6, 5, (2,)),
    "zero": lambda f: f(0, (2,)),
    "negative high": lambda f: f(-3, (2,)),
    "negative size": lambda f: f(5, (-1,)),
    "float high": lambda f: f(5.0, (2,)),
    "text": lambda f: f("5", (2,)),
    "float size": lambda f: f(5, (2.0,)),
    "bool size": lambda f: f(5, (True,)),
    "text size": lambda f: f(5, "ab"),
    "high above int64": lambda f: f(2**63, (2,)),
    "high far above int64": lambda f: f(2**64 + 5, (2,)),
    "low below int64": lambda f: f(-(2**63) - 1, 5, (2,)),
    "a range above int64": lambda f: f(-(2**63), 2**63 - 1, (4,)),
    "low and size": lambda f: f(low=3, size=(4,)),
    "high twice": lambda f: f(9, (4,), high=9),
    "low twice": lambda f: f(3, low=3, size=(4,)),
    "too many": lambda f: f(3, 9, (4,), None),
    "unknown name": lambda f: f(9, (4,), upper=9),
    "generator of another kind": lambda f: f(9, (4,), generator=7),
    "bytes above int64": lambda f: f(5, (2**61 + 1,)),
    "elements above int64": lambda f: f(5, (2**40, 2**40)),
    "size above int64": lambda f: f(5, (2**63,)),
}


@pytest.mark.parametrize("name", CALLS)
def test_every_way_to_call_it(same, attempt, name: str) -> None:
    same(lambda library: attempt(lambda: CALLS[name](library.randint)))


def test_what_cannot_fit_is_refused_before_anything_is_drawn(states) -> None:
    generator = torch.Generator().manual_seed(1)
    before = states(generator)
    with pytest.raises(MemoryError, match=r"8000000000000 bytes.*draw it in parts"):
        fastsamplers.functional.randint(9, (10**6, 10**6), generator=generator)
    assert states(generator) == before
