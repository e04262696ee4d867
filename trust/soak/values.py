"""Random numbers of samples, seeds, indices and weights, with the places where rules change."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch

# A Mersenne Twister gives 624 words at a time.
_EDGES = (0, 1, 1, 2, 3, 4, 31, 32, 33, 623, 624, 625, 626, 1247, 1248, 1249, 4095, 4096, 4097)
WEIGHT_KINDS = ("list", "tuple", "array64", "array32", "float64", "float32", "float16", "bfloat16")


def length(choices: random.Random, most: int = 10**7) -> int:
    """A number of samples: small, around an edge, seldom 10^5, very seldom 10^7."""
    kind = choices.random()
    if kind < 0.3:
        n = choices.choice(_EDGES)
    elif kind < 0.5:
        n = 2 ** choices.randrange(14) + choices.choice((-1, 0, 1))
    elif kind < 0.75:
        n = choices.randrange(100)
    elif kind < 0.98:
        n = choices.randrange(3000)
    elif kind < 0.998:
        n = 2 ** choices.randrange(14, 18) + choices.choice((-1, 0, 1))
    elif kind < 0.9999:
        n = choices.randrange(10**5, 10**6)
    else:
        n = choices.randrange(10**6, 10**7)
    return min(n, most)


def seed(choices: random.Random) -> int:
    """A seed: small, negative, of 64 bits, or one that torch refuses."""
    return choices.choice(
        (
            0,
            choices.randrange(100),
            -choices.randrange(1, 100),
            choices.getrandbits(32),
            choices.getrandbits(64),
            choices.getrandbits(64) - 2**63,
            choices.choice((2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1)),
        )
    )


def container(choices: random.Random, n: int) -> tuple[str, Any]:
    """n integers to take a subset of, and how they are held."""
    kind = choices.choice(("list", "tuple", "range", "tensor", "tensor32", "array", "array16"))
    low = choices.randrange(-1000, 1000)
    if kind == "range":
        return kind, range(low, low + 3 * n, 3)
    values = np.random.default_rng(choices.getrandbits(64)).integers(low, low + 30_000, n)
    values = values.astype({"tensor32": "int32", "array16": "uint16"}.get(kind, "int64"))
    if kind == "list":
        return kind, values.tolist()
    if kind == "tuple":
        return kind, tuple(values.tolist())
    return kind, torch.from_numpy(values) if kind.startswith("tensor") else values


def weights(
    choices: random.Random, n: int, kinds: tuple[str, ...] = WEIGHT_KINDS
) -> tuple[str, Any]:
    """n weights, and how they are held: with zeros, ties, wide ranges; seldom spoiled."""
    kind = choices.choice(kinds)
    source = np.random.default_rng(choices.getrandbits(64))
    shape = choices.choice(("even", "ties", "wide", "one", "whole"))
    if shape == "even":
        values = source.random(n) + 1e-3
    elif shape == "ties":
        values = source.integers(1, 4, n).astype(float)
    elif shape == "wide":
        values = np.exp(source.normal(0, 4, n))
    elif shape == "one":
        values = np.where(np.arange(n) == n // 2, 1.0, 1e-6)
    else:
        values = source.integers(0, 50, n).astype(float)
    zeros = choices.choice((0.0, 0.0, 0.1, 0.9))
    values[source.random(n) < zeros] = 0.0
    if n and choices.random() < 0.05:
        values[choices.randrange(n)] = choices.choice((-1.0, float("nan"), float("inf"), -0.0))
    text = f"{kind} {shape}, zeros {zeros}"
    if kind == "list":
        return text, values.tolist()
    if kind == "tuple":
        return text, tuple(values.tolist())
    if kind.startswith("array"):
        return text, values.astype(f"float{kind[5:]}")
    return text, torch.from_numpy(values).to(getattr(torch, kind))
