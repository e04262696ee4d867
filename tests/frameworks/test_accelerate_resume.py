"""Training goes on in the middle of epoch 1, in fresh objects, by ``skip_first_batches``."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("accelerate")

import accelerate
import accelerate.data_loader
import torch
from torch.utils.data import DataLoader

import fastsamplers
from fastsamplers import BucketBatchSampler, PackedBatchSampler
from fastsamplers.integrations.accelerate import adapt, skip_first_batches
from tests.frameworks.runs.accelerate_cases import KINDS, TORCH
from tests.frameworks.runs.accelerate_training import Numbers, Training, flattened, forget

UNTOUCHED = pytest.mark.conformance("Accelerate", "resume by `skip_first_batches`", "untouched")
ADAPTED = pytest.mark.conformance("Accelerate", "resume by `skip_first_batches`", "adapter")
N, BATCH = 23, 3
LENGTHS = [1 + 7 * index % 31 for index in range(41)]
EPOCH, DONE = 1, 2
# Their order follows from a seed and an epoch, so that fresh objects know it.
KNOWN = {
    "seedable": lambda module: module.RandomSampler(range(N)),
    "distributed, one rank": lambda module: KINDS["distributed, one rank"](module, N),
    "sequential": lambda module: module.SequentialSampler(range(N)),
}


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    forget()
    yield
    forget()


def prepared(loader: DataLoader[Any], processes: int, **options: Any) -> Any:
    """By Accelerate, as the last of several processes."""
    forget()
    Training(DataLoader(Numbers(1)))  # Accelerate's state of this process
    return accelerate.data_loader.prepare_data_loader(
        loader, num_processes=processes, process_index=processes - 1, **options
    )


def seen(loader: Any) -> list[list[int]]:
    return [batch.tolist() for batch in loader]


def known(name: str, module: Any, processes: int) -> Any:
    order = KNOWN[name](module)
    loader = DataLoader(Numbers(N), batch_sampler=module.BatchSampler(order, BATCH, False))
    return prepared(loader, processes, use_seedable_sampler=name == "seedable", data_seed=5)


@functools.cache
def epochs_of(name: str, processes: int) -> list[list[list[int]]]:
    """Three epochs without an interruption, with torch's samplers."""
    loader = known(name, TORCH, processes)
    return [seen(loader) for _ in range(3)]


@pytest.mark.parametrize("processes", [1, 2, 3])
@pytest.mark.parametrize("name", KNOWN)
@ADAPTED
def test_ours(name: str, processes: int) -> None:
    """The rest of the epoch, and the epochs after it from the loader itself."""
    whole = epochs_of(name, processes)
    assert name == "sequential" or whole[0] != whole[1] != whole[2]
    for module in (TORCH, fastsamplers):
        for done in range(len(whole[EPOCH]) + 1):
            loader = adapt(known(name, module, processes))
            loader.set_epoch(EPOCH)
            rest = skip_first_batches(loader, done)
            assert len(rest) == len(whole[EPOCH]) - done
            assert seen(rest) == whole[EPOCH][done:]
            loader.set_epoch(EPOCH + 1)
            assert seen(loader) == whole[EPOCH + 1]


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("name", KNOWN)
@UNTOUCHED
def test_theirs_over_our_samplers(name: str, processes: int) -> None:
    """What Accelerate's function gives with torch's samplers, it gives with ours."""
    found = []
    for module in (TORCH, fastsamplers):
        loader = known(name, module, processes)
        loader.set_epoch(EPOCH)
        rest = accelerate.skip_first_batches(loader, DONE)
        found.append([len(rest), seen(rest), seen(loader)])
    assert found[0] == found[1]
    # Behind a skip and a shard Accelerate's epoch reaches none but its own sampler.
    if (name, processes) != ("distributed, one rank", 2):
        assert found[0][1] == epochs_of(name, processes)[EPOCH][DONE:]


@pytest.mark.parametrize("name", KNOWN)
@ADAPTED
def test_theirs_over_an_adapted_loader(name: str) -> None:
    loader = adapt(known(name, TORCH, 2))
    loader.set_epoch(EPOCH)
    rest = accelerate.skip_first_batches(loader, DONE)
    assert seen(rest) == epochs_of(name, 2)[EPOCH][DONE:]


@pytest.mark.parametrize("kind", KINDS)
@ADAPTED
def test_random_states_of_a_checkpoint(kind: str, tmp_path: Path) -> None:
    """``save_state`` keeps the global generator as it stood before the epoch: orders come again."""
    found = []
    for module, adapter, skip in (
        (TORCH, lambda loader: loader, accelerate.skip_first_batches),
        (TORCH, adapt, skip_first_batches),
        (fastsamplers, lambda loader: loader, accelerate.skip_first_batches),
        (fastsamplers, adapt, skip_first_batches),
    ):
        folder = tmp_path / f"{len(found)}"
        torch.default_generator.manual_seed(3)

        def training(module: Any = module, adapter: Any = adapter) -> Training:
            forget()
            sampler = KINDS[kind](module, N)
            made = Training(
                DataLoader(Numbers(3 * N), batch_sampler=module.BatchSampler(sampler, BATCH, True))
            )
            made.loader = adapter(made.loader)
            return made

        one = training()
        one.accelerator.save_state(str(folder))
        whole = one.epoch()
        torch.default_generator.manual_seed(99)
        other = training()
        other.accelerator.load_state(str(folder))
        rest = other.epoch(skip(other.loader, DONE))
        found.append([whole, rest, torch.get_rng_state().tolist()])
        assert rest == whole[DONE:]
    assert found[0] == found[1] == found[2] == found[3]


LENGTHS_KINDS: dict[str, Callable[[], Any]] = {
    "BucketBatchSampler": lambda: BucketBatchSampler(LENGTHS, 4, seed=3),
    "PackedBatchSampler": lambda: PackedBatchSampler(LENGTHS, 60, batch_size=2),
}


@pytest.mark.parametrize("adapter", [adapt, lambda loader: loader])
@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("name", LENGTHS_KINDS)
@ADAPTED
def test_batches_by_length(name: str, processes: int, adapter: Callable[[Any], Any]) -> None:
    """Also where the loader has not been adapted."""

    def loader() -> Any:
        batches = LENGTHS_KINDS[name]()
        made = DataLoader(Numbers(len(LENGTHS)), batch_sampler=batches, collate_fn=flattened)
        return adapter(prepared(made, processes))

    one = loader()
    whole = [seen(one), seen(one), seen(one)]
    assert whole[0] != whole[1] != whole[2]
    for done in range(len(one) + 1):
        other = loader()
        other.set_epoch(EPOCH)
        assert seen(skip_first_batches(other, done)) == whole[EPOCH][done:]
        other.set_epoch(EPOCH + 1)
        assert seen(other) == whole[EPOCH + 1]


@ADAPTED
def test_skips_of_skips() -> None:
    whole = epochs_of("seedable", 2)
    loader = adapt(known("seedable", TORCH, 2))
    loader.set_epoch(EPOCH)
    rest = skip_first_batches(skip_first_batches(loader, 1), 1)
    assert seen(rest) == whole[EPOCH][2:]


@ADAPTED
def test_a_rest_that_is_adapted() -> None:
    """Skipped first, adapted then: the same."""
    whole = epochs_of("seedable", 2)
    loader = known("seedable", TORCH, 2)
    loader.set_epoch(EPOCH)
    rest = adapt(accelerate.skip_first_batches(loader, DONE))
    assert seen(rest) == whole[EPOCH][DONE:]
