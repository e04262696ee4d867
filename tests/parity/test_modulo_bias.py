"""How unevenly torch's remainder rule draws: the figures of docs/guarantees.md, seen in draws."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
import torch

import fastsamplers
from fastsamplers import _core
from trust import modulo_bias

# The likelier values are about half of these.
N = 2 * 10**8
DRAWS = 4_000_000


@pytest.mark.parametrize("bits", [1, 6, 8])
@pytest.mark.parametrize("n", [1, 2, 3, 5, 48, 63, 64, 100, 255, 256])
def test_every_word_counted(bits, n):
    if n > 2**bits:
        with pytest.raises(ValueError, match="should lie in"):
            modulo_bias.bias(n, bits)
        return
    counts = Counter(word % n for word in range(2**bits))
    found = modulo_bias.bias(n, bits)
    most, least = max(counts.values()), min(counts.values())
    assert found.favoured == (
        sum(count == most for count in counts.values()) if most > least else 0
    )
    assert found.excess == Fraction(most, least) - 1
    chances = [Fraction(count, 2**bits) for count in counts.values()]
    assert found.moved == sum(abs(chance - Fraction(1, n)) for chance in chances) / 2


@pytest.mark.parametrize("n", modulo_bias.LENGTHS)
def test_bits_are_those_that_torch_takes(n):
    assert modulo_bias.bits_of_randint(n) == 32 * _core.bounded_words(n)


def deviations(share: float, expected: float, count: int) -> float:
    return abs(share - expected) / math.sqrt(expected * (1 - expected) / count)


@pytest.mark.parametrize("randint", [torch.randint, fastsamplers.functional.randint])
def test_draws_are_as_uneven_as_that(randint):
    found = modulo_bias.bias(N, 32)
    drawn = randint(0, N, (DRAWS,), generator=torch.Generator().manual_seed(1))
    share = float((drawn < found.favoured).double().mean())
    even = found.favoured / N
    assert deviations(share, even + float(found.moved), DRAWS) < 4
    assert deviations(share, even, DRAWS) > 40
    assert found.draws_to_notice < DRAWS / 100


def test_the_index_shuffle_is_even():
    found = modulo_bias.bias(N, 32)
    values = np.concatenate([fastsamplers.IndexShuffle(N, seed)[:256] for seed in range(4000)])
    share = float((values < found.favoured).mean())
    assert deviations(share, found.favoured / N, len(values)) < 4
    assert deviations(share, found.favoured / N + float(found.moved), len(values)) > 20
