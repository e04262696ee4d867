"""The engine against numpy's MT19937, and its torch state against torch's goldens."""

from __future__ import annotations

import base64
import hashlib
import random
import struct
import zlib

import numpy as np
import pytest

from fastsamplers import _core

SEEDS = (0, 1, 5, 2**31, 2**32 - 1, 2**32, 2**40 + 5, 2**63, 2**64 - 1)
COUNTS = (0, 1, 2, 7, 8, 9, 15, 16, 17, 226, 227, 228, 396, 397, 398, 453, 454, 455, 622, 623, 624,
          625, 1247, 1248, 1249, 2047, 2048, 5000)  # fmt: skip


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("seed", SEEDS)
def test_words_are_numpys(numpy_words, seed: int) -> None:
    expected = numpy_words(seed, 20_000)
    words = _core.Mt19937(seed).words(20_000)
    assert words.dtype == np.uint32
    assert np.array_equal(words, expected)
    engine = _core.Mt19937(seed)
    assert [engine.random() for _ in range(2000)] == expected[:2000].tolist()


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("first", COUNTS)
def test_any_two_reads_are_one(numpy_words, first: int) -> None:
    expected = numpy_words(3, 12_000)
    for second in COUNTS:
        engine, skipped = _core.Mt19937(3), _core.Mt19937(3)
        assert np.array_equal(engine.words(first), expected[:first])
        assert np.array_equal(engine.words(second), expected[first : first + second])
        skipped.skip(first)
        assert np.array_equal(skipped.words(second), expected[first : first + second])


@pytest.mark.usefixtures("isa")
def test_any_mixture_of_draws(numpy_words, state_of) -> None:
    choose = random.Random(1)
    expected = numpy_words(9, 200_000)
    engine, place = _core.Mt19937(9), 0
    for _ in range(900):
        count = choose.choice([*COUNTS, choose.randrange(3000)])
        if place + count + 2 > len(expected):
            break
        what = choose.choice(["words", "skip", "random", "random64", "copy", "state"])
        if what == "words":
            assert np.array_equal(engine.words(count), expected[place : place + count])
            place += count
        elif what == "skip":
            engine.skip(count)
            place += count
        elif what == "random":
            assert engine.random() == expected[place]
            place += 1
        elif what == "random64":
            high, low = expected[place : place + 2].tolist()
            assert engine.random64() == (high << 32) | low
            place += 2
        elif what == "copy":
            former, engine = engine, engine.copy()
            former.words(5)  # a copy does not notice
        else:
            state = np.frombuffer(state_of(engine), dtype=np.uint8)
            engine = _core.Mt19937.from_torch_state(state)
    assert place > 100_000


def test_a_long_skip_is_numpys(numpy_words) -> None:
    engine = _core.Mt19937(4)
    engine.skip(3_000_001)
    assert np.array_equal(engine.words(50), numpy_words(4, 3_000_051)[-50:])


@pytest.mark.usefixtures("isa")
def test_states_are_torchs(goldens, state_digest) -> None:
    for case in goldens["states"]:
        by_words, by_skip = _core.Mt19937(case["seed"]), _core.Mt19937(case["seed"])
        by_words.words(case["draws"])
        by_skip.skip(case["draws"])
        assert state_digest(by_words) == state_digest(by_skip) == case["state"], case


@pytest.mark.parametrize("count", COUNTS)
def test_the_fields_of_a_state(numpy_words, state_of, count: int) -> None:
    engine = _core.Mt19937(2**40 + 5)
    engine.skip(count)
    state = state_of(engine)
    seed, left, seeded, place = struct.unpack_from("<QiiQ", state)
    assert (seed, seeded) == (2**40 + 5, 1)
    assert place == ((count - 1) % 624 + 1 if count else 0)
    assert left == (625 - place if count else 1)
    words = np.frombuffer(state, dtype="<u8", count=624, offset=24)
    numpys = np.random.RandomState(5)
    if count:
        numpys.randint(0, 2**32, count, dtype=np.uint32)
    assert np.array_equal(words, numpys.get_state()[1])


def test_cached_normals_are_kept(goldens) -> None:
    cases = [case for case in goldens["states"] if "bytes_after_normal" in case]
    assert cases
    for case in cases:
        packed = zlib.decompress(base64.b64decode(case["bytes_after_normal"]))
        assert any(packed[5016:])
        state = np.frombuffer(packed, dtype=np.uint8).copy()
        engine = _core.Mt19937.from_torch_state(state)
        engine.to_torch_state(state)
        assert state.tobytes() == packed
        engine.words(1000)
        engine.to_torch_state(state)
        assert hashlib.sha256(state.tobytes()).hexdigest() == case["state_1000_later"]
        assert state.tobytes()[5016:] == packed[5016:]


def changed(state: bytes, layout: str, offset: int, value: int) -> np.ndarray:
    result = bytearray(state)
    struct.pack_into(layout, result, offset, value)
    return np.frombuffer(bytes(result), dtype=np.uint8)


DAMAGES = {
    "left 0": (("<i", 8, 0), "left should be in"),
    "left negative": (("<i", 8, -1), "left should be in"),
    "left 625": (("<i", 8, 625), "left should be in"),
    "left huge": (("<i", 8, 2**31 - 1), "left should be in"),
    "not seeded": (("<i", 12, 0), "field seeded should be 1"),
    "seeded twice": (("<i", 12, 2), "field seeded should be 1"),
    "next 625": (("<Q", 16, 625), "field next should be at most 624"),
    "next huge": (("<Q", 16, 2**64 - 1), "field next should be at most 624"),
    "next above left": (("<Q", 16, 500), "next should be at most 625 - left"),
    "a wide word": (("<Q", 24 + 8 * 623, 2**32), "words should be 32-bit values"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_state_is_refused_by_field(state_of, name: str) -> None:
    engine = _core.Mt19937(1)
    engine.words(100)
    damage, text = DAMAGES[name]
    with pytest.raises(ValueError, match=text):
        _core.Mt19937.from_torch_state(changed(state_of(engine), *damage))


@pytest.mark.parametrize("size", [0, 1, 24, 2500, 5048, 5055, 5057, 10_112])
def test_a_state_of_another_size_is_refused(size: int) -> None:
    text = f"generator state size should be 5056 bytes, but got generator state size={size}"
    with pytest.raises(ValueError, match=text):
        _core.Mt19937.from_torch_state(np.zeros(size, dtype=np.uint8))
    target = np.full(size, 7, dtype=np.uint8)
    with pytest.raises(ValueError, match=text):
        _core.Mt19937(1).to_torch_state(target)
    assert (target == 7).all()


def test_what_is_no_state_is_refused(state_of) -> None:
    state = np.frombuffer(state_of(_core.Mt19937(1)), dtype=np.uint8)
    with pytest.raises(ValueError, match="dimensions should be 1"):
        _core.Mt19937.from_torch_state(state.reshape(8, -1))
    for other in (state.astype(np.int8), state.astype(np.int64), state.tobytes(), None,
                  np.repeat(state, 2)[::2]):  # fmt: skip
        with pytest.raises(TypeError):
            _core.Mt19937.from_torch_state(other)
    with pytest.raises((TypeError, ValueError)):
        _core.Mt19937(1).to_torch_state(state)  # frombuffer's arrays are read-only


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, "1", None])
def test_what_is_no_seed_is_refused(seed: object) -> None:
    with pytest.raises(TypeError):
        _core.Mt19937(seed)


def test_negative_counts_are_refused_and_draw_nothing(state_of) -> None:
    engine = _core.Mt19937(1)
    before = state_of(engine)
    with pytest.raises(ValueError, match="count should be non-negative"):
        engine.words(-1)
    with pytest.raises(TypeError):
        engine.skip(-1)
    with pytest.raises(ValueError, match="count should be non-negative"):
        engine.bounded(0, 5, -1)
    assert state_of(engine) == before
