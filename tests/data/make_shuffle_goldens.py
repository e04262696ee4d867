"""Writes shuffle_goldens.json: permutations of the index shuffle, from its plain-Python reference.

    python tests/data/make_shuffle_goldens.py

What stands there is a promise: users' runs are resumed by it. A case may be added, but none may
change within a major version of the package.
"""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path
from typing import Any

from shuffle_reference import VERSION, ReferenceShuffle

FILE = Path(__file__).with_name("shuffle_goldens.json")

# Where a form begins or ends, where the halves grow, and what users have.
LENGTHS = (
    *(1, 2, 3, 5, 100, 4095, 4096, 4097, 2**13 - 1, 2**14, 2**14 + 1),
    *(2**16 - 1, 2**16, 2**16 + 1, 10**6, 2**24 - 1, 2**24, 2**24 + 1, 10**9),
    *(2**30 - 1, 2**30, 2**30 + 1, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 1, 2**32, 2**32 + 1),
    *(10**12, 2**48 + 1, 2**53 - 1, 2**53, 2**53 + 1, 10**18, 2**60, 2**61 + 1, 2**62 - 1, 2**62),
)
SEEDS = (0, 1, -1, 2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 1, -(2**63), 0x9E3779B97F4A7C15)
EPOCHS = (0, 1, 2**64 - 1)
SAME_LENGTHS = (100, 4097, 10**6, 10**9, 2**31 + 1, 2**62)  # with every one of some seeds


def case_of(n: int, seed: int, epoch: int) -> dict[str, Any]:
    shuffle = ReferenceShuffle(n, seed, epoch)
    between = sorted({n * k // 13 for k in range(1, 13)})
    return {
        "n": n,
        "seed": seed,
        "epoch": epoch,
        "first": shuffle.values(range(min(n, 24))),
        "last": shuffle.values(range(max(0, n - 8), n)),
        "between": [[place, shuffle.value_at(place)] for place in between],
    }


def goldens() -> dict[str, Any]:
    choose = random.Random(2024)
    keys = list(itertools.product(SEEDS, EPOCHS))
    cases = [case_of(n, *keys[k * 7 % len(keys)]) for k, n in enumerate(LENGTHS)]
    for n in SAME_LENGTHS:
        cases += [case_of(n, seed, epoch) for seed, epoch in ((0, 0), (0, 1), (1, 0), (-1, 1))]
    for _ in range(12):
        n = choose.randrange(1, 2 ** choose.randrange(1, 63))
        cases.append(case_of(n, choose.randrange(2**64), choose.randrange(2**64)))
    return {"version": VERSION, "cases": cases}


def text(made: dict[str, Any]) -> str:
    """A line for each case, so that a change shows as the cases that it touches."""
    cases = ",\n".join(json.dumps(case, separators=(",", ":")) for case in made["cases"])
    return f'{{\n"version": {json.dumps(made["version"])},\n"cases": [\n{cases}\n]\n}}\n'


if __name__ == "__main__":
    FILE.write_text(text(goldens()))
