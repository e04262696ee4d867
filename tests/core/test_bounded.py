"""Bounded integers: one word below a range of 2**28, two from there on."""

from __future__ import annotations

import numpy as np
import pytest

from fastsamplers import _core

RANGES = (1, 2, 3, 10, 2**16 + 1, 2**27 + 3, 2**28 - 1, 2**28, 2**28 + 1, 2**31, 2**32 - 1, 2**32,
          2**40 + 7, 2**62, 2**63, 2**64 - 1)  # fmt: skip


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("width", RANGES)
def test_values_are_remainders_of_the_words(numpy_words, state_of, width: int) -> None:
    words = numpy_words(6, 10_000).tolist()
    two = width >= 2**28
    randoms = (
        [(high << 32) | low for high, low in zip(words[::2], words[1::2], strict=True)]
        if two
        else words
    )
    for low in (0, 1, -1, -(2**40), -(2**63), 2**63 - width):
        if not -(2**63) <= low <= 2**63 - width:
            continue
        engine = _core.Mt19937(6)
        values = np.concatenate([engine.bounded(low, width, count) for count in (0, 1, 31, 3000)])
        assert values.dtype == np.int64
        assert values.tolist() == [low + random % width for random in randoms[:3032]]
        skipped = _core.Mt19937(6)
        skipped.skip(3032 * (2 if two else 1))
        assert state_of(engine) == state_of(skipped)


def test_torchs_goldens(goldens, state_digest) -> None:
    for case in goldens["randint"]:
        engine = _core.Mt19937(case["seed"])
        values = engine.bounded(case["low"], case["range"], len(case["values"]))
        assert values.tolist() == case["values"]
        assert state_digest(engine) == case["state"]


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("n", [1, 10, 2**28 - 1, 2**28, 2**40])
def test_the_stream_is_one_long_draw(n: int) -> None:
    expected = _core.Mt19937(2).bounded(0, n, 5000)
    for sizes in ([5000], [1] * 50 + [4950], [32, 31, 33, 2047, 2857], [6000]):
        stream = _core.replacement_stream(_core.Mt19937(2), n, 5000)
        assert len(stream) == 5000
        read = [stream.next(size) for size in sizes]
        assert np.array_equal(np.concatenate(read), expected)
        assert stream.position == 5000
        assert stream.next(5).tolist() == []
    for place in (4999, 0, 1, 623, 624, 625, 5000, 33):
        stream.seek(place)
        assert np.array_equal(stream.next(100), expected[place : place + 100])


def test_bad_ranges_are_refused_and_draw_nothing(state_of) -> None:
    engine = _core.Mt19937(1)
    before = state_of(engine)
    with pytest.raises(ValueError, match="range should be positive"):
        engine.bounded(0, 0, 5)
    for arguments in ((0, -1, 5), (0, 2**64, 5), (2**63, 5, 5), (0.0, 5, 5), (0, 5.5, 5)):
        with pytest.raises(TypeError):
            engine.bounded(*arguments)
    assert state_of(engine) == before
    with pytest.raises(ValueError, match="n should be positive"):
        _core.replacement_stream(engine, 0, 5)
    with pytest.raises(ValueError, match=r"n should be at most 2\*\*63 - 1"):
        _core.replacement_stream(engine, 2**63, 5)
    with pytest.raises(ValueError, match=r"length should be at most 2\*\*63 - 1"):
        _core.replacement_stream(engine, 5, 2**63)
