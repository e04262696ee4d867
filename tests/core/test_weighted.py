"""Weighted draws from the kernels alone, against sums and races written out in NumPy."""

from __future__ import annotations

import gc
import math
import random
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from fastsamplers import _core

Draw = Callable[[np.ndarray, bool, _core.Mt19937, int], np.ndarray]


def uniform(numpy_words, seed: int, count: int) -> np.ndarray:
    """53 bits of two words each, the first of which is the high half."""
    words = numpy_words(seed, 2 * count).astype(np.uint64)
    bits = (words[::2] << np.uint64(32) | words[1::2]) & np.uint64(2**53 - 1)
    return bits.astype(np.float64) * 2.0**-53


def by_sums(weights: np.ndarray, single: bool, points: np.ndarray) -> list[int]:
    sums = np.cumsum(weights, dtype=np.float32 if single else np.float64)
    with np.errstate(invalid="ignore"):
        shares = (sums / sums[-1]).astype(np.float64)
    shares[-1] = 1
    return np.searchsorted(shares, points, "left").tolist()


def by_race(weights: np.ndarray, single: bool, points: np.ndarray) -> list[int]:
    """All of them, the first one first; the weights must leave no quotients equal."""
    logs = np.array([-math.log1p(-point) for point in points.tolist()])
    kind = np.float32 if single else np.float64
    quotients = weights.astype(kind) / logs.astype(kind)
    assert single or len(np.unique(quotients)) == len(weights)
    return np.argsort(-quotients, kind="stable").tolist()


def from_table(weights: np.ndarray, single: bool, engine: _core.Mt19937, count: int) -> np.ndarray:
    out = np.full(count, -1)
    _core.weighted_draws(_core.CdfTable(weights, single), engine, out)
    return out


def from_stream(weights: np.ndarray, single: bool, engine: _core.Mt19937, count: int) -> np.ndarray:
    return _core.weighted_stream(_core.CdfTable(weights, single), engine, count).next(count + 1)


def from_blocks(weights: np.ndarray, single: bool, engine: _core.Mt19937, count: int) -> np.ndarray:
    out = np.full(count, -1)
    _core.draw_by_blocks(_core.BlockSums(weights, single), weights, engine, out)
    return out


def chosen(weights: np.ndarray, single: bool, engine: _core.Mt19937, count: int) -> np.ndarray:
    out = np.full(count, -1)
    nonzero = _core.survey_weights(weights)[1]
    _core.weighted_choice(weights, single, engine, nonzero, out)
    return out


DRAWS: dict[str, Draw] = {"table": from_table, "stream": from_stream, "blocks": from_blocks}
KINDS: dict[str, Callable[[int], np.ndarray]] = {
    "uniform": lambda n: np.random.default_rng(n).random(n) + 1e-3,
    "pareto": lambda n: np.random.default_rng(n).pareto(0.5, n) + 1e-9,
    "rising": lambda n: np.arange(1, n + 1, dtype=np.float64) ** 4,
    "falling": lambda n: 0.97 ** np.minimum(np.arange(n), 3000) + 1e-15,
    "one huge": lambda n: np.where(np.arange(n) == n // 3, 1e9, np.arange(1, n + 1)),
}
SIZES = (1, 2, 3, 13, 14, 255, 256, 257, 1023, 1024, 1025, 5000)


@pytest.fixture(params=[1, 2, 3], ids="{} threads".format)
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = _core.thread_count()
    _core.set_thread_count(request.param)
    yield request.param
    _core.set_thread_count(before)


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", DRAWS)
def test_a_draw_takes_the_first_sum_that_reaches_it(numpy_words, name: str, kind: str) -> None:
    for n in SIZES:
        points = uniform(numpy_words, n, 700)
        for dtype in (np.float64, np.float32):
            weights = KINDS[kind](n).astype(dtype)
            for single in (False, True):
                got = DRAWS[name](weights, single, _core.Mt19937(n), 700)
                assert got.tolist() == by_sums(weights, single, points)


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("kind", KINDS)
def test_a_choice_takes_the_first_of_a_race(numpy_words, kind: str) -> None:
    for n in SIZES:
        points = uniform(numpy_words, n, n)
        for dtype in (np.float64, np.float32):
            weights = KINDS[kind](n).astype(dtype)
            expected = by_race(weights, False, points)
            for count in {1, 2, n // 64, n // 2, n - 1, n} & {*range(1, n + 1)}:
                got = chosen(weights, False, _core.Mt19937(n), count)
                assert got.tolist() == expected[:count]
            first = chosen(weights, True, _core.Mt19937(n), 1)
            assert first.tolist() == by_race(weights, True, points)[:1]


@pytest.mark.usefixtures("isa")
def test_many_weights_by_many_threads(numpy_words, threads: int) -> None:
    n = 2**18 + 5
    weights = KINDS["uniform"](n)
    points = uniform(numpy_words, 3, n)
    for name in DRAWS:
        got = DRAWS[name](weights, False, _core.Mt19937(3), 30_000)
        assert got.tolist() == by_sums(weights, False, points[:30_000])
    expected = by_race(weights, False, points)
    for count in (1, 300, 5000, n // 2, n):
        assert chosen(weights, False, _core.Mt19937(3), count).tolist() == expected[:count]


def test_zeros_are_not_drawn_while_there_are_others() -> None:
    weights = np.zeros(3000)
    weights[1::7] = 1.5
    weights[::7] = -0.0
    for draw in DRAWS.values():
        drawn = draw(weights, False, _core.Mt19937(1), 5000)
        assert np.all(drawn % 7 == 1)
    first = chosen(weights, False, _core.Mt19937(1), 429)
    assert sorted(first.tolist()) == list(range(1, 3000, 7))
    more = chosen(weights, False, _core.Mt19937(1), 1000)
    assert {*more[:429].tolist()} == {*range(1, 3000, 7)}
    assert len({*more.tolist()}) == 1000


def test_a_sum_of_infinity_goes_to_the_first_share_that_is_no_number(numpy_words) -> None:
    weights = np.full(600, 1e307)
    points = uniform(numpy_words, 5, 50)
    for draw in DRAWS.values():
        drawn = draw(weights, False, _core.Mt19937(5), 50)
        assert drawn.tolist() == [17 if point > 0 else 0 for point in points]


def unaligned(values: np.ndarray) -> np.ndarray:
    return np.frombuffer(b"." + values.tobytes(), dtype=values.dtype, offset=1)


LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "every third": lambda values: np.repeat(values, 3)[::3],
    "backward": lambda values: values[::-1].copy()[::-1],
    "a column": lambda values: np.stack([values, values], axis=1)[:, 0],
    "unaligned": unaligned,
    "one of all": lambda values: np.broadcast_to(values[3], len(values)),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout(layout: str, dtype: type) -> None:
    laid_out = LAYOUTS[layout](KINDS["uniform"](3000).astype(dtype))
    plain = laid_out.copy()
    assert _core.survey_weights(laid_out) == _core.survey_weights(plain)
    for draw in (*DRAWS.values(), chosen):
        got = draw(laid_out, False, _core.Mt19937(2), 900)
        assert np.array_equal(got, draw(plain, False, _core.Mt19937(2), 900))


def test_any_way_of_reading_a_stream_gives_the_same() -> None:
    table = _core.CdfTable(KINDS["pareto"](5000), False)
    expected = _core.weighted_stream(table, _core.Mt19937(8), 4000).next(4000)
    choose = random.Random(1)
    for _ in range(40):
        stream = _core.weighted_stream(table, _core.Mt19937(8), 4000)
        assert (len(stream), stream.position, stream.may_read_ahead) == (4000, 0, True)
        for _ in range(20):
            place, count = stream.position, choose.choice([0, 1, 311, 312, 1000, 5000])
            what = choose.choice(["next", "strided", "seek", "prepare"])
            if what == "next":
                assert np.array_equal(stream.next(count), expected[place : place + count])
            elif what == "strided":
                stride = choose.choice([1, 2, 7, 999, 2**62])
                part = stream.next_strided(count, stride)
                assert np.array_equal(part, expected[place::stride][:count])
            elif what == "seek":
                stream.seek(choose.randrange(4001))
            else:
                while not stream.prepare(7):
                    pass
                assert stream.position == place
    shard = _core.strided_shard(_core.weighted_stream(table, _core.Mt19937(8), 4000), 5, 8, 501)
    assert shard.next(501).tolist() == [*expected[5::8].tolist(), expected[5]]


def test_a_table_needs_its_weights_and_its_stream_its_table_no_longer() -> None:
    weights = KINDS["uniform"](5000)
    expected = from_stream(weights, False, _core.Mt19937(1), 900)
    table = _core.CdfTable(weights, False)
    weights[:] = 0
    engine = _core.Mt19937(1)
    stream = _core.weighted_stream(table, engine, 900)
    assert engine.random() == _core.Mt19937(1).random()  # a draw takes a copy of it
    del weights, table, engine
    gc.collect()
    assert np.array_equal(stream.next(900), expected)


@pytest.mark.parametrize("n", [1, 1000, 100_000])
def test_sizes(n: int) -> None:
    for kind in ("uniform", "falling"):
        weights = KINDS[kind](n)
        table, sums = _core.CdfTable(weights, False), _core.BlockSums(weights, False)
        assert (len(table), len(sums)) == (n, n)
        # 12-25 bytes a weight; the least is a page.
        assert 8 * n <= table.nbytes <= 25 * n + 8192
        assert sums.nbytes <= 16 * (n / 256 + 2)
