"""``use_stateful_dataloader=True``: torchdata's loader keeps the place within an epoch."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("accelerate")
pytest.importorskip("torchdata")

import accelerate.data_loader
import torch
from torch.utils.data import DataLoader

import fastsamplers
from fastsamplers import BucketBatchSampler, PackedBatchSampler
from fastsamplers.integrations.accelerate import adapt
from tests.frameworks.runs.accelerate_cases import KINDS, TORCH
from tests.frameworks.runs.accelerate_training import Numbers, Training, flattened, forget

UNTOUCHED = pytest.mark.conformance("Accelerate", "`use_stateful_dataloader=True`", "untouched")
ADAPTED = pytest.mark.conformance("Accelerate", "`use_stateful_dataloader=True`", "adapter")
N, BATCH = 23, 3
LENGTHS = [1 + 7 * index % 31 for index in range(41)]


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    forget()
    yield
    forget()


def same(loader: Any) -> Any:
    return loader


ADAPTERS = [pytest.param(same, marks=UNTOUCHED), pytest.param(adapt, marks=ADAPTED)]


def cut(kind: str, module: Any = fastsamplers) -> Any:
    return module.BatchSampler(KINDS[kind](module, N), BATCH, False)


MADE: dict[str, Callable[[], Any]] = {
    **{kind: lambda kind=kind: cut(kind) for kind in KINDS},  # type: ignore[misc]
    "BucketBatchSampler": lambda: BucketBatchSampler(LENGTHS, 4, seed=3),
    "PackedBatchSampler": lambda: PackedBatchSampler(LENGTHS, 60, batch_size=2),
}


def training(batches: Any, adapter: Callable[[Any], Any], seed: int, **options: Any) -> Training:
    """A run of its own, in which nothing is known but its seed."""
    torch.default_generator.manual_seed(seed)
    forget()
    data = Numbers(3 * N)
    workers = options.pop("num_workers", 0)
    persistent = options.pop("persistent_workers", False)
    loader = DataLoader(
        data,
        batch_sampler=batches,
        collate_fn=flattened,
        num_workers=workers,
        persistent_workers=persistent,
    )
    made = Training(loader, use_stateful_dataloader=True, **options)
    made.loader = adapter(made.loader)
    return made


def resumed(
    make: Callable[[], Any], adapter: Callable[[Any], Any], done: int, **options: Any
) -> tuple[list[Any], list[Any]]:
    """Epochs 1 and 2 without and with an interruption after ``done`` batches of epoch 1."""
    one = training(make(), adapter, 3, **options)
    one.epoch()
    states, given = [], []
    for batch in one.loader:
        given.append(batch.tolist())
        states.append(pickle.dumps(one.loader.state_dict()))
    whole = [given, one.epoch()]
    other = training(make(), adapter, 99, **options)
    other.loader.set_epoch(1)
    other.loader.load_state_dict(pickle.loads(states[done - 1]))
    rest = other.epoch()
    other.loader.set_epoch(2)
    return whole, [given[:done] + rest, other.epoch()]


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("seedable", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_epochs_are_those_of_torch(
    kind: str, seedable: bool, adapter: Callable[[Any], Any]
) -> None:
    found = []
    for module in (TORCH, fastsamplers):
        use = same if module is TORCH else adapter
        one = training(cut(kind, module), use, 3, use_seedable_sampler=seedable)
        found.append([one.epoch(), one.epoch()])
    assert found[0] == found[1]


@pytest.mark.parametrize("done", [1, 4])
@pytest.mark.parametrize("name", MADE)
@UNTOUCHED
def test_untouched(name: str, done: int) -> None:
    whole, found = resumed(MADE[name], same, done)
    assert found == whole


@pytest.mark.parametrize("seedable", [False, True])
@pytest.mark.parametrize("done", [1, 4])
@pytest.mark.parametrize("name", MADE)
@ADAPTED
def test_adapted(name: str, done: int, seedable: bool) -> None:
    options = {"use_seedable_sampler": seedable, "data_seed": 5}
    whole, found = resumed(MADE[name], adapt, done, **options)
    assert found == whole


@pytest.mark.parametrize("name", ["random", "BucketBatchSampler"])
@ADAPTED
def test_workers(name: str) -> None:
    whole, found = resumed(MADE[name], adapt, 3, num_workers=1)
    assert found == whole


@ADAPTED
def test_persistent_workers() -> None:
    """They begin for a first state, before there is a seedable sampler: the adapter is in time."""
    options = {"num_workers": 1, "persistent_workers": True, "use_seedable_sampler": True}
    adapted = training(cut("random", TORCH), adapt, 3, **options)
    found = [adapted.epoch(), adapted.epoch()]
    base = adapted.loader.base_dataloader
    assert base._iterator._index_sampler is base.batch_sampler
    alone = training(cut("random", TORCH), same, 3, use_seedable_sampler=True)
    assert found == [alone.epoch(), alone.epoch()]


@pytest.mark.parametrize("name", ["random", "random, generator", "BucketBatchSampler"])
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_save_state(name: str, adapter: Callable[[Any], Any], tmp_path: Path) -> None:
    """Accelerate's checkpoints hold the loader's state."""
    one = training(MADE[name](), adapter, 3)
    given = one.epoch(most=2)
    # A loop that was broken off has not been given more than this.
    one.accelerator.save_state(str(tmp_path))
    other = training(MADE[name](), adapter, 99)
    other.accelerator.load_state(str(tmp_path))
    rest = other.epoch()
    third = training(MADE[name](), adapter, 3)
    assert third.epoch() == given + rest


def shard(batches: Any, adapter: Callable[[Any], Any], processes: int = 2) -> Any:
    """A loader as the last of several processes has it."""
    forget()
    Training(DataLoader(Numbers(1)))  # Accelerate's state of this process
    loader = DataLoader(Numbers(N * 3), batch_sampler=batches, collate_fn=flattened)
    prepared = accelerate.data_loader.prepare_data_loader(
        loader,
        num_processes=processes,
        process_index=processes - 1,
        use_seedable_sampler=True,
        data_seed=5,
        use_stateful_dataloader=True,
    )
    return adapter(prepared)


SHARDED = ("sequential", "random", "permutations, generator", "BucketBatchSampler")


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("name", [*SHARDED, "PackedBatchSampler", "distributed, one rank"])
def test_shards(name: str, adapter: Callable[[Any], Any]) -> None:
    """Resumed after each batch of epoch 1, and in epochs that are set."""
    one = shard(MADE[name](), adapter)
    epochs, states = [], []
    for _ in range(3):
        epochs.append([])
        for batch in one:
            epochs[-1].append(batch.tolist())
            states.append(pickle.dumps(one.state_dict()))
    for done in range(1, len(epochs[1])):
        other = shard(MADE[name](), adapter)
        other.set_epoch(1)
        other.load_state_dict(pickle.loads(states[len(epochs[0]) + done - 1]))
        assert [batch.tolist() for batch in other] == epochs[1][done:]
        other.set_epoch(2)
        assert [batch.tolist() for batch in other] == epochs[2]


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize(
    "name", ["distributed, one rank", "random", "BucketBatchSampler", "PackedBatchSampler"]
)
def test_an_epoch_that_is_set_before_the_first(
    name: str, processes: int, adapter: Callable[[Any], Any]
) -> None:
    """Accelerate has asked for a state of the first pass by then."""
    one, other = (shard(MADE[name](), adapter, processes) for _ in range(2))
    whole = [[batch.tolist() for batch in one] for _ in range(4)]
    other.set_epoch(2)
    found = [[batch.tolist() for batch in other] for _ in range(2)]
    assert found == whole[2:]
    assert whole[1] != whole[2] != whole[3]
