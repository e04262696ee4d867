"""Samplers that are not ours inside the loader: interrupted, they go on as torch's loader would."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import torch
import torch.utils.data

import fastsamplers
from tests.parity.loader_cases import Items, N, run_pass, run_passes, run_some

# Machines with one processor, and Pythons that warn of a fork beside threads.
pytestmark = [
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork"),
]


class Eager:
    """Draws at ``iter()``."""

    def __init__(self, generator: torch.Generator | None = None) -> None:
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        return iter(torch.randperm(N, generator=self.generator).tolist())

    def __len__(self) -> int:
        return N


class Lazy(Eager):
    """Draws at the first index."""

    def __iter__(self) -> Iterator[int]:
        yield from torch.randperm(N, generator=self.generator).tolist()


class Stepwise(Eager):
    """Draws at every index."""

    def __iter__(self) -> Iterator[int]:
        for _ in range(N):
            yield int(torch.randint(N, (), generator=self.generator))


class LengthUnknown:
    """An iterable, and nothing else; it keeps its generator to itself."""

    def __iter__(self) -> Iterator[int]:
        return iter(torch.randperm(N).tolist())


class Batches(Eager):
    """A batch sampler whose batches differ in size, with the size drawn just before."""

    def __iter__(self) -> Iterator[list[int]]:
        order = torch.randperm(N, generator=self.generator).tolist()
        while order:
            size = int(torch.randint(1, 6, (), generator=self.generator))
            yield [order.pop() for _ in range(min(size, len(order)))]

    def __len__(self) -> int:
        return 5


class EagerBatches(Eager):
    """A batch sampler that makes all batches at ``iter()``."""

    def __iter__(self) -> Iterator[list[int]]:
        order = torch.randperm(N, generator=self.generator).tolist()
        return iter([order[k : k + 4] for k in range(0, N, 4)])

    def __len__(self) -> int:
        return 8


class Walk:
    """An iterator with a state of its own, which no replay of generators could give."""

    def __init__(self, step: int) -> None:
        self.step, self.at = step, 0

    def __iter__(self) -> Walk:
        return self

    def __next__(self) -> int:
        if self.at == N:
            raise StopIteration
        self.at += 1
        return self.at * self.step % N

    def state_dict(self) -> dict[str, int]:
        return {"step": self.step, "at": self.at}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.step, self.at = state["step"], state["at"]


class Walks:
    """Each pass steps further, which a fresh process would not know."""

    def __init__(self) -> None:
        self.passes = 0

    def __iter__(self) -> Walk:
        self.passes += 1
        return Walk(self.passes)

    def __len__(self) -> int:
        return N


SAMPLERS = {
    "eager": lambda g: {"sampler": Eager(g)},
    "lazy": lambda g: {"sampler": Lazy(g)},
    "stepwise": lambda g: {"sampler": Stepwise(g)},
    "no batches": lambda g: {"sampler": Eager(g), "batch_size": None},
    "length unknown": lambda g: {"sampler": LengthUnknown()},
    "batches": lambda g: {"batch_sampler": Batches(g)},
    "eager batches": lambda g: {"batch_sampler": EagerBatches(g)},
    "list": lambda g: {"sampler": list(range(N, 0, -1))},
    "list of batches": lambda g: {"batch_sampler": [[1, 2], [3], [4, 5, 6], [7], [8]]},
    "torch's batches of ours": lambda g: {"batch_sampler": torch.utils.data.BatchSampler(
        fastsamplers.RandomSampler(range(N), generator=g), 4, False)},
    "ours over eager": lambda g: {"batch_sampler": fastsamplers.BatchSampler(Eager(g), 4, False)},
}  # fmt: skip


def make(library: Any, name: str, own: bool, seed: int = 5, workers: int = 0) -> Any:
    torch.default_generator.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed + 1) if own else None
    options = SAMPLERS[name](generator)
    if "batch_sampler" not in options:
        options.setdefault("batch_size", 4)
    if workers:
        options["multiprocessing_context"] = "fork"
    return library.DataLoader(Items(), num_workers=workers, **options)


def check(name: str, own: bool, count: int | None, saving: int = 0, loading: int = 0) -> None:
    """The rest of the second epoch after so many batches, and the two epochs that follow."""
    expected = run_passes(make(torch.utils.data, name, own, workers=saving), range(4))
    loader = make(fastsamplers, name, own, workers=saving)
    assert run_pass(loader, 0) == expected[0]
    if count is None:
        assert run_pass(loader, 1) == expected[1]
        iterator = None
    else:
        count = min(count, len(expected[1]))
        seen, iterator = run_some(loader, 1, count)
        assert seen == expected[1][:count]
    state = loader.state_dict()
    del iterator
    fresh = make(fastsamplers, name, own, 1234, loading)
    fresh.load_state_dict(copy.deepcopy(state))
    rest = [] if count is None else [expected[1][count:]]
    assert run_passes(fresh, range(len(rest) + 2)) == rest + expected[2:]


@pytest.mark.parametrize("count", [0, 1, 4, 5, 8, None])
@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("name", SAMPLERS)
def test_without_workers(name: str, own: bool, count: int | None) -> None:
    check(name, own, count)


@pytest.mark.parametrize(
    ("saving", "loading", "count"), [(2, 0, 0), (2, 0, 4), (0, 2, 4), (2, 2, 1), (2, 2, None)]
)
@pytest.mark.parametrize("name", ["eager", "batches"])
def test_with_workers(name: str, saving: int, loading: int, count: int | None) -> None:
    check(name, True, count, saving, loading)


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("name", ["eager", "eager batches", "length unknown"])
def test_draws_at_iter_from_the_global_generator(name: str, workers: int) -> None:
    """Which the seed of the workers is drawn from too; with workers torch calls it twice."""
    for count in (0, 3, None):
        check(name, False, count, workers, workers)


@pytest.mark.parametrize("count", [0, 1, 3])
@pytest.mark.parametrize("name", ["eager", "eager batches", "shuffled"])
def test_a_loop_that_draws_from_the_same_generator(name: str, count: int) -> None:
    """As a loop with dropout does: it goes on with the same numbers, and the same orders."""

    def loader_of(library: Any, seed: int) -> Any:
        if name != "shuffled":
            return make(library, name, False, seed)
        torch.default_generator.manual_seed(seed)
        return library.DataLoader(Items(), 4, shuffle=True)

    def drawn(iterator: Any, steps: int = N) -> list[Any]:
        return [
            (batch.tolist(), float(torch.rand(()))) for batch in itertools.islice(iterator, steps)
        ]

    reference = loader_of(torch.utils.data, 5)
    expected = [drawn(iter(reference)) for _ in range(3)]
    loader = loader_of(fastsamplers, 5)
    iterator = iter(loader)
    assert drawn(iterator, count) == expected[0][:count]
    state = loader.state_dict()
    fresh = loader_of(fastsamplers, 1234)
    fresh.load_state_dict(state)
    assert [drawn(iter(fresh)) for _ in range(3)] == [expected[0][count:], *expected[1:]]


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("count", [0, 1, 4, 8])
def test_a_sampler_whose_iterator_has_a_state(count: int, workers: int) -> None:
    """It is that state which is kept; it follows what the loop was given, not the workers."""
    options = {"batch_size": None, "num_workers": workers}
    if workers:
        options["multiprocessing_context"] = "fork"
    expected = run_passes(
        torch.utils.data.DataLoader(Items(), sampler=Walks(), **options), range(2)
    )
    loader = fastsamplers.DataLoader(Items(), sampler=Walks(), **options)
    run_pass(loader, 0)
    seen, iterator = run_some(loader, 1, count)
    assert seen == expected[1][:count]
    state = loader.state_dict()
    del iterator
    assert state["sampler"]["at"] == count
    fresh = fastsamplers.DataLoader(Items(), sampler=Walks(), **options)
    fresh.load_state_dict(state)
    assert run_pass(fresh, 1) == expected[1][count:]


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("count", [0, 1])
@pytest.mark.parametrize("kind", ["batches of theirs", "a contiguous share", "a share"])
def test_a_place_that_was_sought_in_theirs(kind: str, count: int, workers: int) -> None:
    """Workers have been sent batches by then, of which the loop has been given none."""
    options = {"num_workers": workers, "multiprocessing_context": "fork"} if workers else {}

    def made(place: int = 0) -> Any:
        theirs = Eager(torch.Generator().manual_seed(5))
        if kind == "batches of theirs":
            sampler: Any = fastsamplers.BatchSampler(theirs, 3, False)
            options["batch_sampler"] = sampler
        else:
            layout = "interleaved" if kind == "a share" else "contiguous"
            sampler = fastsamplers.DistributedSamplerWrapper(theirs, 2, 1, layout=layout)
            options.update(sampler=sampler, batch_size=3)
        sampler.seek(place)
        return fastsamplers.DataLoader(Items(), **options)

    unit = 1 if kind == "batches of theirs" else 3
    expected = run_pass(made(), 0)[2:]
    assert len(expected) > 1
    loader = made(2 * unit)
    seen, iterator = run_some(loader, 0, count)
    assert seen == expected[:count]
    state = loader.state_dict()
    del iterator
    fresh = made()
    fresh.load_state_dict(state)
    assert run_pass(fresh, 0) == expected[count:]


@pytest.mark.parametrize(("saving", "loading"), [(0, 0), (2, 0), (0, 2)])
@pytest.mark.parametrize("count", [0, 1, 3])
@pytest.mark.parametrize("name", ["random", "wrapper"])
def test_a_place_that_was_sought_within_torchs_batches(
    name: str, count: int, saving: int, loading: int
) -> None:
    """The sampler's own place, which torch's class knows nothing of."""

    def made(place: int, seed: int, workers: int) -> Any:
        generator = torch.Generator().manual_seed(seed)
        sampler: Any = fastsamplers.RandomSampler(range(N), generator=generator)
        if name == "wrapper":
            sampler = fastsamplers.DistributedSamplerWrapper(Eager(generator), 2, 1)
        sampler.seek(place)
        batches = torch.utils.data.BatchSampler(sampler, 3, False)
        options = {"num_workers": workers, "multiprocessing_context": "fork"} if workers else {}
        return fastsamplers.DataLoader(Items(), batch_sampler=batches, **options)

    whole = made(4, 5, 0)
    expected = run_passes(whole, range(2))
    loader = made(4, 5, saving)
    seen, iterator = run_some(loader, 0, count)
    assert seen == expected[0][:count]
    state = loader.state_dict()
    del iterator
    fresh = made(0, 99, loading)
    fresh.load_state_dict(state)
    assert run_passes(fresh, range(2)) == [expected[0][count:], expected[1]]
