"""The contract of every stream: blocks of any size, strides, seeks, and its position."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

from fastsamplers import _core


def permutation(n: int = 500) -> _core.IndexStream:
    return _core.permutation_stream(_core.Mt19937(8), n, n)


def reads(count: int) -> np.ndarray:
    """A draw whose values tell their place; a callback stream hands it its counts."""
    reads.place += count
    return np.arange(reads.place - count, reads.place)


VALUES = np.arange(1000, dtype=np.int32)[::2] * 7 - 100
STREAMS: dict[str, Callable[[], _core.IndexStream]] = {
    "sequential": lambda: _core.sequential_stream(500),
    "from, by": lambda: _core.sequential_stream(500, first=-7, step=3),
    "backward": lambda: _core.sequential_stream(500, first=1000, step=-1),
    "permutation": permutation,
    "twice": lambda: _core.permutation_stream(_core.Mt19937(8), 250, 500),
    "replacement": lambda: _core.replacement_stream(_core.Mt19937(8), 1000, 500),
    "two words": lambda: _core.replacement_stream(_core.Mt19937(8), 2**40, 500),
    "index shuffle": lambda: _core.index_shuffle_stream(500, 8, 3, 500),
    "epochs of an index shuffle": lambda: _core.index_shuffle_stream(130, 8, 2**64 - 2, 500),
    "head of a large index shuffle": lambda: _core.index_shuffle_stream(2**62, 8, 3, 500),
    "subset": lambda: _core.subset_stream(permutation(), VALUES),
    "subset by an index shuffle": lambda: _core.subset_stream(
        _core.index_shuffle_stream(500, 8, 3, 500), VALUES
    ),
    "subset of a range": lambda: _core.subset_of_range_stream(permutation(), 500, -9, 4),
    "shard": lambda: _core.strided_shard(permutation(1500), 2, 3, 500),
    "shard of an index shuffle": lambda: _core.strided_shard(
        _core.index_shuffle_stream(10_000, 8, 3, 10_000), 7, 19, 500
    ),
    "padded shard": lambda: _core.strided_shard(permutation(17), 5, 3, 500),
    "shard of a shard": lambda: _core.strided_shard(
        _core.strided_shard(permutation(2000), 1, 2, 1000), 0, 2, 500
    ),
}


@pytest.mark.parametrize("name", STREAMS)
def test_any_way_of_reading_gives_the_same(name: str) -> None:
    expected = STREAMS[name]().next(10**4)
    assert expected.shape == (500,)
    choose = random.Random(name)
    for _ in range(30):
        stream = STREAMS[name]()
        assert (len(stream), stream.position) == (500, 0)
        for _ in range(20):
            place, count = stream.position, choose.choice([0, 1, 3, 100, choose.randrange(600)])
            what = choose.choice(["next", "strided", "seek", "prepare"])
            if what == "next":
                block = stream.next(count)
                assert block.dtype == np.int64
                assert block.flags.owndata
                assert np.array_equal(block, expected[place : place + count])
                assert stream.position == min(500, place + count)
            elif what == "strided":
                stride = choose.choice([1, 2, 7, 499, 500, 2000, 2**62])
                part = expected[place::stride][:count]
                assert np.array_equal(stream.next_strided(count, stride), part)
                assert stream.position == min(500, place + len(part) * stride)
            elif what == "seek":
                stream.seek(choose.randrange(501))
            else:
                while not stream.prepare(7):
                    pass
                assert stream.position == place


@pytest.mark.parametrize("name", STREAMS)
def test_bad_positions_and_counts_are_refused(name: str) -> None:
    stream = STREAMS[name]()
    stream.next(3)
    with pytest.raises(ValueError, match="position should be at most the stream's length"):
        stream.seek(501)
    with pytest.raises(TypeError):
        stream.seek(-1)
    with pytest.raises(ValueError, match="count should be non-negative, but got count=-1"):
        stream.next(-1)
    with pytest.raises(ValueError, match="stride should be positive, but got stride=0"):
        stream.next_strided(3, 0)
    assert stream.position == 3


def test_what_may_be_read_ahead() -> None:
    assert all(make().may_read_ahead for make in STREAMS.values())
    drawn = _core.callback_stream(lambda count: np.zeros(count, dtype=np.int64), 10, 1)
    assert not drawn.may_read_ahead
    assert not _core.strided_shard(drawn, 0, 1, 5).may_read_ahead


def test_sequential_values() -> None:
    assert _core.sequential_stream(5, -2, 3).next(9).tolist() == [-2, 1, 4, 7, 10]
    last = _core.sequential_stream(2**63 - 1)
    last.seek(2**63 - 3)
    assert last.next(9).tolist() == [2**63 - 3, 2**63 - 2]
    with pytest.raises(ValueError, match=r"length should be at most 2\*\*63 - 1"):
        _core.sequential_stream(2**63)
    assert _core.sequential_stream(0).next(3).tolist() == []


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"])
@pytest.mark.parametrize("layout", ["plain", "strided", "backward", "unaligned", "read-only"])
def test_subsets_of_every_integer_type(dtype: str, layout: str) -> None:
    info = np.iinfo(dtype)
    values = np.array([info.min, min(int(info.max), 2**63 - 1), 0, 1, 100], dtype=dtype)
    if layout == "strided":
        values = np.repeat(values, 2)[::2]
    elif layout == "backward":
        values = values[::-1]
    elif layout == "unaligned":
        values = np.frombuffer(b"." + values.tobytes(), dtype=dtype, offset=1)
    elif layout == "read-only":
        values.flags.writeable = False
    order = permutation(5).next(5)
    got = _core.subset_stream(permutation(5), values).next(5)
    assert got.tolist() == [int(values[i]) for i in order]


def test_a_subset_keeps_its_array_alive() -> None:
    stream = _core.subset_stream(_core.sequential_stream(1000), np.arange(1000) * 2)
    filler = [np.full(1000, -1) for _ in range(20)]
    assert stream.next(1000).tolist() == list(range(0, 2000, 2))
    del filler


def test_values_and_positions_out_of_range_are_refused() -> None:
    for order in (_core.sequential_stream(6), _core.sequential_stream(1, -1)):
        with pytest.raises(IndexError, match="is out of range for 5 values"):
            _core.subset_stream(order, np.arange(5)).next(6)
        order.seek(0)
        with pytest.raises(IndexError, match="is out of range for 5 values"):
            _core.subset_of_range_stream(order, 5, 0, 1).next(6)
    wide = np.array([2**63], dtype=np.uint64)
    with pytest.raises(IndexError, match="should fit int64, but got 9223372036854775808"):
        _core.subset_stream(_core.sequential_stream(1), wide).next(1)
    for values in (np.arange(5.0), np.arange(5) > 2, np.arange(5).astype(">i4"),
                   np.array(["a"]), np.array([1], dtype=object)):  # fmt: skip
        with pytest.raises(TypeError, match="native integers"):
            _core.subset_stream(permutation(5), values)
    with pytest.raises(ValueError, match="dimensions should be 1"):
        _core.subset_stream(permutation(5), np.zeros((5, 1), dtype=int))


@pytest.mark.parametrize("granularity", [1, 32])
def test_a_callback_is_asked_for_whole_blocks_as_they_are_needed(granularity: int) -> None:
    asked = []

    def draw(count: int) -> np.ndarray:
        asked.append(count)
        return np.arange(sum(asked) - count, sum(asked))

    stream = _core.callback_stream(draw, 100, granularity)
    read: list[int] = []
    for count in (1, 5, 26, 1, 40, 0, 200):
        read += stream.next(count).tolist()
        whole = -(-len(read) // granularity) * granularity
        assert sum(asked) == min(whole, 100)
    assert read == list(range(100))
    stream.seek(100)
    with pytest.raises(ValueError, match="present one"):
        stream.seek(0)


@pytest.mark.parametrize(
    "drawn", [[1, 2], np.zeros(4, dtype=np.int64), np.zeros((3, 1), dtype=np.int64), None, "abc"]
)
def test_a_callback_that_gives_something_else(drawn: object) -> None:
    with pytest.raises((ValueError, TypeError, RuntimeError)):
        _core.callback_stream(lambda count: drawn, 3, 1).next(3)


def test_a_callbacks_own_error_comes_through() -> None:
    def draw(count: int) -> np.ndarray:
        raise OSError(5, "gone")

    with pytest.raises(OSError, match="gone"):
        _core.callback_stream(draw, 3, 1).next(3)
    with pytest.raises(ValueError, match="granularity should be positive"):
        _core.callback_stream(draw, 3, 0)


@pytest.mark.parametrize("n", [1, 2, 5, 17, 4100])
def test_shards_are_strided_and_padded_from_the_head(n: int) -> None:
    order = permutation(n).next(n)
    for stride in (1, 2, 3, 8, 1023, 1024, 5000):
        for first in {0, 1, stride - 1, n}:
            length = 2 * n // stride + 5
            shard = _core.strided_shard(permutation(n), first, stride, length)
            expected = [int(order[(first + k * stride) % n]) for k in range(length)]
            assert shard.next(length + 1).tolist() == expected


def test_bad_shards_are_refused() -> None:
    order = _core.sequential_stream(10)
    with pytest.raises(ValueError, match="stride should be positive"):
        _core.strided_shard(order, 0, 0, 5)
    with pytest.raises(ValueError, match="length should be 0 for an empty order"):
        _core.strided_shard(_core.sequential_stream(0), 0, 1, 1)
    with pytest.raises(ValueError, match="fits int64"):
        _core.strided_shard(order, 0, 2**40, 2**40)
    with pytest.raises((ValueError, TypeError)):
        _core.strided_shard(None, 0, 1, 1)
    assert len(_core.strided_shard(_core.sequential_stream(0), 0, 1, 0)) == 0
