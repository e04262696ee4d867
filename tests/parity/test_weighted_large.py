"""Beyond 2**24 weights, where torch refuses: the same rules, step by step in NumPy and torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import fastsamplers
from fastsamplers import _core, functional

WALL = 2**24


def weights_of(n: int, dtype: type = np.float64) -> np.ndarray:
    """Three in ten are zero, the others differ by three orders of magnitude."""
    random = np.random.default_rng(n)
    drawn = random.random(n, dtype=np.float32)
    return np.maximum(drawn - np.float32(0.3), 0).astype(dtype) ** 2


def uniform(seed: int, count: int) -> np.ndarray:
    """53 bits of two words each, the first of which is the high half."""
    words = _core.Mt19937(seed).words(2 * count).astype(np.uint64)
    bits = (words[::2] << np.uint64(32) | words[1::2]) & np.uint64(2**53 - 1)
    return bits.astype(np.float64) * 2.0**-53


def by_sums(weights: np.ndarray, points: np.ndarray, dtype: type = np.float64) -> np.ndarray:
    shares = np.cumsum(weights, dtype=dtype)
    shares /= shares[-1]
    shares[-1] = 1
    return np.searchsorted(shares.astype(np.float64), points, "left")


def by_race(weights: torch.Tensor, count: int, generator: torch.Generator) -> np.ndarray:
    quotients = torch.empty_like(weights).exponential_(generator=generator)
    torch.div(weights, quotients, out=quotients)
    if count == 1:
        return quotients.argmax(keepdim=True).numpy()
    return torch.topk(quotients, count).indices.numpy()


def drawn(weights: Any, count: int, replacement: bool, seed: int) -> np.ndarray:
    generator = torch.Generator().manual_seed(seed)
    return functional.multinomial(weights, count, replacement, generator=generator).numpy()


def state_after(words: int, seed: int) -> bytes:
    engine = _core.Mt19937(seed)
    engine.skip(words)
    state = torch.Generator().manual_seed(seed).get_state().numpy()
    engine.to_torch_state(state)
    return state.tobytes()


def passed(sampler: Any) -> np.ndarray:
    return np.concatenate(list(sampler.blocks(1 << 20)))


def test_just_beyond_the_wall() -> None:
    """The fast one of these tests: once each way, and torch's refusal."""
    n = WALL + 1
    weights = weights_of(n, np.float32)
    with pytest.raises(RuntimeError, match="number of categories cannot exceed"):
        torch.multinomial(torch.from_numpy(weights), 5)
    generator = torch.Generator().manual_seed(4)
    sampler = fastsamplers.WeightedRandomSampler(weights, 3000, True, generator)
    assert np.array_equal(passed(sampler), by_sums(weights, uniform(4, 3000)))
    assert generator.get_state().numpy().tobytes() == state_after(6000, 4)
    generator.manual_seed(4)
    expected = by_race(torch.from_numpy(weights), 1000, generator)
    assert np.array_equal(drawn(weights, 1000, False, 4), expected)


@pytest.mark.large
@pytest.mark.parametrize("n", [WALL - 1, WALL])
def test_up_to_the_wall_it_is_torch(same, states, n: int) -> None:
    for dtype in (np.float64, np.float32):
        weights = torch.from_numpy(weights_of(n, dtype))
        for count, replacement in ((1, True), (1000, True), (n // 4, True), (1, False),
                                   (1000, False), (n // 3, False)):  # fmt: skip

            def scenario(library, weights=weights, draw=(count, replacement)):
                ours = library.name == "fastsamplers"
                multinomial = functional.multinomial if ours else torch.multinomial
                return multinomial(weights, *draw).numpy().tobytes(), states()

            same(scenario)


@pytest.mark.large
@pytest.mark.parametrize("n", [WALL + 1, 30_000_000])
def test_with_replacement(n: int) -> None:
    weights = weights_of(n)
    for count in (2, 1000, n // 8 + 1):  # without a table and with one
        expected = by_sums(weights, uniform(count, count))
        assert np.array_equal(drawn(weights, count, True, count), expected)
        assert np.array_equal(drawn(torch.from_numpy(weights), count, True, count), expected)
        generator = torch.Generator().manual_seed(count)
        sampler = fastsamplers.WeightedRandomSampler(weights, count, True, generator)
        assert np.array_equal(passed(sampler), expected)
        assert generator.get_state().numpy().tobytes() == state_after(2 * count, count)
        assert weights[expected].min() > 0


@pytest.mark.large
@pytest.mark.parametrize("n", [WALL + 1, 30_000_000])
def test_without_replacement(n: int) -> None:
    weights = weights_of(n)
    for count in (1, 1000, n // 64, n // 2, n):  # from 7 in 10 on, indices of weight zero too
        generator = torch.Generator().manual_seed(count)
        expected = by_race(torch.from_numpy(weights), count, generator)
        assert np.array_equal(drawn(weights, count, False, count), expected)
        assert generator.get_state().numpy().tobytes() == state_after(2 * n, count)
        generator.manual_seed(count)
        sampler = fastsamplers.WeightedRandomSampler(weights, count, False, generator)
        if count < n:
            assert np.array_equal(passed(sampler), expected)
            assert generator.get_state().numpy().tobytes() == state_after(2 * n, count)


@pytest.mark.large
def test_float32_for_the_function_is_torchs_float32(tmp_path) -> None:
    """Sums in float32 stand still here, and quotients are equal: both as the rules have it."""
    n = WALL + 1
    weights = weights_of(n, np.float32)
    np.save(tmp_path / "weights.npy", weights)
    mapped = np.load(tmp_path / "weights.npy", mmap_mode="r")
    for count in (1000, n // 7):
        expected = by_sums(weights, uniform(count, count), np.float32)
        for given in (weights, torch.from_numpy(weights), mapped):
            assert np.array_equal(drawn(given, count, True, count), expected)
    for count in (1, 1000, n // 64, n // 64 + 1, n // 3):
        generator = torch.Generator().manual_seed(count)
        expected = by_race(torch.from_numpy(weights), count, generator)
        assert np.array_equal(drawn(mapped, count, False, count), expected)


@pytest.mark.large
def test_float32_for_the_sampler_is_its_float64_copy(tmp_path) -> None:
    n = WALL + 1
    weights = weights_of(n, np.float32)
    np.save(tmp_path / "weights.npy", weights)
    mapped = np.load(tmp_path / "weights.npy", mmap_mode="r")
    for count, replacement in ((1000, True), (n // 7, True), (1000, False), (n // 3, False)):
        expected = drawn(weights.astype(np.float64), count, replacement, 3)
        for given in (weights, torch.from_numpy(weights), mapped):
            generator = torch.Generator().manual_seed(3)
            sampler = fastsamplers.WeightedRandomSampler(given, count, replacement, generator)
            assert np.array_equal(passed(sampler), expected)


@pytest.mark.large
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision(dtype: torch.dtype) -> None:
    n = WALL + 1
    weights = torch.from_numpy(weights_of(n, np.float32)).to(dtype)
    for count in (1000, n // 7):
        expected = by_sums(weights.float().numpy(), uniform(count, count), np.float32)
        assert np.array_equal(drawn(weights, count, True, count), expected)
    for count in (1, 1000, n // 3):
        generator = torch.Generator().manual_seed(count)
        expected = by_race(weights, count, generator)
        assert np.array_equal(drawn(weights, count, False, count), expected)


@pytest.mark.large
@pytest.mark.parametrize("count", [2_000_000, 4_000_000], ids=["few", "many"])
def test_draws_are_spread_as_the_weights(count: int) -> None:
    """Chi-square over 4096 cells of the index range: within 4.5 deviations of what it should be."""
    n, cells = 30_000_000, 4096
    weights = weights_of(n, np.float32)
    edges = np.linspace(0, n, cells + 1).astype(np.int64)
    expected = np.add.reduceat(weights.astype(np.float64), edges[:-1])
    expected *= count / expected.sum()
    generator = torch.Generator().manual_seed(77)
    sampler = fastsamplers.WeightedRandomSampler(weights, count, True, generator)
    seen = np.histogram(passed(sampler), edges)[0]
    statistic = float(((seen - expected) ** 2 / expected).sum())
    assert abs(statistic - (cells - 1)) < 4.5 * (2 * (cells - 1)) ** 0.5
    # Equal weights without replacement: each cell's share varies less, by what is left out.
    picks = drawn(np.broadcast_to(np.float32(1), n), count, False, 78)
    seen = np.histogram(picks, edges)[0]
    even = count * np.diff(edges) / n
    statistic = float(((seen - even) ** 2 / even).sum()) / (1 - count / n)
    assert abs(statistic - (cells - 1)) < 4.5 * (2 * (cells - 1)) ** 0.5


@pytest.mark.large
def test_every_index_can_be_drawn_and_the_last() -> None:
    n = WALL + 1
    equal = np.broadcast_to(np.float64(0.25), n)
    assert np.array_equal(np.sort(drawn(equal, n, False, 1)), np.arange(n))
    weights = np.zeros(n)
    weights[[0, WALL - 1, WALL]] = 1
    for count in (3000, n // 4):
        seen = np.bincount(drawn(weights, count, True, 2), minlength=n)
        assert np.flatnonzero(seen).tolist() == [0, WALL - 1, WALL]
        assert abs(seen[WALL] / count - 1 / 3) < 0.03
    assert sorted(drawn(weights, 3, False, 3).tolist()) == [0, WALL - 1, WALL]
    weights[:WALL] = 0
    assert drawn(weights, 1, True, 4).tolist() == [WALL]


@pytest.mark.large
@pytest.mark.parametrize("replacement", [True, False])
def test_shares_of_a_distributed_draw(replacement: bool) -> None:
    n = WALL + 1
    weights = weights_of(n, np.float32)
    for count in (10_001, n // 7):
        draw = drawn(weights.astype(np.float64), count, replacement, 8)
        for world, rank in ((3, 2), (64, 63)):
            sampler = fastsamplers.DistributedWeightedRandomSampler(
                weights, count, replacement, world, rank, 5
            )
            sampler.set_epoch(3)
            padded = np.append(draw, draw[: sampler.total_size - count])
            assert np.array_equal(passed(sampler), padded[rank::world])


@pytest.mark.large
def test_a_table_takes_12_to_25_bytes_a_weight() -> None:
    for n in (10_000_000, WALL + 1, 30_000_000):
        table = _core.CdfTable(weights_of(n), False)
        assert 8 * n < table.nbytes < 25 * n
