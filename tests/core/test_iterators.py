"""IndexIterator and BatchIterator over streams, without any sampler around them."""

from __future__ import annotations

import gc
import itertools
import sys

import numpy as np
import pytest

from fastsamplers import _core


def sequential(*lengths: int):
    """Streams one after another, each made when it is asked for; they count on."""
    first = 0
    for length in lengths:
        yield _core.sequential_stream(length, first)
        first += length


def batches(streams, batch_size, drop_last=False, output="list", subset=None):
    return _core.BatchIterator(lambda: (streams, subset, batch_size, None, drop_last, output))


CUTS = [(), (0,), (5,), (0, 5), (5, 0, 0, 7), (64, 1), (63, 2, 4096), (1,) * 20, (10_000,)]


@pytest.mark.parametrize("lengths", CUTS, ids=str)
def test_indices_are_exact_ints_across_streams(lengths) -> None:
    indices = list(_core.IndexIterator(sequential(*lengths)))
    assert indices == list(range(sum(lengths)))
    assert {type(index) for index in indices} <= {int}


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("output", ["list", "numpy"])
@pytest.mark.parametrize("lengths", CUTS, ids=str)
def test_batches_across_streams(lengths, output: str, drop_last: bool) -> None:
    total = sum(lengths)
    for size in (1, 2, 3, 5, 64, 1000, 2**40):
        got = [
            [*map(int, batch)] for batch in batches(sequential(*lengths), size, drop_last, output)
        ]
        expected = [list(range(k, min(k + size, total))) for k in range(0, total, size)]
        if drop_last and expected and len(expected[-1]) < size:
            expected.pop()
        assert got == expected


def test_a_stream_is_asked_for_when_the_one_before_has_ended() -> None:
    asked = []

    def streams():
        for k in range(3):
            asked.append(k)
            yield _core.sequential_stream(2, 10 * k)

    indices = _core.IndexIterator(streams())
    assert asked == []
    record = [(index, list(asked)) for index in indices]
    assert record == [(0, [0]), (1, [0]), (10, [0, 1]), (11, [0, 1]), (20, [0, 1, 2]),
                      (21, [0, 1, 2])]  # fmt: skip

    asked.clear()
    pairs = batches(streams(), 2)
    assert asked == []
    assert [(batch, list(asked)) for batch in pairs] == [
        ([0, 1], [0]), ([10, 11], [0, 1]), ([20, 21], [0, 1, 2])]  # fmt: skip


def test_what_may_not_be_read_ahead_is_not() -> None:
    drawn = []

    def draw(count: int) -> np.ndarray:
        drawn.append(count)
        return np.arange(count)

    indices = _core.IndexIterator([_core.callback_stream(draw, 100, 32)])
    for taken, total in ((1, 32), (31, 32), (1, 64), (31, 64), (36, 100)):
        list(itertools.islice(indices, taken))
        assert sum(drawn) == total
    drawn.clear()
    fives = batches([_core.callback_stream(draw, 100, 1)], 5)
    for k in range(1, 21):
        next(fives)
        assert sum(drawn) == 5 * k


def test_the_plan_is_asked_for_at_the_first_batch() -> None:
    asked = []

    def plan():
        asked.append(True)
        return (_core.sequential_stream(4),), None, 3, None, False, "list"

    iterator = _core.BatchIterator(plan)
    assert iter(iterator) is iterator
    assert asked == []
    assert list(iterator) == [[0, 1, 2], [3]]
    assert asked == [True]
    assert next(iterator, "ended") == "ended"


def test_a_plan_may_be_any_iterator() -> None:
    iterator = _core.BatchIterator(lambda: iter(["ab", None, 5]))
    assert list(iterator) == ["ab", None, 5]


def test_a_callable_makes_something_of_each_batch() -> None:
    made = list(batches(sequential(10_000), 7, True, lambda indices: tuple(indices.tolist())))
    assert made == [tuple(range(first, first + 7)) for first in range(0, 9996, 7)]


class Subset:
    def __init__(self, indices) -> None:
        self.indices = indices


def test_items_of_a_subset() -> None:
    letters = Subset("abcdefg")
    assert list(_core.IndexIterator(sequential(3), letters)) == ["a", "b", "c"]
    assert list(batches(sequential(5), 2, subset=letters)) == [["a", "b"], ["c", "d"], ["e"]]


@pytest.mark.parametrize("make", [_core.IndexIterator, lambda s: batches(s, 3)])
def test_an_error_ends_the_pass(make) -> None:
    def streams():
        yield _core.sequential_stream(3)
        raise OSError(5, "gone")

    iterator = make(streams())
    with pytest.raises(OSError, match="gone"):
        list(iterator)
    assert next(iterator, "ended") == "ended"

    for wrong in ([5], "ab"):
        iterator = make(iter(wrong))
        with pytest.raises((TypeError, RuntimeError)):
            next(iterator)
        assert next(iterator, "ended") == "ended"


def test_none_instead_of_a_stream_is_an_error_not_a_crash(run_child) -> None:
    code = """
from fastsamplers import _core
for make in (
    lambda: _core.IndexIterator([None]),
    lambda: _core.BatchIterator(lambda: ([None], None, 3, None, False, "list")),
):
    try:
        next(make())
    except (TypeError, ValueError, RuntimeError) as error:
        print("refused")
"""
    assert run_child(code).split() == ["refused", "refused"]


def test_a_plan_that_fails_ends_the_pass() -> None:
    def plan():
        raise OSError(5, "gone")

    iterator = _core.BatchIterator(plan)
    with pytest.raises(OSError, match="gone"):
        next(iterator)
    assert next(iterator, "ended") == "ended"
    for wrong in (
        (),
        (1, 2),
        ([], None, "x", None, False, "list"),
        ([], None, -1, None, False, "list"),
    ):
        with pytest.raises((TypeError, ValueError, RuntimeError)):
            next(_core.BatchIterator(lambda wrong=wrong: wrong))


def test_entering_from_within_is_refused() -> None:
    def streams():
        yield _core.sequential_stream(2)
        with pytest.raises(ValueError, match="generator already executing"):
            next(iterator)
        yield _core.sequential_stream(2)

    for make in (_core.IndexIterator, lambda s: batches(s, 1)):
        iterator = make(streams())
        assert len(list(iterator)) == 4


def test_bad_constructor_arguments() -> None:
    for arguments in ((), (5,), (None,), ([], None, None)):
        with pytest.raises(TypeError):
            _core.IndexIterator(*arguments)
    for arguments in ((), ([], None)):
        with pytest.raises(TypeError):
            _core.BatchIterator(*arguments)
    with pytest.raises(TypeError):
        next(_core.BatchIterator(5))


@pytest.mark.parametrize("output", ["list", "numpy"])
def test_no_reference_is_lost(output: str) -> None:
    letters = Subset([object() for _ in range(100)])
    gc.collect()
    before = sys.getrefcount(letters), [sys.getrefcount(item) for item in letters.indices]
    for steps in (0, 1, 5, 100):
        for make in (
            lambda: _core.IndexIterator(sequential(50, 50), letters),
            lambda: batches(sequential(50, 50), 3, False, output, letters),
        ):
            list(itertools.islice(make(), steps))
    gc.collect()
    after = sys.getrefcount(letters), [sys.getrefcount(item) for item in letters.indices]
    assert after == before
