"""The rules of PARITY section 2, written out over engine words: the installed torch follows them.

The samplers of this package rest on these rules, the later ones too. Each rule is plain Python here
and takes its words from our engine, so a torch that draws otherwise fails here first.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from fastsamplers import _core


@pytest.fixture
def pair():
    """A torch generator and an engine at the same place, and a check that they still are."""

    def make(seed: int):
        generator = torch.Generator().manual_seed(seed)
        engine = _core.Mt19937(seed)

        def together() -> bool:
            state = generator.get_state().numpy()
            ours = state.copy()
            engine.to_torch_state(ours)
            return ours.tobytes() == state.tobytes()

        return generator, engine, together

    return make


def uniform(engine: _core.Mt19937) -> float:
    return (engine.random64() & (2**53 - 1)) * 2.0**-53


def exponential(engine: _core.Mt19937) -> float:
    return -math.log1p(-uniform(engine))


@pytest.mark.parametrize("n", [0, 1, 2, 3, 10, 624, 625, 2000])
def test_randperm_is_a_forward_shuffle(pair, n: int) -> None:
    generator, engine, together = pair(n)
    order = list(range(n))
    for i in range(n - 1):
        z = engine.random() % (n - i)
        order[i], order[i + z] = order[i + z], order[i]
    assert torch.randperm(n, generator=generator).tolist() == order
    assert together()


def test_the_branch_of_randperm_is_where_the_kernels_switch() -> None:
    assert _core.INSIDE_OUT_FROM == 0xFFFFFFFF // 20 == 214_748_364
    assert [_core.permutation_words(n) for n in (0, 1, 2, 1000)] == [0, 0, 1, 999]
    assert _core.permutation_words(214_748_363) == 214_748_362
    assert _core.permutation_words(214_748_364) == 2 * 214_748_364


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32])
@pytest.mark.parametrize("high", [1, 2, 10, 2**28 - 1, 2**28, 2**28 + 1, 2**31 - 1])
def test_randint_takes_one_word_below_2_to_the_28_and_two_from_there(
    pair, high: int, dtype: torch.dtype
) -> None:
    generator, engine, together = pair(high)
    draw = engine.random if high < 2**28 else engine.random64
    expected = [draw() % high for _ in range(50)]
    assert torch.randint(high, (50,), generator=generator, dtype=dtype).tolist() == expected
    assert together()


def test_the_seed_draw_is_63_bits_of_two_words(pair) -> None:
    generator, engine, together = pair(4)
    drawn = [int(torch.empty((), dtype=torch.int64).random_(generator=generator)) for _ in "abcd"]
    assert drawn == [engine.random64() % 2**63 for _ in "abcd"]
    assert together()


def test_a_uniform_double_is_53_bits_of_two_words(pair) -> None:
    generator, engine, together = pair(6)
    drawn = torch.rand(400, generator=generator, dtype=torch.float64).tolist()
    assert drawn == [uniform(engine) for _ in range(400)]
    assert together()


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_an_exponential_is_drawn_in_double(pair, dtype: torch.dtype) -> None:
    generator, engine, together = pair(8)
    drawn = torch.empty(500, dtype=dtype).exponential_(generator=generator)
    expected = torch.tensor([exponential(engine) for _ in range(500)], dtype=torch.float64)
    assert torch.equal(drawn, expected.to(dtype))
    assert together()


@pytest.mark.parametrize("count", [2, 3, 100])
def test_multinomial_with_replacement_searches_a_sequential_sum(pair, count: int) -> None:
    generator, engine, together = pair(9)
    weights = torch.rand(57, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    running, total = [], 0.0
    for weight in weights.tolist():
        total += weight
        running.append(total)
    bounds = np.array(running) / total
    bounds[-1] = 1.0
    expected = [int(np.searchsorted(bounds, uniform(engine), "left")) for _ in range(count)]
    drawn = torch.multinomial(weights, count, replacement=True, generator=generator)
    assert drawn.tolist() == expected
    assert together()


@pytest.mark.parametrize(("count", "replacement"), [(1, True), (1, False), (5, False), (57, False)])
def test_multinomial_without_replacement_is_a_race_of_exponentials(
    pair, count: int, replacement: bool
) -> None:
    generator, engine, together = pair(10)
    weights = torch.rand(57, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    race = np.array([weight / exponential(engine) for weight in weights.tolist()])
    expected = np.argsort(-race, kind="stable")[:count].tolist()
    drawn = torch.multinomial(weights, count, replacement=replacement, generator=generator)
    assert drawn.tolist() == expected
    assert together()
