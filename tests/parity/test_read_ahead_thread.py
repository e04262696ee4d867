"""The thread that reads ahead: when it is there, and what exits and forks find of it."""

from __future__ import annotations

import collections
import gc
import itertools
import os
import signal
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

import fastsamplers

pytestmark = [
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork"),
]

N = 600_000
# Read by then: a producer is at work, and has some blocks to go.
MIDDLE = 250_000


@pytest.fixture(autouse=True)
def two_threads(threads: Callable[[int], None]) -> None:
    threads(2)


def tasks() -> int:
    return len(os.listdir("/proc/self/task"))


def settles_at(count: int) -> bool:
    """Whether so many threads are left; one that has been joined is listed for a moment more."""
    return any(tasks() == count for _ in range(100_000))


needs_proc = pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="no /proc here")


def array(items) -> np.ndarray:
    """The indices that come one by one or in batches."""
    items = list(items)
    return np.array(items) if isinstance(items[0], int) else np.concatenate(items)


ITERATORS: dict[str, Callable[[], Iterator[object]]] = {
    "ints": lambda: iter(fastsamplers.RandomSampler(range(N))),
    "shared": lambda: iter(fastsamplers.RandomSampler(range(N), generator=torch.Generator())),
    "subset": lambda: iter(fastsamplers.SubsetRandomSampler(range(N))),
    "rank": lambda: iter(fastsamplers.DistributedSampler(range(2 * N), 2, 1)),
    "lists": lambda: iter(
        fastsamplers.BatchSampler(fastsamplers.RandomSampler(range(N)), 100, False)
    ),
    "blocks": lambda: fastsamplers.RandomSampler(range(N)).blocks(100),
}


def advance(iterator: Iterator[object], count: int = MIDDLE) -> np.ndarray:
    """The next indices, `count` of them where they come one by one or in hundreds."""
    first = next(iterator)
    size = 1 if isinstance(first, int) else len(first)
    return array([first, *itertools.islice(iterator, count // size - 1)])


def whole(kind: str) -> np.ndarray:
    torch.default_generator.manual_seed(5)
    return array(ITERATORS[kind]())


def half_read(kind: str) -> tuple[Iterator[object], np.ndarray]:
    """An iterator in the middle of its pass, and what it has to give."""
    expected = whole(kind)
    torch.default_generator.manual_seed(5)
    iterator = ITERATORS[kind]()
    assert np.array_equal(advance(iterator), expected[:MIDDLE])
    return iterator, expected[MIDDLE:]


@needs_proc
@pytest.mark.parametrize("kind", ITERATORS)
def test_the_thread_is_there_in_the_middle_and_gone_with_the_pass(kind: str) -> None:
    whole(kind)  # torch's own threads have started
    before = tasks()
    iterator, rest = half_read(kind)
    assert tasks() == before + 1
    assert np.array_equal(array(iterator), rest)
    assert settles_at(before)

    iterator, _ = half_read(kind)
    assert tasks() == before + 1
    del iterator
    assert settles_at(before)


@needs_proc
def test_no_thread_where_it_does_not_pay() -> None:
    before = tasks()

    def reads_alone(iterator: Iterator[object], steps: int | None = None) -> bool:
        return all(tasks() == before for _ in itertools.islice(iterator, steps))

    for n in (1, 1000, 100_000):
        sampler = fastsamplers.RandomSampler(range(n))
        assert reads_alone(fastsamplers.BatchSampler(sampler, 100, False).__iter__())
        assert reads_alone(sampler.blocks(1000))
        list(sampler)
        assert tasks() == before
    sampler = fastsamplers.RandomSampler(range(10**6))
    assert reads_alone(iter(sampler), 100)
    assert reads_alone(iter(fastsamplers.BatchSampler(sampler, 100, False)), 100)
    assert reads_alone(sampler.blocks(1000), 50)
    for other in (
        fastsamplers.SequentialSampler(range(10**6)),
        fastsamplers.RandomSampler(range(N), replacement=True),
    ):
        assert reads_alone(other.blocks(10_000))
    fastsamplers.set_num_threads(1)
    assert reads_alone(sampler.blocks(10_000))


@needs_proc
def test_many_iterators_dropped_anywhere() -> None:
    before = tasks()
    expected = whole("blocks")
    kept = collections.deque(maxlen=5)  # the oldest is dropped, whatever its thread is doing
    for k in range(150):
        torch.default_generator.manual_seed(5)
        blocks = fastsamplers.RandomSampler(range(N)).blocks(10_000 + k)
        got = array(itertools.islice(blocks, 14 + k % 20))
        assert np.array_equal(got, expected[: len(got)])
        kept.append(blocks)
    for blocks in kept:
        next(blocks)
    del blocks
    kept.clear()
    assert settles_at(before)


@needs_proc
def test_a_cycle_that_holds_an_iterator_lets_its_thread_go() -> None:
    before = tasks()
    sampler = fastsamplers.RandomSampler(range(N))
    sampler.own_iterator = iter(sampler)
    advance(sampler.own_iterator)
    assert tasks() == before + 1
    del sampler
    gc.collect()
    assert settles_at(before)


EXITS = """
import ctypes, itertools, os, signal, sys, threading
import torch
import fastsamplers
from fastsamplers import RandomSampler, BatchSampler, SubsetRandomSampler

fastsamplers.set_num_threads(2)
N = 800_000

def half(iterator, steps=200_000):
    for _ in itertools.islice(iterator, steps):
        pass
    return iterator

def in_a_thread(daemon):
    started = threading.Event()
    def read():
        iterator = half(iter(RandomSampler(range(N))))
        started.set()
        for _ in itertools.repeat(None) if daemon else range(2):
            for block in RandomSampler(range(N)).blocks(100_000):
                pass
    threading.Thread(target=read, daemon=daemon).start()
    started.wait()

def leak(iterator):
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(iterator))

def cycle():
    held = RandomSampler(range(N))
    held.iterator = half(iter(held))
    globals()["held"] = held

def keep(iterator):
    globals()["kept"] = iterator

def several():
    globals()["several"] = [half(iter(RandomSampler(range(N)))) for _ in range(8)]

SCENARIOS = [
    lambda: keep(half(iter(RandomSampler(range(N))))),
    lambda: keep(half(RandomSampler(range(N)).blocks(1000), 200)),
    lambda: keep(half(iter(BatchSampler(RandomSampler(range(N)), 100, False)), 2000)),
    lambda: keep(half(iter(SubsetRandomSampler(range(N))))),
    lambda: keep(half(SubsetRandomSampler(torch.arange(N).numpy()).blocks(1000), 200)),
    lambda: leak(half(iter(RandomSampler(range(N))))),
    lambda: leak(half(RandomSampler(range(N)).blocks(1000), 150)),
    lambda: leak(half(SubsetRandomSampler(torch.arange(N).numpy()).blocks(1000), 200)),
    lambda: in_a_thread(True),
    lambda: in_a_thread(False),
    cycle,
    several,
]

children = []
for scenario in SCENARIOS * 2:
    pid = os.fork()
    if pid == 0:
        signal.alarm(120)  # a child that hangs dies of it
        scenario()
        sys.exit()  # as any program ends, iterators and their threads and all
    children.append(pid)
    if len(children) % 4 == 0:
        for pid in children[-4:]:
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            assert status == 0, (children.index(pid) % len(SCENARIOS), status)
kept = half(iter(RandomSampler(range(N))))
print(len(children))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_the_interpreter_ends_in_the_middle_of_a_pass(run_child) -> None:
    assert run_child(EXITS) == "24"


def exit_code_of_child(work: Callable[[], bool]) -> int:
    pid = os.fork()
    if pid == 0:
        signal.alarm(120)
        status = 2
        try:
            status = 0 if work() else 1
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize("kind", ITERATORS)
def test_parent_and_child_of_a_fork_read_the_rest(kind: str) -> None:
    iterator, rest = half_read(kind)
    assert exit_code_of_child(lambda: np.array_equal(array(iterator), rest)) == 0
    # A child that drops it, and one that reads all of another pass.
    names = {"iterator": iterator}
    assert exit_code_of_child(lambda: names.clear() is None) == 0
    torch.default_generator.manual_seed(5)
    assert exit_code_of_child(lambda: np.array_equal(array(ITERATORS[kind]())[MIDDLE:], rest)) == 0
    assert np.array_equal(array(iterator), rest)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_forks_all_along_a_pass() -> None:
    expected = whole("blocks")
    torch.default_generator.manual_seed(5)
    blocks = fastsamplers.RandomSampler(range(N)).blocks(9_973)
    at = 0
    for block in blocks:
        assert np.array_equal(block, expected[at : at + len(block)])
        at += len(block)
        rest = expected[at:]
        if at % 2 == 0 and at < N:
            assert exit_code_of_child(lambda rest=rest: np.array_equal(array(blocks), rest)) == 0
    assert at == N


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_workers_are_forked_in_the_middle_of_a_pass() -> None:
    iterator, rest = half_read("ints")
    data = torch.arange(N)
    sampler = fastsamplers.RandomSampler(range(N))
    loader = DataLoader(
        data, batch_sampler=fastsamplers.BatchSampler(sampler, 20_000, False),
        num_workers=2, multiprocessing_context="fork",
        collate_fn=len,
    )  # fmt: skip
    got = []
    for length in loader:
        assert length == 20_000
        got.append(advance(iterator, 10_000))
    assert np.array_equal(np.concatenate([*got, array(iterator)]), rest)
