"""Permutations against plain Python, numpy's words and torch's goldens."""

from __future__ import annotations

import random

import numpy as np
import pytest

from fastsamplers import _core

# Around the lanes of the vectors, the blocks of the engine and of the targets, the table's size,
# and the n from which there is a table.
SIZES = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 100, 623, 624, 625, 626, 1249, 2047, 2048, 2049,
         2050, 4095, 4096, 4097, 5000)  # fmt: skip
LARGER = (2**18 - 1, 2**18, 2**18 + 1, 300_000)


def stream_of(seed: int, n: int, length: int | None = None) -> _core.IndexStream:
    return _core.permutation_stream(_core.Mt19937(seed), n, n if length is None else length)


@pytest.fixture(scope="module")
def larger(forward_shuffle):
    return {n: np.array(forward_shuffle(n, n)) for n in LARGER}


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("n", SIZES)
def test_small_orders(forward_shuffle, n: int) -> None:
    expected = forward_shuffle(n, n)
    assert stream_of(n, n).next(n).tolist() == expected
    for dtype in (np.int64, np.int32):
        out = np.full(n, -1, dtype=dtype)
        _core.randperm(_core.Mt19937(n), out)
        assert out.tolist() == expected


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("n", LARGER)
def test_larger_orders(larger, n: int) -> None:
    assert np.array_equal(stream_of(n, n).next(n), larger[n])
    for dtype in (np.int64, np.int32):
        out = np.full(n, -1, dtype=dtype)
        _core.randperm(_core.Mt19937(n), out)
        assert np.array_equal(out, larger[n])


@pytest.mark.usefixtures("isa")
def test_torchs_goldens(goldens, state_digest, order_digest) -> None:
    for case in goldens["randperm"]:
        n, engine = case["n"], _core.Mt19937(case["seed"])
        order = _core.permutation_stream(engine, n, n).next(n)
        assert order_digest(order) == case["sha256"], (n, case["seed"])
        assert order[:40].tolist() == case["head"]
        assert order[-40:].tolist() == case["tail"]
        assert order.tolist() == case.get("values", order.tolist())
        engine.skip(_core.permutation_words(n))  # the stream went on from a copy
        assert state_digest(engine) == case["state"]
        for dtype in (np.int64, np.int32):
            out = np.empty(n, dtype=dtype)
            writer = _core.Mt19937(case["seed"])
            _core.randperm(writer, out)
            assert np.array_equal(out, order)


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("n", [5, 625, 5000, *LARGER])
def test_any_way_of_reading_gives_the_same(forward_shuffle, larger, n: int) -> None:
    """Blocks of any size, seeks in both directions, strides, work done ahead."""
    expected = larger[n] if n in larger else np.array(forward_shuffle(n, n))
    choose = random.Random(n)
    for _ in range(15):
        stream = stream_of(n, n)
        for _ in range(40):
            place = stream.position
            what = choose.choice(["next", "next", "strided", "seek", "prepare"])
            count = choose.choice(
                [0, 1, 2, 63, 64, 256, 2048, 4095, 4096, 4097, choose.randrange(n)]
            )
            if what == "next":
                assert np.array_equal(stream.next(count), expected[place : place + count])
                assert stream.position == min(n, place + count)
            elif what == "strided":
                stride = choose.choice([1, 2, 3, 7, 8, 100, 1023, 1024, 1025, 10**6, 2**40])
                part = expected[place::stride][:count]
                assert np.array_equal(stream.next_strided(count, stride), part)
                assert stream.position == min(n, place + len(part) * stride)
            elif what == "seek":
                stream.seek(
                    choose.choice([0, n, n - 1, choose.randrange(n), min(n, place + count)])
                )
            else:
                for _ in range(choose.randrange(4)):
                    stream.prepare(choose.choice([0, 1, 5, 100_000]))
                assert stream.position == place


def test_the_step_from_the_table_to_the_array(numpy_words) -> None:
    """One seed in 64 swaps the very place where the table ends, 4096, before it ends."""
    n, end = 2**18, 4096
    places = np.arange(end)
    seeds = [
        seed
        for seed in range(400)
        if end in places + numpy_words(seed, end).astype(np.int64) % (n - places)
    ]
    assert seeds
    for seed in seeds:
        expected = np.empty(n, dtype=np.int64)
        _core.randperm(_core.Mt19937(seed), expected)  # has no table
        for sizes in ((n,), (end - 1, 1, 1, n), (end, n), (end + 1, n)):
            stream = stream_of(seed, n)
            read = np.concatenate([stream.next(size) for size in sizes])
            assert np.array_equal(read, expected)


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("n", [1, 2, 3, 10, 625])
def test_one_permutation_after_another(forward_shuffle, n: int) -> None:
    expected = np.array(forward_shuffle(3, n, turns=7))
    for length in (0, 1, n - 1, n, n + 1, 2 * n, 3 * n + n // 2, 7 * n):
        stream = stream_of(3, n, length)
        assert len(stream) == length
        assert np.array_equal(stream.next(10**4), expected[:length])
    choose = random.Random(n)
    stream = stream_of(3, n, 7 * n)
    for _ in range(60):
        place = choose.randrange(7 * n + 1)
        count = choose.randrange(3 * n)
        stream.seek(place)
        while not stream.prepare(choose.choice([1, 7, 1000])):
            pass
        assert np.array_equal(stream.next(count), expected[place : place + count])


def test_the_engine_that_was_given_does_not_move(state_of) -> None:
    engine = _core.Mt19937(5)
    before = state_of(engine)
    stream = _core.permutation_stream(engine, 1000, 1000)
    first = stream.next(10)
    assert state_of(engine) == before
    engine.words(77)
    assert np.array_equal(np.concatenate([first, stream.next(990)]), stream_of(5, 1000).next(1000))


def test_randperm_leaves_its_engine_where_it_is(state_of) -> None:
    for n in (0, 1, 2, 1000):
        engine = _core.Mt19937(5)
        _core.randperm(engine, np.empty(n, dtype=np.int64))
        assert state_of(engine) == state_of(_core.Mt19937(5))


def test_words_of_a_permutation() -> None:
    assert _core.INSIDE_OUT_FROM == 0xFFFFFFFF // 20
    below = _core.INSIDE_OUT_FROM - 1
    expected = {0: 0, 1: 0, 2: 1, 3: 2, 1000: 999, below: below - 1, below + 1: 2 * below + 2}
    assert {n: _core.permutation_words(n) for n in expected} == expected


def test_bad_arguments_are_refused_before_anything_is_written(state_of) -> None:
    engine = _core.Mt19937(1)
    before = state_of(engine)
    with pytest.raises(ValueError, match="n should be positive"):
        _core.permutation_stream(engine, 0, 1)
    with pytest.raises((ValueError, MemoryError), match=r"n=4611686018427387905 "):
        _core.permutation_stream(engine, 2**62 + 1, 1)
    for n in (-1, 2**64, 1.5, "5"):
        with pytest.raises(TypeError):
            _core.permutation_stream(engine, n, 1)
    assert len(_core.permutation_stream(engine, 0, 0)) == 0
    stream = _core.permutation_stream(engine, 10, 10)
    with pytest.raises(ValueError, match="position should be at most the stream's length"):
        stream.seek(11)
    with pytest.raises(ValueError, match="count should be non-negative"):
        stream.next(-1)
    with pytest.raises(ValueError, match="stride should be positive"):
        stream.next_strided(1, 0)
    assert stream.position == 0

    plain = np.full(10, 7, dtype=np.int64)
    frozen = plain.copy()
    frozen.flags.writeable = False
    for out in (plain.astype(np.float64), plain.astype(np.uint64), plain.astype(np.int16),
                np.full(20, 7, dtype=np.int64)[::2], plain.astype(">i8"), [7], None):  # fmt: skip
        with pytest.raises(TypeError):
            _core.randperm(engine, out)
    with pytest.raises(ValueError, match="out dimensions should be 1"):
        _core.randperm(engine, np.full((2, 5), 7, dtype=np.int64))
    with pytest.raises((TypeError, ValueError)):
        _core.randperm(engine, frozen)
    assert (frozen == 7).all()
    assert state_of(engine) == before


@pytest.mark.parametrize("n", [10**12, 2**59, 2**61, 2**61 + 1, 2**62])
def test_what_cannot_fit_is_refused(n: int) -> None:
    needed = min(8 * n, 2**64 - 1)
    with pytest.raises(MemoryError, match=f"n={n} indices needs {needed} bytes"):
        _core.require_permutation_memory(n)
    with pytest.raises(MemoryError, match=f"n={n} "):
        stream_of(1, n)
