"""One process: what reaches the model from a prepared loader is the same with our samplers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("accelerate")

import accelerate.data_loader
import torch
from torch.utils.data import DataLoader

import fastsamplers
from fastsamplers.integrations.accelerate import (
    BatchSamplerShard,
    SeedableRandomSampler,
    SkipBatchSampler,
    adapt,
    skip_first_batches,
)
from tests.frameworks.runs.accelerate_cases import KINDS, TORCH, states_of
from tests.frameworks.runs.accelerate_training import Numbers, Training, forget

UNTOUCHED = pytest.mark.conformance("Accelerate", "training in one process", "untouched")
ADAPTED = pytest.mark.conformance("Accelerate", "training in one process", "adapter")
N, BATCH = 23, 4
# How a loader is given a sampler of a module.
LOADERS: dict[str, Callable[..., Any]] = {
    "sampler": lambda data, sampler, module: DataLoader(data, BATCH, sampler=sampler),
    "drop_last": lambda data, sampler, module: DataLoader(
        data, BATCH, sampler=sampler, drop_last=True
    ),
    "batch_sampler": lambda data, sampler, module: DataLoader(
        data, batch_sampler=module.BatchSampler(sampler, BATCH, False)
    ),
    "our loader": lambda data, sampler, module: (
        DataLoader if module is TORCH else fastsamplers.DataLoader
    )(data, BATCH, sampler=sampler),
    "workers": lambda data, sampler, module: DataLoader(
        data, BATCH, sampler=sampler, num_workers=1, persistent_workers=True
    ),
}
CASES = [
    *((kind, loader) for kind in KINDS for loader in ("sampler", "batch_sampler")),
    *((kind, loader) for kind in ("random", "subset") for loader in ("drop_last", "our loader")),
]


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    forget()
    yield
    forget()


def trained(
    module: Any,
    kind: str,
    loader: str,
    adapter: Callable[[Any], Any] = lambda loader: loader,
    **options: Any,
) -> dict[str, Any]:
    """Two epochs that Accelerate counts, one that is broken off, and one that is set."""
    torch.default_generator.manual_seed(3)
    data = Numbers(3 * N)  # of which subsets take every third
    sampler = KINDS[kind](module, N)
    forget()
    training = Training(LOADERS[loader](data, sampler, module), **options)
    training.loader = adapter(training.loader)
    epochs = [training.epoch(), training.epoch(), training.epoch(most=2)]
    training.loader.set_epoch(7)
    epochs.append(training.epoch())
    return {"len": len(training.loader), "epochs": epochs, "states": states_of(sampler)}


@functools.cache
def expected(kind: str, loader: str, seedable: bool) -> dict[str, Any]:
    return trained(TORCH, kind, loader, use_seedable_sampler=seedable)


@pytest.mark.parametrize("seedable", [False, True])
@pytest.mark.parametrize(("kind", "loader"), CASES)
@UNTOUCHED
def test_untouched(kind: str, loader: str, seedable: bool) -> None:
    ours = trained(fastsamplers, kind, loader, use_seedable_sampler=seedable)
    assert ours == expected(kind, loader, seedable)
    assert len(ours["epochs"][0]) == ours["len"]


@pytest.mark.parametrize("seedable", [False, True])
@pytest.mark.parametrize(("kind", "loader"), CASES)
@ADAPTED
def test_adapted(kind: str, loader: str, seedable: bool) -> None:
    """Also torch's samplers, which become ours."""
    for module in (fastsamplers, TORCH):
        ours = trained(module, kind, loader, adapt, use_seedable_sampler=seedable)
        assert ours == expected(kind, loader, seedable)


@pytest.mark.parametrize("kind", ["random", "random, generator"])
@ADAPTED
def test_workers(kind: str) -> None:
    ours = trained(fastsamplers, kind, "workers", adapt, use_seedable_sampler=True)
    assert ours == expected(kind, "workers", True)


@pytest.mark.parametrize("kind", KINDS)
@ADAPTED
def test_everything_becomes_ours(kind: str) -> None:
    for seedable in (False, True):
        for loader in ("sampler", "batch_sampler"):
            forget()
            made = LOADERS[loader](Numbers(N), KINDS[kind](TORCH, N), TORCH)
            prepared = Training(made, use_seedable_sampler=seedable).loader
            assert adapt(prepared) is prepared
            batches = prepared.base_dataloader.batch_sampler
            assert type(batches) is fastsamplers.BatchSampler
            assert isinstance(batches.sampler, fastsamplers.samplers.stream.StreamSampler)
            is_random = isinstance(batches.sampler, fastsamplers.RandomSampler)
            is_seedable = type(batches.sampler) is SeedableRandomSampler
            assert is_seedable == (seedable and is_random)


@pytest.mark.parametrize("seedable", [False, True])
@ADAPTED
def test_adapting_twice_is_adapting_once(seedable: bool) -> None:
    ours = trained(
        TORCH, "random", "sampler", lambda it: adapt(adapt(it)), use_seedable_sampler=seedable
    )
    assert ours == expected("random", "sampler", seedable)


@ADAPTED
def test_a_distributed_sampler_keeps_its_options() -> None:
    for options in ({"shuffle": False}, {"seed": 4}, {"drop_last": True}):
        order = TORCH.DistributedSampler(range(N), num_replicas=1, rank=0, **options)
        order.set_epoch(3)
        forget()
        loader = adapt(Training(DataLoader(Numbers(N), BATCH, sampler=order)).loader)
        ours = loader.base_dataloader.batch_sampler.sampler
        assert type(ours) is fastsamplers.DistributedSampler
        assert ours.epoch == 3
        assert (ours.shuffle, ours.seed, ours.drop_last) == (
            order.shuffle,
            order.seed,
            order.drop_last,
        )
        assert list(ours) == list(order)


class OwnBatches(TORCH.BatchSampler):
    """Batches the other way round."""

    def __iter__(self) -> Iterator[list[int]]:
        yield from (batch[::-1] for batch in super().__iter__())


@ADAPTED
def test_batches_of_a_subclass_stay_over_a_fast_sampler() -> None:
    found = []
    for adapter in (lambda loader: loader, adapt):
        torch.default_generator.manual_seed(3)
        forget()
        batches = OwnBatches(TORCH.RandomSampler(range(N)), BATCH, False)
        loader = adapter(Training(DataLoader(Numbers(N), batch_sampler=batches)).loader)
        assert loader.base_dataloader.batch_sampler is batches
        found.append([[batch.tolist() for batch in loader] for _ in range(2)])
    assert found[0] == found[1]
    assert type(batches.sampler) is fastsamplers.RandomSampler


class Own(TORCH.RandomSampler):
    """A subclass of torch's, which may do anything."""


@ADAPTED
def test_what_is_not_known_stays() -> None:
    for sampler in (Own(range(N)), [3, 1, 2]):
        forget()
        loader = adapt(Training(DataLoader(Numbers(N), 2, sampler=sampler)).loader)
        assert loader.base_dataloader.batch_sampler.sampler is sampler
    batches = [[1, 2], [0]]
    forget()
    loader = adapt(Training(DataLoader(Numbers(N), batch_sampler=batches)).loader)
    assert loader.base_dataloader.batch_sampler is batches
    assert [batch.tolist() for batch in loader] == batches


def without_batches(module: Any, **options: Any) -> Any:
    """A loader that is given batches as samples, prepared as if two processes loaded."""
    torch.default_generator.manual_seed(3)
    forget()
    Training(DataLoader(Numbers(1)))
    order = module.BatchSampler(module.RandomSampler(range(N)), BATCH, False)
    return accelerate.data_loader.prepare_data_loader(
        DataLoader(Numbers(N), batch_size=None, sampler=order),
        num_processes=2,
        process_index=1,
        **options,
    )


@pytest.mark.parametrize("seedable", [False, True])
@ADAPTED
def test_loaders_without_batches(seedable: bool) -> None:
    seen = []
    for module, adapter, skip in (
        (TORCH, lambda loader: loader, accelerate.skip_first_batches),
        (TORCH, adapt, skip_first_batches),
        (fastsamplers, adapt, skip_first_batches),
    ):
        loader = adapter(without_batches(module, use_seedable_sampler=seedable))
        rest = skip(loader, 1)
        seen.append([[batch.tolist() for batch in part] for part in (loader, rest, loader)])
        if adapter is adapt:
            assert type(loader.base_dataloader.sampler) is BatchSamplerShard
            assert type(rest.base_dataloader.sampler) is SkipBatchSampler
    assert seen[0] == seen[1] == seen[2]
    assert len(seen[0][0]) == 3


@pytest.mark.parametrize("module", [TORCH, fastsamplers])
@pytest.mark.conformance(
    "Accelerate",
    "`DataLoader(sampler=BatchSampler(...), batch_size=None)` in one process",
    "cannot",
    why="`prepare` raises a `TypeError`, with torch's samplers too",
)
def test_loaders_without_batches_in_one_process(module: Any) -> None:
    order = module.BatchSampler(module.RandomSampler(range(N)), BATCH, False)
    with pytest.raises(TypeError, match="batch_size"):
        Training(DataLoader(Numbers(N), batch_size=None, sampler=order))


@pytest.mark.parametrize("options", [{}, {"split_batches": True}, {"even_batches": False}])
@pytest.mark.parametrize("processes", [1, 2])
@ADAPTED
def test_what_metrics_are_cut_by(processes: int, options: dict[str, bool]) -> None:
    """``gather_for_metrics`` asks the loader how much of the last step Accelerate has added."""
    found = []
    for module, adapter in ((TORCH, lambda loader: loader), (TORCH, adapt), (fastsamplers, adapt)):
        torch.default_generator.manual_seed(3)
        forget()
        Training(DataLoader(Numbers(1)))
        batches = module.BatchSampler(module.RandomSampler(range(N)), BATCH, False)
        loader = adapter(
            accelerate.data_loader.prepare_data_loader(
                DataLoader(Numbers(N), batch_sampler=batches),
                num_processes=processes,
                process_index=processes - 1,
                **options,
            )
        )
        seen = [batch.tolist() for batch in loader]
        sizes = [loader.total_batch_size, loader.total_dataset_length, loader.remainder]
        found.append([seen, len(loader), sizes])
    assert found[0] == found[1] == found[2]
