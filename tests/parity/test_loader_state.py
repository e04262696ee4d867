"""A loader that is interrupted anywhere goes on as torch's does that never was."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch

import fastsamplers
from tests.parity.loader_cases import (
    KINDS,
    WITH_TORCH,
    Worlds,
    run_pass,
    run_passes,
    run_some,
    set_epoch,
)

# Machines with one processor, and Pythons that warn of a fork beside threads.
pytestmark = [
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork"),
]

POINTS = ("before", "none", "one", "middle", "last", "after")
# Those that draw from the global generator where no other is given.
GLOBAL = [name for name in WITH_TORCH if name not in ("sequential", "distributed")]


def interrupt(loader: Any, epoch: int, point: str, whole: list[Any]) -> Any:
    """Runs the loader up to a place in an epoch, and takes its state there."""
    if point == "after":
        assert run_pass(loader, epoch) == whole
        return loader.state_dict()
    if point == "before":
        set_epoch(loader, epoch)
        return loader.state_dict()
    count = {"none": 0, "one": 1, "middle": len(whole) // 2, "last": len(whole)}[point]
    seen, iterator = run_some(loader, epoch, count)
    assert seen == whole[:count]
    state = loader.state_dict()
    del iterator
    return state


def check(
    worlds: Worlds, epoch: int, point: str, saving: int = 0, loading: int = 0, **options: Any
) -> None:
    """What a fresh loader gives after an interruption, and in the epochs that follow."""
    with_workers = {"num_workers": saving, **options} if options else {}
    reference = worlds.reference(**with_workers)
    expected = run_passes(reference, range(epoch + 3))
    states = reference.generator and reference.generator.get_state(), torch.get_rng_state()
    loader = worlds.loader(saving, **options)
    assert run_passes(loader, range(epoch)) == expected[:epoch]
    state = interrupt(loader, epoch, point, expected[epoch])
    fresh = worlds.fresh(state, loading, **options)
    position = {"before": 0, "none": 0, "one": 1, "middle": len(expected[epoch]) // 2}
    if point != "after":
        rest = expected[epoch][position.get(point) :] if point != "last" else []
        assert run_pass(fresh, epoch) == rest
    assert run_passes(fresh, range(epoch + 1, epoch + 3)) == expected[epoch + 1 :]
    if fresh.generator is not None:
        assert torch.equal(fresh.generator.get_state(), states[0])
    else:
        assert torch.equal(torch.get_rng_state(), states[1])


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("kind", KINDS)
def test_without_workers(kind: str, point: str) -> None:
    for epoch in range(2):
        check(Worlds(kind), epoch, point)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("kind", GLOBAL)
def test_from_the_global_generator(kind: str, point: str) -> None:
    for epoch in range(2):
        check(Worlds(kind, shared=False), epoch, point)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(
    ("kind", "saving", "loading"),
    [("shuffled", 2, 2), ("torch's sampler", 2, 0), ("distributed", 0, 2), ("weighted", 2, 0)],
)
def test_with_workers_at_every_point(kind: str, point: str, saving: int, loading: int) -> None:
    check(Worlds(kind), 1, point, saving, loading)


@pytest.mark.parametrize("kind", KINDS)
def test_with_workers_and_every_sampler(kind: str) -> None:
    check(Worlds(kind), 0, "middle", 2, 2)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(("kind", "epoch"), [("shuffled", 0), ("longer", 1)])
def test_with_persistent_workers(kind: str, epoch: int, point: str) -> None:
    check(Worlds(kind), epoch, point, 2, 2, persistent_workers=True, multiprocessing_context="fork")


@pytest.mark.parametrize(
    ("kind", "workers"), [*((kind, 0) for kind in KINDS), ("shuffled", 2), ("torch's sampler", 2)]
)
def test_many_resumes_in_one_epoch(kind: str, workers: int) -> None:
    """After every batch or two, and without any in between, each time by a fresh loader."""
    worlds = Worlds(kind)
    expected = run_passes(worlds.reference(), range(3))
    loader = worlds.loader()
    seen: list[list[Any]] = []
    for epoch in range(2):
        seen.append([])
        for step in itertools.cycle([1, 0, 2, 1]):
            part, iterator = run_some(loader, epoch, step)
            seen[-1] += part
            state = loader.state_dict()
            del iterator
            loader = worlds.fresh(state, workers)
            if len(part) < step:
                break  # the loop has ended
    assert seen == expected[:2]
    assert run_pass(loader, 2) == expected[2]


@pytest.mark.parametrize("kind", ["shuffled", "torch's sampler", "distributed"])
def test_a_state_taken_right_after_loading(kind: str) -> None:
    """Before anything is iterated over: it is the state that was loaded, again and again."""
    worlds = Worlds(kind)
    expected = run_passes(worlds.reference(), range(2))
    loader = worlds.loader()
    run_some(loader, 0, 3)
    for _ in range(3):
        loader = worlds.fresh(loader.state_dict())
    assert run_pass(loader, 0) == expected[0][3:]
    for _ in range(3):
        loader = worlds.fresh(loader.state_dict())
    assert run_pass(loader, 1) == expected[1]


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("deleted", [False, True])
def test_a_loop_that_is_left(workers: int, deleted: bool) -> None:
    """The state of the pass that was left can be taken behind the loop, as often as one likes."""
    worlds = Worlds("shuffled")
    expected = run_passes(worlds.reference(), range(2))
    loader = worlds.loader(workers)
    iterator = iter(loader)
    for k, batch in enumerate(iterator):
        assert batch.tolist() == expected[0][k]
        if k == 4:
            break
    if deleted:
        del iterator
    first, second = loader.state_dict(), loader.state_dict()
    for state in (first, second):
        assert run_passes(worlds.fresh(state), range(2)) == [expected[0][5:], expected[1]]


@pytest.mark.parametrize("persistent", [False, True])
def test_a_state_is_loaded_into_the_loader_that_it_was_taken_from(persistent: bool) -> None:
    """In the midst of another pass, whose generators do not matter then."""
    worlds = Worlds("shuffled")
    options = {"num_workers": 2, "persistent_workers": True, "multiprocessing_context": "fork"}
    expected = run_passes(worlds.reference(**(options if persistent else {})), range(3))
    loader = worlds.loader(2, persistent_workers=True) if persistent else worlds.loader()
    run_some(loader, 0, 3)
    state = loader.state_dict()
    for _ in range(2):
        run_some(loader, 0, 6)
        loader.load_state_dict(state)
        assert run_passes(loader, range(3)) == [expected[0][3:], *expected[1:]]


class Seeds(torch.utils.data.Dataset[int]):
    """Each item is the seed of the process that makes it."""

    def __len__(self) -> int:
        return 29

    def __getitem__(self, index: int) -> int:
        return torch.initial_seed()


@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize("count", [0, 3, 8, None])
def test_workers_have_the_seeds_that_they_had(count: int | None, persistent: bool) -> None:
    """In the rest of the epoch and in those that follow, as if nothing had been interrupted."""

    def loader_of(library: Any, seed: int) -> Any:
        return library.DataLoader(
            Seeds(), 4, num_workers=2, generator=torch.Generator().manual_seed(seed),
            multiprocessing_context="fork", persistent_workers=persistent,
        )  # fmt: skip

    def seeds(iterable: Any) -> set[int]:
        return {seed for batch in iterable for seed in batch.tolist()}

    reference = loader_of(torch.utils.data, 5)
    expected = [seeds(reference) for _ in range(3)]
    loader = loader_of(fastsamplers, 5)
    iterator = iter(loader)
    part = seeds(itertools.islice(iterator, count))
    assert part <= expected[0]
    state = loader.state_dict()
    del iterator, loader
    fresh = loader_of(fastsamplers, 1234)
    fresh.load_state_dict(state)
    if count is not None:
        assert seeds(fresh) == (expected[0] if count < 8 else set())
    assert [seeds(fresh) for _ in range(2)] == expected[1:]


def test_a_state_holds_little() -> None:
    """Whatever n: a few KB, of which one generator's state is the most."""
    sizes = []
    for n in (100, 1_000_000):
        loader = fastsamplers.DataLoader(range(n), 4, shuffle=True)
        next(iter(loader))
        sizes.append(len(repr(loader.state_dict())))
    assert abs(sizes[0] - sizes[1]) < 100
