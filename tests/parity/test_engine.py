"""MT19937 and the state of torch's CPU generator, byte for byte: PARITY section 1."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fastsamplers import _core

BLOCK = 624
SEEDS = (0, 1, 5, 2**31, 2**32 - 1, 2**32, 2**40 + 5, 2**63 - 1, 2**63, 2**64 - 1, -1, -5, -(2**63))
# Draws that end before, on, and after the borders of the first blocks.
COUNTS = (0, 1, 2, 3, 226, 227, 396, 397, 622, 623, 624, 625, 1247, 1248, 1249, 5000)


def torch_words(generator: torch.Generator, count: int) -> np.ndarray:
    """``count`` words, through the only draw of torch's that shows whole ones: an int64 of two."""
    assert count % 2 == 0
    drawn = torch.empty(count // 2, dtype=torch.int64).random_(generator=generator).numpy()
    words = np.empty(count, dtype=np.uint32)
    words[0::2] = drawn >> 32
    words[1::2] = drawn & 0xFFFFFFFF
    return words


def draw(generator: torch.Generator, count: int) -> None:
    torch.randint(2, (count,), generator=generator)


def fields(state: torch.Tensor) -> tuple[int, int, int, int]:
    """seed, left, seeded, next."""
    return struct.unpack_from("<QiiQ", state.numpy().tobytes())


def engine_bytes(engine: _core.Mt19937, around: torch.Tensor) -> bytes:
    """The engine's state in the bytes that surround it in torch's."""
    state = around.numpy().copy()
    engine.to_torch_state(state)
    return state.tobytes()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seeded_state_is_torchs(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    state = generator.get_state()
    assert state.dtype == torch.uint8
    assert state.numel() == _core.TORCH_STATE_BYTES == 5056
    assert fields(state) == (seed % 2**64, 1, 1, 0)
    engine = _core.Mt19937(seed % 2**64)
    assert engine_bytes(engine, torch.zeros_like(state)) == state.numpy().tobytes()


def test_only_the_low_32_bits_of_a_seed_reach_the_words() -> None:
    low, high = torch.Generator().manual_seed(5), torch.Generator().manual_seed(2**40 + 5)
    assert high.initial_seed() == 2**40 + 5
    assert torch.equal(low.get_state()[24:], high.get_state()[24:])
    ours, theirs = _core.Mt19937(5).words(2000), _core.Mt19937(2**40 + 5).words(2000)
    assert (ours == theirs).all()
    assert ((ours & 0x7FFFFFFF)[0::2] == torch_words(low, 2000)[0::2]).all()
    assert (ours[1::2] == torch_words(high, 2000)[1::2]).all()


@pytest.mark.parametrize("count", COUNTS)
def test_the_twist_is_lazy(count: int) -> None:
    generator = torch.Generator().manual_seed(11)
    draw(generator, count)
    _, left, _, place = fields(generator.get_state())
    if count == 0:
        assert (left, place) == (1, 0)
    else:
        assert left + place == 625
        assert place == (count - 1) % BLOCK + 1
    if count > 0 and count % BLOCK == 0:
        assert (left, place) == (1, 624)
    by_words, by_skip, by_one = (_core.Mt19937(11) for _ in range(3))
    by_words.words(count)
    by_skip.skip(count)
    for _ in range(count):
        by_one.random()
    expected = generator.get_state().numpy().tobytes()
    for engine in (by_words, by_skip, by_one):
        assert engine_bytes(engine, generator.get_state()) == expected


def test_random64_is_two_words_the_high_one_first_and_buffers_nothing() -> None:
    generator = torch.Generator().manual_seed(7)
    engine, words = _core.Mt19937(7), _core.Mt19937(7)
    for ones in (0, 1, 2, 621, 1):
        draw(generator, ones)
        engine.words(ones)
        words.words(ones)
        drawn = int(torch.empty((), dtype=torch.int64).random_(generator=generator))
        high, low = words.random(), words.random()
        value = engine.random64()
        assert value == (high << 32) | low
        assert value % 2**63 == drawn
        assert engine_bytes(engine, generator.get_state()) == (
            generator.get_state().numpy().tobytes()
        )


@given(st.integers(-(2**63), 2**64 - 1), st.lists(st.integers(0, 1500), max_size=4), st.data())
def test_states_cross_in_both_directions(seed: int, draws: list[int], data: st.DataObject) -> None:
    generator = torch.Generator().manual_seed(seed)
    for count in draws:
        draw(generator, count)
    engine = _core.Mt19937.from_torch_state(generator.get_state().numpy())
    assert engine_bytes(engine, generator.get_state()) == generator.get_state().numpy().tobytes()
    count = data.draw(st.integers(0, 1500))
    engine.skip(count)
    draw(generator, count)
    # Ours into torch's, and on from there in both.
    other = torch.Generator()
    state = generator.get_state()
    engine.to_torch_state(state.numpy())
    other.set_state(state)
    assert torch.equal(other.get_state(), generator.get_state())
    assert other.initial_seed() == seed % 2**64
    expected = torch_words(generator, 100)
    assert (torch_words(other, 100) == expected).all()
    ours = engine.words(100)
    ours[0::2] &= 0x7FFFFFFF
    assert (ours == expected).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_cached_normals_survive_integer_draws(same, states, dtype: torch.dtype) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(3)
        first = torch.randn(1, generator=generator, dtype=dtype)
        cached = states(generator)[1][5016:]
        assert any(cached)
        indices = list(library.RandomSampler(range(700), generator=generator))
        values = library.randint(10, (700,), generator=generator)
        order = library.randperm(30, generator=generator)
        assert states(generator)[1][5016:] == cached
        last = torch.randn(3, generator=generator, dtype=dtype)
        return [first, indices, values, order, last, states(generator)]

    def with_plain_tensors(library):
        return [x.tolist() if isinstance(x, torch.Tensor) else x for x in scenario(library)]

    same(with_plain_tensors)


def test_a_clone_of_a_generator_goes_the_same_way(same, states) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(3)
        draw(generator, 1000)
        clone = generator.clone_state()
        left = list(library.RandomSampler(range(50), generator=generator))
        right = list(library.RandomSampler(range(50), generator=clone))
        assert left == right
        return left, states(generator, clone)

    same(scenario)
