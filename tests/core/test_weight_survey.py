"""What is known of weights before a draw, and what becomes of weights that are not valid."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fastsamplers import _core

NAN, INF = math.nan, math.inf
# Around a block, a part of the fingerprint, and where threads share the work.
SIZES = (1, 31, 32, 33, 1023, 1024, 1025, 65_535, 65_536, 65_537, 262_145)


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("n", SIZES)
def test_nonzero_weights_are_counted(n: int) -> None:
    random = np.random.default_rng(n)
    for dtype in (np.float64, np.float32):
        weights = random.integers(0, 3, n).astype(dtype)
        weights[random.integers(n)] = np.finfo(dtype).smallest_subnormal
        weights[weights == 2] = -0.0
        fault, nonzero, fingerprint = _core.survey_weights(weights)
        assert (fault, nonzero) == (None, np.count_nonzero(weights))
        assert type(fingerprint) is bytes


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("n", SIZES)
def test_the_first_fault_counts(n: int) -> None:
    faults = {-1.0: "negative", NAN: "negative", -INF: "negative", -5e-324: "negative",
              INF: "not finite"}  # fmt: skip
    for fault, name in faults.items():
        for place in {0, n // 2, n - 1}:
            weights = np.ones(n)
            weights[place] = fault
            assert _core.survey_weights(weights)[0] == name
            weights[place + 1 :: 7] = INF if name == "negative" else NAN
            assert _core.survey_weights(weights)[0] == name


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("n", SIZES)
def test_every_weight_and_its_place_are_in_the_fingerprint(n: int) -> None:
    weights = np.random.default_rng(n).random(n)
    seen = {_core.survey_weights(weights)[2]}
    places = {0, 1, 31, 32, 1023, 1024, n // 2, n - 2, n - 1} & {*range(n)}
    for place in places:
        before = weights[place]
        for value in (np.nextafter(before, 2), -before, 0.0, -0.0, NAN, INF):
            weights[place] = value
            seen.add(_core.survey_weights(weights)[2])
        weights[place] = before
    assert len(seen) == 1 + 6 * len(places)
    if n > 32:
        for apart in {1, 4, 8, 16, 32, n // 2, n - 1}:
            weights[[0, apart]] = weights[[apart, 0]]
            seen.add(_core.survey_weights(weights)[2])
            weights[[0, apart]] = weights[[apart, 0]]
        assert len(seen) == 1 + 6 * len(places) + len({1, 4, 8, 16, 32, n // 2, n - 1})


def test_the_fingerprint_depends_on_nothing_else() -> None:
    weights = np.random.default_rng(1).random(300_000).astype(np.float32)
    expected = _core.survey_weights(weights)
    isa, threads = _core.active_isa(), _core.thread_count()
    try:
        for level in ("scalar", isa):
            _core.set_active_isa(level)
            for count in (1, 2, 3):
                _core.set_thread_count(count)
                for same in (weights, weights.astype(np.float64), np.repeat(weights, 2)[::2]):
                    assert _core.survey_weights(same) == expected
    finally:
        _core.set_active_isa(isa)
        _core.set_thread_count(threads)


@pytest.mark.parametrize("fault", [-1.0, NAN, INF, -INF, 1e308])
@pytest.mark.parametrize("n", [2, 300, 5000])
def test_weights_that_turn_invalid_do_no_harm(n: int, fault: float) -> None:
    """Somebody may change them between the survey and the draw: the indices stay in range."""
    valid, out = np.ones(n), np.empty(n, dtype=np.int64)
    draws = (
        lambda w: _core.weighted_draws(_core.CdfTable(w, False), _core.Mt19937(1), out),
        lambda w: _core.draw_by_blocks(_core.BlockSums(w, False), w, _core.Mt19937(1), out),
        lambda w: _core.draw_by_blocks(_core.BlockSums(valid, False), w, _core.Mt19937(1), out),
        lambda w: _core.weighted_choice(w, False, _core.Mt19937(1), n, out),
        lambda w: _core.weighted_choice(w, True, _core.Mt19937(1), n, out[: n // 2]),
        lambda w: _core.weighted_choice(w, False, _core.Mt19937(1), 0, out),
    )
    for pattern in (slice(None), slice(0, 1), slice(-1, None), slice(None, None, 2)):
        weights = valid.copy()
        weights[pattern] = fault
        for draw in draws:
            out[:] = 0
            draw(weights)
            assert np.all((out >= 0) & (out < n))


BAD = {
    "int64": np.ones(3, dtype=np.int64),
    "float16": np.ones(3, dtype=np.float16),
    "long double": np.ones(3, dtype=np.longdouble),
    "complex": np.ones(3, dtype=np.complex128),
    "swapped": np.ones(3, dtype=">f8"),
    "objects": np.ones(3, dtype=object),
}


@pytest.mark.parametrize("name", BAD)
def test_other_types_are_refused(name: str) -> None:
    engine, out = _core.Mt19937(1), np.zeros(2, dtype=np.int64)
    sums = _core.BlockSums(np.ones(3), False)
    for call in (
        lambda w: _core.survey_weights(w),
        lambda w: _core.CdfTable(w, False),
        lambda w: _core.BlockSums(w, False),
        lambda w: _core.draw_by_blocks(sums, w, engine, out),
        lambda w: _core.weighted_choice(w, False, engine, 3, out),
    ):
        with pytest.raises(TypeError, match="native float32 or float64, but got dtype"):
            call(BAD[name])


def test_other_shapes_are_refused() -> None:
    engine, out = _core.Mt19937(1), np.zeros(2, dtype=np.int64)
    for weights in (np.ones((2, 2)), np.array(1.0)):
        for call in (
            lambda w: _core.survey_weights(w),
            lambda w: _core.CdfTable(w, False),
            lambda w: _core.BlockSums(w, False),
            lambda w: _core.weighted_choice(w, False, engine, 2, out),
        ):
            with pytest.raises(ValueError, match="weights dimensions should be 1"):
                call(weights)
    for make in (_core.CdfTable, _core.BlockSums):
        with pytest.raises(ValueError, match="n should be"):
            make(np.ones(0), False)
    with pytest.raises(ValueError, match="weights should be those that were summed up"):
        _core.draw_by_blocks(_core.BlockSums(np.ones(3), False), np.ones(4), engine, out)
    for count in (0, 4):
        with pytest.raises(ValueError, match="samples should be in"):
            _core.weighted_choice(np.ones(3), False, engine, 3, np.zeros(count, dtype=np.int64))


@pytest.mark.parametrize("out", [np.zeros(4, dtype=np.int32), np.zeros(8, dtype=np.int64)[::2],
                                 np.zeros((2, 2), dtype=np.int64), [0, 0]])  # fmt: skip
def test_other_outputs_are_refused(out: object) -> None:
    weights, engine = np.ones(5), _core.Mt19937(1)
    for call in (
        lambda: _core.weighted_draws(_core.CdfTable(weights, False), engine, out),
        lambda: _core.draw_by_blocks(_core.BlockSums(weights, False), weights, engine, out),
        lambda: _core.weighted_choice(weights, False, engine, 5, out),
    ):
        with pytest.raises((TypeError, ValueError)):
            call()


def test_what_cannot_fit_is_refused() -> None:
    with pytest.raises(MemoryError, match=r"n=1000000000000000 weights.*replacement=False"):
        _core.CdfTable(np.broadcast_to(np.ones(1), 10**15), False)


@pytest.mark.usefixtures("isa")
def test_changes_in_two_places_do_not_undo_each_other() -> None:
    least = np.finfo(np.float64).smallest_subnormal
    size = 65_536 + 64
    seen = set()
    zeros = np.zeros(size)
    for one in (0, 1, 31, 65_536):
        for other in (8, 16, 24, 32, 65_544):
            # What small differences between the starts of lanes would hide.
            for first, second in ((16, 0), (8, 24), (0, 16), (24, 8)):
                weights = zeros.copy()
                weights[one], weights[other] = first * least, second * least
                seen.add((_core.survey_weights(weights)[2], one, other, first, second))
    contents = {(one * (first > 0), first, other * (second > 0), second)
                for _, one, other, first, second in seen}  # fmt: skip
    assert len({fingerprint for fingerprint, *_ in seen}) == len(contents)


@pytest.mark.usefixtures("isa")
def test_high_bits_in_two_weights_of_a_lane_do_not_cancel() -> None:
    random = np.random.default_rng(6)
    for _ in range(300):
        weights = random.random(256)
        before = _core.survey_weights(weights)[2]
        bits = weights.view(np.uint64)
        place = random.integers(224)
        bits[place] ^= np.uint64(1 << int(random.integers(60, 64)))
        for bit in random.integers(28, 64, 2):
            bits[place + 32] ^= np.uint64(1 << int(bit))
        bits[place + 32] ^= np.uint64((1 << 62) | (1 << 30))
        assert _core.survey_weights(weights)[2] != before
