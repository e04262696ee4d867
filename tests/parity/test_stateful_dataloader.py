"""torchdata's StatefulDataLoader with our samplers: interrupted, it goes on with the next batch."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
import torch
from torchdata.stateful_dataloader import StatefulDataLoader

import fastsamplers
from tests.parity.loader_cases import DATA, WEIGHTS, Items, run_pass, run_passes, run_some

# Machines with one processor, and Pythons that warn of a fork beside threads.
pytestmark = [
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),
    pytest.mark.filterwarnings("ignore:'set_vital' is deprecated"),  # torchdata calls it
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork"),
]

SAMPLERS = {
    "sequential": lambda g: fastsamplers.SequentialSampler(DATA),
    "random": lambda g: fastsamplers.RandomSampler(DATA, generator=g),
    "replacement": lambda g: fastsamplers.RandomSampler(DATA, True, 31, g),
    "longer": lambda g: fastsamplers.RandomSampler(DATA, False, 70, g),
    "feistel": lambda g: fastsamplers.RandomSampler(DATA, generator=g, algorithm="feistel"),
    "subset": lambda g: fastsamplers.SubsetRandomSampler(DATA[3::2], g),
    "feistel subset": lambda g: fastsamplers.SubsetRandomSampler(
        DATA[3::2], g, algorithm="feistel"
    ),
    "weighted": lambda g: fastsamplers.WeightedRandomSampler(WEIGHTS, 31, True, g),
    "choice": lambda g: fastsamplers.WeightedRandomSampler(WEIGHTS, 25, False, g),
    "distributed": lambda g: fastsamplers.DistributedSampler(DATA, 2, 1),
    "feistel distributed": lambda g: fastsamplers.DistributedSampler(
        DATA, 2, 1, algorithm="feistel"
    ),
    "contiguous": lambda g: fastsamplers.DistributedSampler(
        DATA, 2, 1, layout="contiguous", auto_epoch=True
    ),
    "wrapped": lambda g: fastsamplers.DistributedSamplerWrapper(
        fastsamplers.RandomSampler(DATA, generator=g), 2, 1
    ),
    "distributed weighted": lambda g: fastsamplers.DistributedWeightedRandomSampler(
        WEIGHTS, 60, True, 2, 1
    ),
}


def make(
    loader: Any, name: str, form: str, own: bool, seed: int, workers: int = 0, every: int = 1
) -> Any:
    """A loader around one of our samplers, with the sampler given in one of three ways."""
    torch.default_generator.manual_seed(seed)
    sampler = SAMPLERS[name](torch.Generator().manual_seed(seed + 1) if own else None)
    options: dict[str, Any] = {
        "sampler": {"sampler": sampler, "batch_size": 4},
        "batch_sampler": {"batch_sampler": fastsamplers.BatchSampler(sampler, 4, False)},
        "drop_last": {"batch_sampler": fastsamplers.BatchSampler(sampler, 4, True)},
        "no batches": {"sampler": sampler, "batch_size": None},
    }[form]
    if workers:
        options.update(num_workers=workers, multiprocessing_context="fork")
    if loader is StatefulDataLoader and workers:
        options["snapshot_every_n_steps"] = every
    return loader(Items(), **options)


def check(
    name: str, form: str, own: bool, place: str, workers: int = 0, epoch: int = 0, every: int = 1
) -> None:
    """The rest of the epoch in a fresh loader, and the next two epochs, are those of torch's."""
    reference = make(torch.utils.data.DataLoader, name, form, own, 5, workers)
    expected = run_passes(reference, range(epoch + 3))
    whole = expected[epoch]
    loader = make(StatefulDataLoader, name, form, own, 5, workers, every)
    assert run_passes(loader, range(epoch)) == expected[:epoch]
    if place == "end":
        assert run_pass(loader, epoch) == whole
        iterator = None
    else:
        count = {"one": 1, "middle": len(whole) // 2}[place]
        seen, iterator = run_some(loader, epoch, count)
        assert seen == whole[:count]
    state = pickle.loads(pickle.dumps(loader.state_dict()))
    del iterator
    fresh = make(StatefulDataLoader, name, form, own, 1234, workers, every)
    fresh.load_state_dict(state)
    if place != "end":
        assert run_pass(fresh, epoch) == whole[count:]
    assert run_passes(fresh, range(epoch + 1, epoch + 3)) == expected[epoch + 1 :]


@pytest.mark.parametrize("place", ["one", "middle", "end"])
@pytest.mark.parametrize("form", ["sampler", "batch_sampler", "drop_last", "no batches"])
@pytest.mark.parametrize("name", SAMPLERS)
def test_without_workers(name: str, form: str, place: str) -> None:
    for epoch in range(2):
        check(name, form, True, place, epoch=epoch)


@pytest.mark.parametrize("place", ["one", "middle"])
@pytest.mark.parametrize("form", ["sampler", "batch_sampler"])
@pytest.mark.parametrize("name", ["random", "longer", "feistel", "choice"])
def test_from_the_global_generator(name: str, form: str, place: str) -> None:
    check(name, form, False, place, epoch=1)


@pytest.mark.parametrize(
    ("name", "form"),
    [*((name, "batch_sampler") for name in SAMPLERS), ("random", "sampler"),
     ("feistel subset", "sampler"), ("contiguous", "sampler")],
)  # fmt: skip
def test_with_workers(name: str, form: str) -> None:
    check(name, form, True, "middle", 2)


@pytest.mark.parametrize("place", ["one", "middle", "end"])
@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize("name", ["random", "feistel distributed"])
def test_with_workers_at_every_place(name: str, every: int, place: str) -> None:
    """Also where torchdata takes the sampler's state now and then, and skips batches from there."""
    check(name, "batch_sampler", True, place, 2, 1, every)


def test_samplers_have_no_state_of_their_own() -> None:
    """Their iterators have it: torchdata asks both, and would go to the place twice."""
    for make_sampler in SAMPLERS.values():
        sampler = make_sampler(None)
        for one in (sampler, fastsamplers.BatchSampler(sampler, 4, False)):
            assert not hasattr(one, "state_dict")
            assert not hasattr(one, "load_state_dict")
            assert hasattr(iter(one), "state_dict")
            assert hasattr(iter(one), "load_state_dict")
