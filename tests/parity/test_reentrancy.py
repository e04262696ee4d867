"""Iterators that are entered twice, read by several threads, or part of a cycle."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
import torch

import fastsamplers


class Entering:
    """A container that asks the iterator over it for more while it is being read."""

    def __init__(self, n: int, at: str) -> None:
        self.n = n
        self.at = at
        self.iterator = None

    def enter(self) -> None:
        if self.iterator is not None:
            next(self.iterator)

    def __len__(self) -> int:
        if self.at == "len":
            self.enter()
        return self.n

    def __getitem__(self, i: int) -> int:
        if self.at == "item" and i == 3:
            self.enter()
        return i


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize("at", ["len", "item"])
@pytest.mark.parametrize("name", ["SubsetRandomSampler", "RandomSampler"])
def test_an_iterator_cannot_be_entered_from_within(same, attempt, name, at, batched) -> None:
    def scenario(library):
        container = Entering(10, at)
        sampler = getattr(library, name)(container)
        container.iterator = iter(library.BatchSampler(sampler, 3, False) if batched else sampler)
        return [attempt(lambda: next(container.iterator, "end")) for _ in range(12)]

    outcome = same(scenario)
    if at == "len" or name == "SubsetRandomSampler":
        assert ("raised", "ValueError", "generator already executing") in outcome


class Caught(Entering):
    """Goes on after the refusal, so the pass that was entered must be unharmed."""

    def enter(self) -> None:
        with pytest.raises(ValueError, match="generator already executing"):
            super().enter()


@pytest.mark.parametrize("batched", [False, True])
def test_a_refused_entry_does_no_harm(same, batched: bool) -> None:
    def scenario(library):
        container = Caught(10, "item")
        sampler = library.SubsetRandomSampler(container)
        container.iterator = iter(library.BatchSampler(sampler, 3, False) if batched else sampler)
        outcome = []
        while (item := next(container.iterator, None)) is not None:
            outcome.append(item)
        return outcome

    same(scenario)


def test_another_pass_may_run_within(same) -> None:
    class Nested:
        """Runs a whole pass of the same sampler while one item is read."""

        def __init__(self) -> None:
            self.sampler = None
            self.inner = []

        def __len__(self):
            return 6

        def __getitem__(self, i):
            if i == 2 and len(self.inner) < 3:
                self.inner.append(None)
                self.inner.append(list(self.sampler))
            return i

    def scenario(library):
        container = Nested()
        container.sampler = library.SubsetRandomSampler(container)
        return list(container.sampler), container.inner

    same(scenario)


def in_threads(count: int, work) -> None:
    errors = []

    def run(k: int) -> None:
        try:
            work(k)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.mark.parametrize("kind", ["ints", "batches", "blocks"])
def test_threads_share_an_iterator_without_harm(kind: str) -> None:
    """A thread may be refused while another one is inside, as by a generator; no index is lost."""
    n = 400_000
    sampler = fastsamplers.RandomSampler(range(n))
    iterator = {
        "ints": lambda: iter(sampler),
        "batches": lambda: iter(fastsamplers.BatchSampler(sampler, 5000, False)),
        "blocks": lambda: sampler.blocks(5000),
    }[kind]()
    taken: list[list[int]] = [[], [], []]

    def take(k: int) -> None:
        while True:
            try:
                item = next(iterator)
            except StopIteration:
                return
            except ValueError as error:
                if str(error) != "generator already executing":
                    raise
                continue
            taken[k] += [item] if kind == "ints" else [int(index) for index in item]

    in_threads(3, take)
    assert sorted(taken[0] + taken[1] + taken[2]) == list(range(n))


def test_threads_share_a_generator_without_drawing_the_same(states) -> None:
    """torch's permutations follow one another under the generator's lock, whichever comes first."""
    n, rounds, threads = 400_000, 30, 3
    generator = torch.Generator().manual_seed(1)
    expected = [
        tuple(torch.randperm(n, generator=generator)[:5].tolist()) for _ in range(threads * rounds)
    ]
    after = states(generator)

    generator.manual_seed(1)
    heads = []

    def draw(k: int) -> None:
        for _ in range(rounds):
            order = iter(fastsamplers.SubsetRandomSampler(range(n), generator))
            heads.append(tuple(next(order) for _ in range(5)))

    in_threads(threads, draw)
    assert sorted(heads) == sorted(expected)
    assert states(generator) == after


def held_by_sampler(make):
    def build():
        sampler = make()
        sampler.own_iterator = iter(sampler)
        next(sampler.own_iterator)
        return sampler

    return build


def held_by_container(how):
    def build():
        class Container:
            def __len__(self):
                return 5

            def __getitem__(self, i):
                return i

        container = Container()
        container.iterator = how(fastsamplers.SubsetRandomSampler(container))
        next(container.iterator)
        return container

    return build


def held_by_blocks():
    sampler = fastsamplers.RandomSampler(range(100))
    sampler.own_iterator = sampler.blocks(7)
    next(sampler.own_iterator)
    return sampler


CYCLES = {
    "random": held_by_sampler(lambda: fastsamplers.RandomSampler(range(100))),
    "untouched": held_by_sampler(lambda: fastsamplers.SequentialSampler(range(100))),
    "replacement": held_by_sampler(
        lambda: fastsamplers.RandomSampler(range(100), True, 100, torch.Generator())
    ),
    "subset": held_by_sampler(lambda: fastsamplers.SubsetRandomSampler([1, 2, 3])),
    "distributed": held_by_sampler(lambda: fastsamplers.DistributedSampler(range(100), 2, 0)),
    "batches": held_by_sampler(
        lambda: fastsamplers.BatchSampler(fastsamplers.RandomSampler(range(100)), 3, False)
    ),
    "tensors": held_by_sampler(
        lambda: fastsamplers.BatchSampler(
            fastsamplers.RandomSampler(range(100)), 3, False, output="torch"
        )
    ),
    "batches of any": held_by_sampler(lambda: fastsamplers.BatchSampler([1, 2, 3], 2, False)),
    "blocks": held_by_blocks,
    "items": held_by_container(iter),
    "item batches": held_by_container(
        lambda sampler: iter(fastsamplers.BatchSampler(sampler, 2, False))
    ),
    "item blocks": held_by_container(lambda sampler: sampler.blocks(2)),
}


@pytest.mark.parametrize("name", CYCLES)
def test_cycles_are_collected(name: str) -> None:
    held = CYCLES[name]()
    watch = weakref.ref(held)
    gc.collect()
    assert watch() is held
    del held
    gc.collect()
    assert watch() is None


@pytest.mark.parametrize("name", CYCLES)
def test_an_iterator_that_is_dropped_lets_go_at_once(name: str) -> None:
    held = CYCLES[name]()
    watch = weakref.ref(held)
    gc.collect()
    gc.disable()
    try:
        for attribute in ("own_iterator", "iterator"):
            if hasattr(held, attribute):
                delattr(held, attribute)
        del held
        assert watch() is None
    finally:
        gc.enable()
