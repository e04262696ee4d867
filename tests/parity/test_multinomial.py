"""functional.multinomial against torch.multinomial, in one dimension: PARITY section 2."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

import fastsamplers.functional

MULTINOMIAL = {"torch": torch.multinomial, "fastsamplers": fastsamplers.functional.multinomial}
DTYPES = {
    "float64": torch.float64,
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}
Weights = Callable[[np.random.Generator, int], np.ndarray]


def with_zeros(random: np.random.Generator, n: int) -> np.ndarray:
    """Nine of ten are zero: without replacement most k go beyond the others."""
    weights = np.where(random.random(n) < 0.9, 0, random.random(n))
    weights[random.integers(n)] = 1
    return weights


def one_huge(random: np.random.Generator, n: int) -> np.ndarray:
    weights = random.random(n) * 1e-12
    weights[random.integers(n)] = 1e12
    return weights


def denormal(random: np.random.Generator, n: int) -> np.ndarray:
    weights = random.integers(0, 5, n) * 5e-324
    weights[random.integers(n)] = 5e-324
    return weights


def negative_zeros(random: np.random.Generator, n: int) -> np.ndarray:
    weights = random.random(n)
    weights[::2] = -0.0
    weights[-1] = 1
    return weights


KINDS: dict[str, Weights] = {
    "uniform": lambda random, n: random.random(n),
    "pareto": lambda random, n: random.pareto(0.3, n),
    "lognormal": lambda random, n: random.lognormal(0, 8, n),
    "zeros": with_zeros,
    "whole numbers": lambda random, n: random.integers(1, 4, n).astype(np.float64),
    "equal": lambda random, n: np.full(n, 0.3),
    "denormal": denormal,
    "one huge": one_huge,
    "sum of infinity": lambda random, n: random.random(n) * np.finfo(np.float64).max,
    "negative zeros": negative_zeros,
    "rising": lambda random, n: np.arange(1, n + 1) ** 3.0,
    "falling": lambda random, n: 0.99 ** np.arange(n),
}


def tensor_of(kind: str, n: int, dtype: torch.dtype, seed: int = 0) -> torch.Tensor:
    weights = torch.from_numpy(KINDS[kind](np.random.default_rng(seed), n)).to(dtype)
    weights.clamp_(max=torch.finfo(dtype).max)
    if not weights.any():  # too small for this type
        weights[n // 2] = 1
    return weights


def counts_of(n: int) -> list[int]:
    """Both sides of every branch of topk, and both ends."""
    return sorted({k for k in (1, 2, n // 64 - 1, n // 64, n // 64 + 1, n // 2, n - 1, n) if k > 0})


def drawn(library: Any, generator: torch.Generator | None, *arguments: Any) -> Any:
    """Indices as bytes, which compare fast, or the error."""
    try:
        result = MULTINOMIAL[library.name](*arguments, generator=generator)
    except RuntimeError as error:
        return str(error).split("\nException raised from")[0]
    return str(result.dtype), tuple(result.shape), result.numpy().tobytes()


def every_draw(states, weights: torch.Tensor, counts: list[int]) -> Callable[[Any], list[Any]]:
    """Both modes, twice from each generator, and the generator after each."""

    def scenario(library: Any) -> list[Any]:
        outcome = []
        generator = torch.Generator().manual_seed(len(weights))
        for count in counts:
            for replacement in (False, True):
                for own in (generator, None):
                    outcome.append(drawn(library, own, weights, count, replacement))
                    outcome.append(states(generator))
        return outcome

    return scenario


@pytest.fixture(autouse=True)
def torch_takes_one_thread() -> Iterator[None]:
    """Its values do not depend on it, and many small calls wait long for busy processors."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [1, 2, 13, 14, 128, 129, 623, 624, 625, 1023, 1024, 1025])
def test_every_kind_of_weights(same, states, n: int, dtype: str) -> None:
    for kind in KINDS:
        same(every_draw(states, tensor_of(kind, n, DTYPES[dtype], n), counts_of(n)), seed=n)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", KINDS)
def test_larger_numbers_of_weights(same, states, kind: str, dtype: str) -> None:
    # Of float16 and bfloat16 only draws with replacement are ours: one size is enough.
    for n in (4097, 2**16) if dtype in ("float64", "float32") else (4097,):
        counts = [1, n // 64, n // 64 + 1, n // 2]
        same(every_draw(states, tensor_of(kind, n, DTYPES[dtype], n), counts), seed=n)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("n", [2**18 - 1, 2**18, 2**18 + 1])
def test_where_a_sample_sets_the_threshold(same, states, n: int, dtype: str) -> None:
    """From 2**18 weights on the race starts from a guess, which these weights put to the test."""
    for kind in ("uniform", "pareto", "zeros", "falling"):
        weights = tensor_of(kind, n, DTYPES[dtype], n)
        same(every_draw(states, weights, [255, n // 64]), seed=n)
        if kind == "uniform":
            same(every_draw(states, weights, [1, n // 2, n]), seed=n)


@settings(max_examples=300)
@given(
    n=st.integers(1, 3000),
    kind=st.sampled_from([*KINDS]),
    dtype=st.sampled_from([*DTYPES]),
    share=st.floats(0, 1.1),
    replacement=st.booleans(),
    seed=st.integers(-(2**63), 2**64 - 1),
    used=st.integers(0, 1300),
    own=st.booleans(),
)
@example(n=624, kind="uniform", dtype="float64", share=1, replacement=False, seed=0, used=623,
         own=True)  # fmt: skip
def test_random_calls(same, states, n, kind, dtype, share, replacement, seed, used, own) -> None:
    weights = tensor_of(kind, n, DTYPES[dtype], used)
    count = max(1, int(share * n))  # also beyond n, which torch refuses without replacement

    def scenario(library):
        generator = torch.Generator().manual_seed(seed) if own else None
        torch.randint(2, (used,), generator=generator)
        return [
            (drawn(library, generator, weights, count, replacement), states(generator))
            for _ in "ab"
        ]

    same(scenario, seed=seed)


@pytest.mark.parametrize("count", [1, 2, 3], ids="{} threads".format)
@pytest.mark.usefixtures("isa")
def test_at_every_instruction_set_level_and_thread_count(same, states, threads, count: int) -> None:
    threads(count)
    n = 2**18 + 3
    for dtype in (torch.float64, torch.float32):
        weights = tensor_of("lognormal", n, dtype)
        same(every_draw(states, weights, [1, 1000, n // 64, n // 3]), seed=n)
    same(every_draw(states, tensor_of("zeros", n, torch.float64), [n // 64, n // 3]), seed=n)


def quotients(weights: torch.Tensor, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return weights / torch.empty_like(weights).exponential_(generator=generator)


# (weights, indices): torch sorts all of them in the first two, a part in the last.
@pytest.mark.parametrize(("n", "count"), [(100_000, 50_000), (100_000, 99_999), (2**20, 2**14)])
def test_equal_quotients_of_float32(same, states, n: int, count: int) -> None:
    weights = tensor_of("uniform", n, torch.float32)
    first = torch.topk(quotients(weights, seed=5), count + 1).values
    assert len(first.unique()) < len(first)  # there are ties to be resolved

    def scenario(library):
        generator = torch.Generator().manual_seed(5)
        return drawn(library, generator, weights, count), states(generator)

    same(scenario)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("nonzero", [1, 2, 50, 99, 100, 101, 200])
def test_too_few_nonzero_weights(same, states, nonzero: int, dtype: str) -> None:
    """Which zero weights are taken, and in which order, is up to the branch of topk."""
    for n in (200, 6399, 6400, 6401, 70_000):
        weights = torch.zeros(n, dtype=DTYPES[dtype])
        weights[torch.randperm(n, generator=torch.Generator().manual_seed(n))[:nonzero]] = 2.5
        same(every_draw(states, weights, [99, 100, 101, min(n, 2000)]), seed=nonzero)


def test_a_single_draw_is_the_race_in_both_modes(states) -> None:
    weights = tensor_of("uniform", 1000, torch.float64)
    for replacement in (False, True):
        generator = torch.Generator().manual_seed(3)
        got = fastsamplers.functional.multinomial(weights, 1, replacement, generator=generator)
        assert got.tolist() == [int(quotients(weights, 3).argmax())]
        other = torch.Generator().manual_seed(3)
        torch.rand(1000, dtype=torch.float64, generator=other)  # two words for each weight
        assert states(generator) == states(other)


def test_draws_with_replacement_take_two_words_each(states) -> None:
    generator = torch.Generator().manual_seed(3)
    fastsamplers.functional.multinomial(torch.ones(5000), 7, True, generator=generator)
    other = torch.Generator().manual_seed(3)
    torch.rand(7, dtype=torch.float64, generator=other)
    assert states(generator) == states(other)
