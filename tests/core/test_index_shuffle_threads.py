"""Long arrays of an IndexShuffle: shared among threads, and left at a signal."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

import fastsamplers
from fastsamplers import IndexShuffle, _core

LENGTHS = (1000, 100_000, 2**31 + 1)  # listed, narrow, wide
READS: dict[str, Callable[[IndexShuffle, int], np.ndarray]] = {
    "range": lambda shuffle, count: shuffle[: min(count, len(shuffle))],
    "backward": lambda shuffle, count: shuffle[: -min(count, len(shuffle)) - 1 : -1],
    "by three": lambda shuffle, count: shuffle[: min(3 * count, len(shuffle)) : 3],
    "places": lambda shuffle, count: shuffle[_places(shuffle, count)],
    "negative": lambda shuffle, count: shuffle[_places(shuffle, count) - len(shuffle)],
    "inverse": lambda shuffle, count: shuffle.inverse(_places(shuffle, count)),
    "two dimensions": lambda shuffle, count: shuffle[_places(shuffle, count & -2).reshape(2, -1).T],
}


def _places(shuffle: IndexShuffle, count: int) -> np.ndarray:
    return np.random.default_rng(count).integers(0, len(shuffle), count)


@pytest.fixture
def threads() -> Iterator[Callable[[int], None]]:
    before = fastsamplers.get_num_threads()
    yield fastsamplers.set_num_threads
    fastsamplers.set_num_threads(before)


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("n", LENGTHS)
def test_no_result_depends_on_the_number_of_threads(threads, n: int, name: str) -> None:
    shuffle = IndexShuffle(n, 3)
    for count in (2**18 - 1, 2**18, 2**18 + 1, 2**19 + 777, 2**20):
        results = []
        for number in (1, 2, 3):
            threads(number)
            results.append(READS[name](shuffle, count))
        assert np.array_equal(results[0], results[1])
        assert np.array_equal(results[0], results[2])


@pytest.mark.parametrize("number", [1, 2, 3])
def test_long_arrays_are_what_short_ones_are(threads, number: int) -> None:
    threads(number)
    shuffle = IndexShuffle(2**31 + 1, 3)
    places = _places(shuffle, 2**19 + 99)
    for method in (shuffle.__getitem__, shuffle.inverse):
        parts = [method(part) for part in np.array_split(places, 700)]
        assert np.array_equal(method(places), np.concatenate(parts))
    parts = [shuffle[k : k + 999] for k in range(5, 5 + 999 * 500, 999)]
    assert np.array_equal(shuffle[5 : 5 + 999 * 500], np.concatenate(parts))


@pytest.mark.parametrize("number", [1, 3])
def test_a_bad_place_far_behind_is_found(threads, number: int) -> None:
    threads(number)
    shuffle = IndexShuffle(2**31 + 1, 3)
    for count in (2**18, 2**20 + 3):
        places = _places(shuffle, count)
        places[-1] = 2**31 + 1
        with pytest.raises(IndexError, match=f"index={2**31 + 1}$"):
            shuffle[places]
        with pytest.raises(ValueError, match=f"value={2**31 + 1}$"):
            shuffle.inverse(places)
        assert shuffle[places[:-1]].shape == (count - 1,)


def test_one_shuffle_in_several_threads_of_python() -> None:
    shuffle = IndexShuffle(2**40, 3)
    places = _places(shuffle, 2**18)
    expected = shuffle[places]
    wrong = []

    def read() -> None:
        for _ in range(3):
            if not np.array_equal(shuffle[places], expected):
                wrong.append("values")
            if not np.array_equal(shuffle.inverse(expected), places):
                wrong.append("places")

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert wrong == []


signals = pytest.mark.thread_unsafe(reason="signals are answered by the main thread")
PART = 2**22  # indices between two looks for signals
LONG: dict[str, Callable[[IndexShuffle, np.ndarray], np.ndarray]] = {
    "range": lambda shuffle, places: shuffle[: len(places)],
    "places": lambda shuffle, places: shuffle[places],
    "inverse": lambda shuffle, places: shuffle.inverse(places),
}


@pytest.fixture
def at_signals() -> Iterator[Callable[[Callable[[], None]], None]]:
    """Calls a function at the signals of a timer that goes off several times in each part.

    It counts the time that processors spend on this process, so that other work does not matter,
    and it is a coarse one, so that the kernels are slow meanwhile.
    """
    if not hasattr(signal, "setitimer"):
        pytest.skip("no such timer on this system")
    level = _core.active_isa()
    _core.set_active_isa("scalar")
    before = signal.getsignal(signal.SIGPROF)

    def start(call: Callable[[], None]) -> None:
        signal.signal(signal.SIGPROF, lambda number, frame: call())
        signal.setitimer(signal.ITIMER_PROF, 0.001, 0.001)

    yield start
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.signal(signal.SIGPROF, before)
    _core.set_active_isa(level)


def interrupt() -> None:
    """As Ctrl-C does, once."""
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.signal(signal.SIGPROF, signal.SIG_IGN)
    raise KeyboardInterrupt


@signals
@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("method", ["values_at", "places_of"])
def test_an_interrupt_ends_a_long_array(threads, at_signals, method: str, number: int) -> None:
    threads(number)
    shuffle = _core.IndexShuffle(2**62, 3)
    replaced = np.arange(4 * PART)  # in place, so that it shows how far the kernel went
    first = int(replaced[0])
    at_signals(lambda: interrupt() if replaced[0] != first else None)
    with pytest.raises(KeyboardInterrupt):
        getattr(shuffle, method)(replaced)
    expected = np.arange(4 * PART)
    assert np.array_equal(replaced[-PART:], expected[-PART:])  # not only when all was done
    getattr(shuffle, method)(expected[:5000])
    assert np.array_equal(replaced[:5000], expected[:5000])


@signals
@pytest.mark.parametrize("number", [1, 2])
def test_signals_are_answered_while_a_long_range_is_made(threads, at_signals, number: int) -> None:
    threads(number)
    answered: list[None] = []
    at_signals(lambda: answered.append(None))
    IndexShuffle(2**62, 3)[: 4 * PART]
    signal.setitimer(signal.ITIMER_PROF, 0)
    assert len(answered) >= 3  # after each of four parts, not only when all was done


@signals
@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("name", LONG)
def test_nothing_has_changed_after_an_interrupt(
    threads, at_signals, name: str, number: int
) -> None:
    threads(number)
    shuffle = IndexShuffle(2**62, 3)
    places = np.arange(4 * PART)
    expected = LONG[name](shuffle, places[:5000])
    at_signals(interrupt)
    with pytest.raises(KeyboardInterrupt):
        LONG[name](shuffle, places)
    assert np.array_equal(places, np.arange(4 * PART))
    assert np.array_equal(LONG[name](shuffle, places[:5000]), expected)
    assert np.array_equal(shuffle.inverse(shuffle[places[:5000]]), places[:5000])
