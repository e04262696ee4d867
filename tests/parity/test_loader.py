"""fastsamplers.DataLoader against torch's: same batches, same generator states, same errors."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.utils.data
from torch.utils.data import Dataset, IterableDataset

import fastsamplers

# Machines with one processor, and Pythons that warn of a fork beside threads.
pytestmark = [
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork"),
]

N = 29


class Numbers(Dataset[Any]):
    """Items with their index, and a number that tells the state of the worker's generator."""

    def __len__(self) -> int:
        return N

    def __getitem__(self, index: Any) -> Any:
        return index, 10 * torch.as_tensor(index)


class Seeds(Numbers):
    """Each item tells the seed of the process that made it, and a number drawn there."""

    def __getitem__(self, index: Any) -> Any:
        return index, torch.initial_seed(), torch.rand(())


class Stream(IterableDataset[Any]):
    def __iter__(self) -> Any:
        worker = torch.utils.data.get_worker_info()
        return iter(range(0 if worker is None else worker.id, 15, 1 if worker is None else 2))


def loader_of(library: SimpleNamespace) -> Any:
    return (torch.utils.data if library.name == "torch" else fastsamplers).DataLoader


def forked(options: dict[str, Any]) -> dict[str, Any]:
    return {**options, "multiprocessing_context": "fork"} if options.get("num_workers") else options


MODES: list[dict[str, Any]] = [
    {},
    *({"batch_size": size, "shuffle": shuffle}
      for size in (1, 4, 40, None) for shuffle in (False, True, None)),
    {"batch_size": 4, "drop_last": True},
    {"batch_size": 4, "drop_last": True, "shuffle": True},
    {"batch_size": 40, "drop_last": True, "shuffle": True},
    {"batch_size": 4, "shuffle": 1},
    {"batch_size": 4, "shuffle": True, "collate_fn": list},
    {"batch_size": None, "shuffle": True, "collate_fn": str},
]  # fmt: skip


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("options", MODES, ids=str)
def test_without_workers(same, trace, options: dict[str, Any], own: bool) -> None:
    def scenario(library: SimpleNamespace) -> Any:
        generator = torch.Generator().manual_seed(8) if own else None
        loader = loader_of(library)(Numbers(), generator=generator, **options)
        passes = [trace(lambda: loader, generator) for _ in range(3)]
        return [len(loader), loader.batch_size, loader.drop_last, passes]

    same(scenario)


WITH_WORKERS: list[dict[str, Any]] = [
    {"batch_size": 4},
    {"batch_size": None, "shuffle": True},
    {"batch_size": 4, "shuffle": True, "persistent_workers": True},
    {"batch_size": 4, "shuffle": True, "prefetch_factor": 1},
    {"batch_size": 1, "shuffle": True, "prefetch_factor": 5, "drop_last": True},
    {"batch_size": 4, "shuffle": True, "timeout": 60},
]


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("options", WITH_WORKERS, ids=str)
def test_with_workers(same, trace, options: dict[str, Any], own: bool) -> None:
    """The generators' states tell when the samplers are asked: ahead of the loop, as with torch."""

    def scenario(library: SimpleNamespace) -> Any:
        generator = torch.Generator().manual_seed(8) if own else None
        loader = loader_of(library)(
            Numbers(), generator=generator, **forked({"num_workers": 2, **options})
        )
        return [trace(lambda: loader, generator) for _ in range(3)]

    same(scenario)


@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize("own", [False, True])
def test_seeds_of_workers(same, own: bool, persistent: bool) -> None:
    def scenario(library: SimpleNamespace) -> Any:
        generator = torch.Generator().manual_seed(8) if own else None
        loader = loader_of(library)(
            Seeds(), 4, shuffle=True, generator=generator, num_workers=2,
            multiprocessing_context="fork", persistent_workers=persistent,
        )  # fmt: skip
        return [[[part.tolist() for part in batch] for batch in loader] for _ in range(2)]

    seeds = {seed for epoch in same(scenario) for _, seeds, _ in epoch for seed in seeds}
    assert len(seeds) == (2 if persistent else 4)


def test_worker_init_fn(same) -> None:
    def scenario(library: SimpleNamespace) -> Any:
        loader = loader_of(library)(
            Seeds(), 4, num_workers=2, multiprocessing_context="fork",
            worker_init_fn=lambda worker: torch.default_generator.manual_seed(70 + worker),
        )  # fmt: skip
        return [[part.tolist() for part in batch] for batch in loader]

    assert {seed for _, seeds, _ in same(scenario) for seed in seeds} == {70, 71}


def test_out_of_order(same) -> None:
    """The same batches, in any order: torch does not say which."""

    def scenario(library: SimpleNamespace) -> Any:
        loader = loader_of(library)(
            Numbers(), 4, shuffle=True, in_order=False, num_workers=2,
            multiprocessing_context="fork",
        )  # fmt: skip
        return [sorted(indices.tolist() for indices, _ in loader) for _ in range(3)]

    same(scenario)


@pytest.mark.parametrize("device", ["", "cuda"])
def test_pinned_memory_without_an_accelerator(same, device: str) -> None:
    if torch.accelerator.is_available():
        pytest.skip("here memory would be pinned")

    def scenario(library: SimpleNamespace) -> Any:
        loader = loader_of(library)(Numbers(), 4, pin_memory=True, pin_memory_device=device)
        with pytest.warns(UserWarning, match="pin_memory") as warned:
            batches = [indices.tolist() for indices, _ in loader]
        return batches, sorted(str(warning.message) for warning in warned)

    same(scenario)


class Backwards:
    """A sampler that is no subclass of anything."""

    def __iter__(self) -> Any:
        return iter(range(N - 1, -1, -1))

    def __len__(self) -> int:
        return N


class Places:
    """Iterable by its items alone, as Python has it for sequences."""

    def __getitem__(self, place: int) -> list[int]:
        return [[4, 5], [6], [1, 2]][place]

    def __len__(self) -> int:
        return 3


GIVEN = {
    "sequence": lambda library, g: {"batch_sampler": Places()},
    "iterable": lambda library, g: {"sampler": Backwards(), "batch_size": 4},
    "list": lambda library, g: {"sampler": [3, 1, 2], "batch_size": None},
    "random": lambda library, g: {"sampler": library.RandomSampler(range(N), True, 40, g)},
    "batches": lambda library, g: {"batch_sampler": [[1, 2], [3], [4, 5, 6]]},
    "batch sampler": lambda library, g: {"batch_sampler": library.BatchSampler(
        library.SubsetRandomSampler(range(3, 20), g), 5, True)},
}  # fmt: skip


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("name", GIVEN)
def test_given_samplers(same, trace, name: str, workers: int) -> None:
    """They are used as they are, whatever they are."""

    def scenario(library: SimpleNamespace) -> Any:
        generator = torch.Generator().manual_seed(8)
        options = GIVEN[name](library, generator)
        loader = loader_of(library)(
            Numbers(), generator=generator, **forked({"num_workers": workers, **options})
        )
        assert all(getattr(loader, key) is value for key, value in options.items())
        return [len(loader), *(trace(lambda: loader, generator) for _ in range(3))]

    same(scenario)


@pytest.mark.parametrize(
    "options",
    [{}, {"batch_size": 4}, {"batch_size": None}, {"batch_size": 4, "drop_last": True},
     {"batch_size": 4, "num_workers": 2}, {"shuffle": False}],
    ids=str,
)  # fmt: skip
def test_streams_are_left_to_torch(same, trace, options: dict[str, Any]) -> None:
    def scenario(library: SimpleNamespace) -> Any:
        loader = loader_of(library)(Stream(), **forked(options))
        assert type(loader.sampler).__module__ == "torch.utils.data.dataloader"
        return [trace(lambda: loader) for _ in range(2)]

    same(scenario)
    loader = fastsamplers.DataLoader(Stream(), **forked(options))
    for call in (loader.state_dict, lambda: loader.load_state_dict({"version": 1})):
        with pytest.raises(TypeError, match="IterableDataset"):
            call()


def test_types_of_the_samplers_inside() -> None:
    data = Numbers()
    plain, shuffled = fastsamplers.DataLoader(data), fastsamplers.DataLoader(data, shuffle=True)
    assert type(plain.sampler) is fastsamplers.SequentialSampler
    assert type(shuffled.sampler) is fastsamplers.RandomSampler
    for loader in (plain, shuffled):
        assert isinstance(loader, torch.utils.data.DataLoader)
        assert type(loader.batch_sampler) is fastsamplers.BatchSampler
        assert loader.batch_sampler.sampler is loader.sampler
    assert fastsamplers.DataLoader(data, None).batch_sampler is None
    given = torch.utils.data.RandomSampler(data)
    assert fastsamplers.DataLoader(data, sampler=given).sampler is given


@pytest.mark.parametrize(
    "name",
    ["batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers"],
)
def test_attributes_cannot_be_assigned(same, attempt, name: str) -> None:
    same(lambda library: attempt(lambda: setattr(loader_of(library)(Numbers()), name, 4)))


def test_signature() -> None:
    ours, theirs = (
        [(p.name, p.kind, p.default) for p in inspect.signature(loader).parameters.values()]
        for loader in (fastsamplers.DataLoader, torch.utils.data.DataLoader)
    )
    assert ours == theirs
