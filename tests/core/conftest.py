"""Oracles for the kernels: torch's goldens, numpy's MT19937, and orders in plain Python."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fastsamplers import _core

GOLDENS = Path(__file__).parents[1] / "data" / "goldens.json"


@pytest.fixture(scope="session")
def goldens() -> dict[str, Any]:
    """What torch draws; tests/data/make_goldens.py made it."""
    return json.loads(GOLDENS.read_text())


@pytest.fixture(scope="session")
def state_of() -> Callable[..., bytes]:
    """An engine's state in torch's bytes, those of the cached normals as ``around`` has them."""

    def state_of(engine: _core.Mt19937, around: bytes = b"") -> bytes:
        state = np.frombuffer(around or _empty_state(), dtype=np.uint8).copy()
        engine.to_torch_state(state)
        return state.tobytes()

    return state_of


def _empty_state() -> bytes:
    return bytes(_core.TORCH_STATE_BYTES)


@pytest.fixture(scope="session")
def state_digest(state_of) -> Callable[[_core.Mt19937], str]:
    return lambda engine: hashlib.sha256(state_of(engine)).hexdigest()


@pytest.fixture(scope="session")
def order_digest() -> Callable[[np.ndarray], str]:
    """As the goldens have it: SHA-256 of the values as little-endian int32."""
    return lambda values: hashlib.sha256(np.asarray(values).astype("<i4").tobytes()).hexdigest()


@pytest.fixture(scope="session")
def numpy_words() -> Callable[[int, int], np.ndarray]:
    """The first words of MT19937 as numpy makes them: the same seeding, another implementation."""

    def words(seed: int, count: int) -> np.ndarray:
        return np.random.RandomState(seed % 2**32).randint(0, 2**32, count, dtype=np.uint32)

    return words


@pytest.fixture(scope="session")
def forward_shuffle(numpy_words) -> Callable[[int, int], list[int]]:
    """torch.randperm below n = 214,748,364, step by step."""

    def shuffle(seed: int, n: int, turns: int = 1) -> list[int]:
        words = iter(numpy_words(seed, turns * max(n - 1, 0)).tolist())
        result = []
        for _ in range(turns):
            order = list(range(n))
            for i in range(n - 1):
                z = i + next(words) % (n - i)
                order[i], order[z] = order[z], order[i]
            result += order
        return result

    return shuffle
