"""Every sampler and iterator in several threads: independent where separate, whole where shared."""

from __future__ import annotations

import hashlib
import threading

import numpy as np
import pytest
import torch

import fastsamplers
from fastsamplers import functional
from trust.faults import threads as fault_threads
from trust.faults.cases import CASES, generator, lengths_of, read, weights_of
from trust.faults.threads import DRAWN_ONCE, SHARED, passes_of_one_sampler, share, together

pytestmark = pytest.mark.filterwarnings("ignore:.* for the second time, which gives the order")
THREADS = 4


@pytest.mark.parametrize("name", SHARED)
def test_threads_that_share_an_iterator_get_each_item_once(name: str) -> None:
    expected, got = share(name, 5_000, THREADS)
    assert got == expected


@pytest.mark.parametrize("name", DRAWN_ONCE)
def test_threads_that_share_a_sampler_get_passes_of_it(name: str) -> None:
    expected, got = passes_of_one_sampler(name, 3_000, THREADS, 2)
    assert got == expected


@pytest.mark.parametrize("name", CASES)
def test_samplers_of_their_own_do_not_disturb_each_other(name: str) -> None:
    sizes = [2_000 + k for k in range(THREADS)]
    expected = [read(CASES[name](n)()) for n in sizes]
    got: list[list[int]] = [[] for _ in sizes]

    def go(k: int) -> None:
        got[k] = read(CASES[name](sizes[k])())

    together(THREADS, go)
    assert got == expected


CALLS = {
    "randperm": lambda n: functional.randperm(n, generator=generator()),
    "randint": lambda n: functional.randint(n, (n,), generator=generator()),
    "multinomial": lambda n: functional.multinomial(
        weights_of(n), n, True, generator=generator()
    ),
    "multinomial, without replacement": lambda n: functional.multinomial(
        weights_of(n), n // 2, generator=generator()
    ),
    "bucket_argsort": lambda n: functional.bucket_argsort(lengths_of(n)),
    "pack": lambda n: torch.cat(functional.pack(lengths_of(n), 8192)),
    "index_shuffle": lambda n: functional.index_shuffle(slice(None), n, 3),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_functions_in_several_threads(name: str) -> None:
    call = CALLS[name]
    sizes = [60_000 + 1_000 * k for k in range(THREADS)]
    expected = [digest(call(n)) for n in sizes]
    wrong: list[int] = []

    def go(k: int) -> None:
        wrong.extend(k for _ in range(3) if digest(call(sizes[k])) != expected[k])

    together(THREADS, go)
    assert wrong == []


def digest(values: torch.Tensor) -> str:
    return hashlib.sha256(np.ascontiguousarray(values.numpy()).tobytes()).hexdigest()


class Waiting:
    """A sampler of somebody else's, whose first item takes until it is told to go on."""

    def __init__(self) -> None:
        self.inside = threading.Event()
        self.go_on = threading.Event()

    def __len__(self) -> int:
        return 8

    def __iter__(self) -> map[int]:
        return map(self.item, range(8))

    def item(self, k: int) -> int:
        if k == 0:
            self.inside.set()
            assert self.go_on.wait(60)
        return k


OVER_OTHERS = {
    "interleaved": lambda other: iter(fastsamplers.DistributedSamplerWrapper(other, 2, 1)),
    "contiguous": lambda other: iter(
        fastsamplers.DistributedSamplerWrapper(other, 2, 1, layout="contiguous")
    ),
    "batches": lambda other: iter(fastsamplers.BatchSampler(other, 2, False)),
    "arrays": lambda other: iter(fastsamplers.BatchSampler(other, 2, False, output="numpy")),
}


@pytest.mark.parametrize("name", OVER_OTHERS)
def test_the_iterator_over_a_sampler_of_others_refuses_a_second_thread(name: str) -> None:
    whole = Waiting()
    whole.go_on.set()
    expected = read(OVER_OTHERS[name](whole))
    other = Waiting()
    iterator = OVER_OTHERS[name](other)
    state = iterator.state_dict()
    got: list[int] = []
    thread = threading.Thread(target=lambda: got.extend(read(iterator)))
    thread.start()
    try:
        assert other.inside.wait(60)
        for enter in (lambda: next(iterator), lambda: iterator.load_state_dict(state)):
            with pytest.raises(ValueError, match="generator already executing"):
                enter()
    finally:
        other.go_on.set()
        thread.join()
    assert got == expected


def test_what_a_thread_raises_comes_out() -> None:
    """Or none of these tests could fail."""

    def fail(k: int) -> None:
        if k == 2:
            raise RuntimeError("of thread 2")

    with pytest.raises(RuntimeError, match="of thread 2"):
        fault_threads.together(THREADS, fail)
