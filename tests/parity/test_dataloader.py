"""Our samplers inside torch's DataLoader: same batches, same states, with and without workers."""

from __future__ import annotations

import multiprocessing

import pytest
import torch
from torch.utils.data import DataLoader, IterableDataset, TensorDataset, get_worker_info

# Machines with one processor, and Pythons that warn of a fork beside threads.
pytestmark = [
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork"),
]

N = 29
DATA = TensorDataset(torch.arange(N))


def shuffled(library, generator, batch_size=4, **options):
    """torch's own way to shuffle against a sampler of ours in its place."""
    if library.name == "torch":
        return DataLoader(DATA, batch_size, shuffle=True, generator=generator, **options)
    sampler = library.RandomSampler(DATA, generator=generator)
    return DataLoader(DATA, batch_size, sampler=sampler, generator=generator, **options)


def batched(library, generator, drop_last=False, **options):
    sampler = library.RandomSampler(DATA, generator=generator)
    batches = library.BatchSampler(sampler, 4, drop_last)
    return DataLoader(DATA, batch_sampler=batches, generator=generator, **options)


def batches_as_sampler(library, generator, **options):
    batches = library.BatchSampler(library.RandomSampler(DATA, generator=generator), 4, False)
    return DataLoader(DATA, batch_size=None, sampler=batches, generator=generator, **options)


def sampled(name):
    def make(library, generator, batch_size=4, **options):
        samplers = {
            "sequential": lambda: library.SequentialSampler(DATA),
            "replacement": lambda: library.RandomSampler(DATA, True, 70, generator),
            "longer": lambda: library.RandomSampler(DATA, num_samples=70, generator=generator),
            "subset": lambda: library.SubsetRandomSampler(range(3, N, 2), generator),
            "distributed": lambda: library.DistributedSampler(DATA, 2, 1),
        }
        sampler = samplers[name]()
        return DataLoader(DATA, batch_size, sampler=sampler, generator=generator, **options)

    return make


LOADERS = {
    "shuffle=True": shuffled,
    "batch_sampler": batched,
    "sampler of batches": batches_as_sampler,
    **{f"{name} sampler": sampled(name) for name in
       ("sequential", "replacement", "longer", "subset", "distributed")},
}  # fmt: skip


# torch refuses drop_last where batch_size is None.
MODES = [(name, drop) for name in LOADERS for drop in (False, True)
         if not (drop and name == "sampler of batches")]  # fmt: skip


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(("name", "drop_last"), MODES)
def test_without_workers(same, trace, name: str, drop_last: bool, shared: bool) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(8) if shared else None
        options = {"drop_last": True} if drop_last else {}
        loader = LOADERS[name](library, generator, **options)
        outcome = [len(loader)]
        for epoch in range(3):
            if hasattr(loader.sampler, "set_epoch"):
                loader.sampler.set_epoch(epoch)
            outcome.append(trace(lambda: loader, generator))
        return outcome

    same(scenario)


@pytest.mark.parametrize("name", [name for name in LOADERS if "batch" not in name])
def test_without_batches(same, trace, name: str) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(8)
        loader = LOADERS[name](library, generator, batch_size=None)
        return [trace(lambda: loader, generator), trace(lambda: loader, generator)]

    same(scenario)


@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("name", LOADERS)
def test_with_forked_workers(same, trace, name: str, shared: bool, persistent: bool) -> None:
    """Workers make the loader read ahead, so the generators move earlier: in both alike."""

    def scenario(library):
        generator = torch.Generator().manual_seed(8) if shared else None
        loader = LOADERS[name](
            library, generator, num_workers=2, multiprocessing_context="fork",
            persistent_workers=persistent,
        )  # fmt: skip
        return [trace(lambda: loader, generator), trace(lambda: loader, generator, steps=3)]

    same(scenario)


def test_with_spawned_workers(same, trace) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(8)
        loader = shuffled(
            library, generator, num_workers=2, multiprocessing_context="spawn",
            persistent_workers=True,
        )  # fmt: skip
        return [trace(lambda: loader, generator), trace(lambda: loader, generator)]

    same(scenario)


def test_two_loaders_share_a_generator(same, states) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(8)
        left, right = shuffled(library, generator), batched(library, generator)
        outcome = []
        for one, other in zip(left, right, strict=True):
            outcome.append((one[0].tolist(), other[0].tolist(), states(generator)))
        return outcome, states(generator)

    same(scenario)


def test_a_loop_that_is_left_early(same, states) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(8)
        loader = shuffled(library, generator)
        outcome = []
        for steps in (1, 7, 8, 3):
            for k, batch in enumerate(loader):
                outcome.append(batch[0].tolist())
                if k == steps - 1:
                    break
            outcome.append(states(generator))
        return outcome

    same(scenario)


class OwnOrder(IterableDataset):
    """Reads its own sampler, each worker a pass of its own."""

    def __init__(self, sampler) -> None:
        self.sampler = sampler

    def __iter__(self):
        for index in self.sampler:
            yield get_worker_info().id, index


@pytest.mark.parametrize("name", ["random", "subset", "batches", "distributed"])
def test_samplers_that_run_inside_forked_workers(same, name: str) -> None:
    def scenario(library):
        sampler = {
            "random": lambda: library.RandomSampler(range(N)),
            "subset": lambda: library.SubsetRandomSampler(list(range(N))),
            "batches": lambda: library.BatchSampler(library.RandomSampler(range(N)), 3, False),
            "distributed": lambda: library.DistributedSampler(range(N), 3, 1),
        }[name]()
        loader = DataLoader(
            OwnOrder(sampler), batch_size=None, num_workers=2, multiprocessing_context="fork"
        )
        return [list(loader), list(loader)]

    same(scenario)


def send_rest(connection, iterator) -> None:
    connection.send(list(iterator))


@pytest.mark.parametrize("steps", [0, 1, 70, 4200])
@pytest.mark.parametrize("kind", ["ints", "batches", "shared", "arrays"])
def test_a_pass_goes_on_in_parent_and_forked_child_alike(kind: str, steps: int) -> None:
    import fastsamplers

    generator = torch.Generator().manual_seed(1) if kind == "shared" else None
    sampler = fastsamplers.RandomSampler(range(300_000), generator=generator)
    iterator = {
        "ints": lambda: iter(sampler),
        "shared": lambda: iter(sampler),
        "batches": lambda: iter(fastsamplers.BatchSampler(sampler, 13, False)),
        "arrays": lambda: map(bytes, sampler.blocks(13)),
    }[kind]()
    for _ in range(steps):
        next(iterator)
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=send_rest, args=(there, iterator))
    child.start()
    in_child = here.recv()
    child.join()
    assert child.exitcode == 0
    assert in_child == list(iterator)


def test_a_spawned_process_runs_the_same_pass() -> None:
    import fastsamplers

    generator = torch.Generator().manual_seed(1)
    samplers = [
        fastsamplers.RandomSampler(range(100), generator=generator),
        fastsamplers.BatchSampler(
            fastsamplers.RandomSampler([1, 2, 3], True, 9, generator), 4, True
        ),
        fastsamplers.SubsetRandomSampler([7, 8, 9], generator),
        fastsamplers.DistributedSampler(range(10), 3, 1),
        fastsamplers.SequentialSampler(range(5)),
    ]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        in_child = [pool.apply(list, (sampler,)) for sampler in samplers]
    state = generator.get_state()
    for sampler, expected in zip(samplers, in_child, strict=True):
        generator.set_state(state)  # each went to the child with the generator as it was
        assert list(sampler) == expected
