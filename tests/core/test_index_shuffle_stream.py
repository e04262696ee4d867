"""The order of an index shuffle as a stream: epochs in a row, seeks and strides at any length."""

from __future__ import annotations

import numpy as np
import pytest

from fastsamplers import IndexShuffle, _core

SEED = 2**63 + 5


def epochs(n: int, first: int, length: int) -> list[int]:
    values: list[int] = []
    while len(values) < length:
        values += IndexShuffle(n, SEED, epoch=first % 2**64)
        first += 1
    return values[:length]


@pytest.mark.parametrize("first", [0, 1, 2**63 - 1, 2**64 - 1])
@pytest.mark.parametrize("n", [1, 2, 5, 130, 4097])
def test_one_epoch_after_another(n: int, first: int) -> None:
    """After epoch 2**64 - 1 comes epoch 0."""
    for length in (0, 1, n - 1, n, n + 1, 3 * n + 2):
        expected = epochs(n, first, length)
        stream = _core.index_shuffle_stream(n, SEED, first, length)
        assert (len(stream), stream.position) == (length, 0)
        assert stream.next(10**6).tolist() == expected
        assert stream.position == length
        for stride in (1, 2, 3, n, n + 1, 2 * n - 1, 2**62):
            stream.seek(0)
            assert stream.next_strided(10**6, stride).tolist() == expected[::stride]
        for place in (0, n // 2, n, length // 2, length - 1):
            if 0 <= place < length:
                stream.seek(place)
                assert stream.next(7).tolist() == expected[place : place + 7]


@pytest.mark.parametrize("n", [10**12, 2**53 + 1, 2**62])
def test_seeks_and_strides_are_instant_at_any_length(n: int) -> None:
    shuffle = IndexShuffle(n, SEED)
    stream = _core.index_shuffle_stream(n, SEED, 0, n)
    for place in (0, n // 3, n - 700, n - 1, 1):
        stream.seek(place)
        assert np.array_equal(stream.next(600), shuffle[place : place + 600])
    stream.seek(5)
    stride = n // 10
    assert np.array_equal(stream.next_strided(100, stride), shuffle[5::stride])
    assert stream.position == n
    stream.seek(n - 1)
    assert stream.next_strided(3, 2**63).tolist() == [shuffle[n - 1]]
    stream.seek(n)
    assert stream.next(5).tolist() == []


@pytest.mark.parametrize("n", [3, 10**12, 2**62])
def test_the_longest_stream(n: int) -> None:
    length = 2**63 - 1
    stream = _core.index_shuffle_stream(n, SEED, 2**64 - 1, length)
    stream.seek(length - 2)
    expected = []
    for position in (length - 2, length - 1):
        epoch, place = divmod(position, n)
        expected.append(IndexShuffle(n, SEED, epoch=(epoch - 1) % 2**64)[place])
    assert stream.next(5).tolist() == expected
    with pytest.raises(ValueError, match=r"length should be at most 2\*\*63 - 1"):
        _core.index_shuffle_stream(n, SEED, 0, 2**63)


@pytest.mark.parametrize("n", [0, 2**62 + 1, 2**64 - 1])
def test_lengths_that_no_shuffle_has(n: int) -> None:
    with pytest.raises(ValueError, match=rf"n should be in \[1, 2\*\*62\], but got n={n}"):
        _core.index_shuffle_stream(n, 0, 0, 1)
    with pytest.raises(ValueError, match=rf"n should be in \[1, 2\*\*62\], but got n={n}"):
        _core.IndexShuffle(n, 0)


@pytest.mark.parametrize("n", [10, 5000, 2**62])
def test_ranges_that_leave_the_shuffle_are_refused(n: int) -> None:
    """Which would read behind a list."""
    shuffle = _core.IndexShuffle(n, 0)
    for first, step, count in ((n - 5, 1, 6), (n - 1, 1, 2), (0, -1, 2), (1, -2, 2), (0, n, 2),
                               (0, 2**63 - 1, 2), (n - 1, -(2**63), 2), (4, -1, 6)):  # fmt: skip
        with pytest.raises(ValueError, match="step should be small enough"):
            shuffle.values_of_range(first, step, count)
    for first in (-1, n, 2**63 - 1, -(2**63)):
        with pytest.raises(ValueError, match=rf"first should be in \[0, {n}\), but got"):
            shuffle.values_of_range(first, 1, 1)
    assert shuffle.values_of_range(n, 1, 0).tolist() == []


def test_arrays_of_another_type_are_refused() -> None:
    """They are written to in place: a converted copy would be lost."""
    shuffle = _core.IndexShuffle(10, 0)
    for array in (np.arange(4, dtype=np.int32), np.arange(4.0), np.arange(8)[::2], [1, 2]):
        for method in (shuffle.values_at, shuffle.places_of):
            with pytest.raises(TypeError):
                method(array)
    fixed = np.arange(4)
    fixed.flags.writeable = False
    with pytest.raises(ValueError, match="not writeable"):
        shuffle.values_at(fixed)


def test_shards_of_epochs() -> None:
    expected = epochs(130, 0, 500)
    for first, stride in ((0, 3), (2, 3), (7, 131), (129, 260)):
        shard = _core.strided_shard(
            _core.index_shuffle_stream(130, SEED, 0, 500),
            first,
            stride,
            len(expected[first::stride]),
        )
        assert shard.next(1000).tolist() == expected[first::stride]
