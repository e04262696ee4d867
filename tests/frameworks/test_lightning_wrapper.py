"""Our DistributedSamplerWrapper for Lightning has the indices of Lightning's, without processes."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

pytest.importorskip("lightning")

from lightning.fabric.utilities.distributed import DistributedSamplerWrapper as Theirs
from lightning.pytorch.overrides.distributed import (
    UnrepeatedDistributedSamplerWrapper as TheirsUnrepeated,
)

import fastsamplers
from fastsamplers.integrations.lightning import DistributedSamplerWrapper
from tests.frameworks.runs.lightning_loaders import TORCH, Outwards, seeded
from tests.frameworks.runs.lightning_rows import ADAPTED
from tests.frameworks.runs.lightning_samplers import SAMPLERS, states

pytestmark = ADAPTED


MODULES = {"ours": fastsamplers, "torch's": TORCH}
CASES = [(kind, "ours") for kind in SAMPLERS]
CASES += [(kind, "torch's") for kind in ("random", "subset, generator", "weighted")]
of_samplers = pytest.mark.parametrize("kind", SAMPLERS)
of_cases = pytest.mark.parametrize(("kind", "module"), CASES)


def passes(wrapper: Any, sampler: Any) -> list[Any]:
    """Length, indices and generators of passes, of which epoch 2 comes twice."""
    torch.manual_seed(3)
    found: list[Any] = [len(wrapper), wrapper.num_samples, wrapper.total_size]
    for epoch in (0, 2, 2):
        wrapper.set_epoch(epoch)
        found += [list(wrapper), states(sampler)]
    return found


def shares(least: int) -> Iterator[tuple[int, int, int]]:
    """World sizes, numbers of indices, and one rank after the other."""
    for world in range(1, 6):
        for n in range(21):
            if n == 0 or n >= least * world:
                yield world, n, (n + n // world) % world


@of_cases
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("drop_last", [True, False])
@pytest.mark.filterwarnings("ignore:DistributedSamplerWrapper shuffles")
def test_indices_of_lightnings(module: str, kind: str, shuffle: bool, drop_last: bool) -> None:
    options: dict[str, Any] = {"shuffle": shuffle, "drop_last": drop_last, "seed": 5}
    for world, n, rank in shares(0):
        sampler = SAMPLERS[kind](TORCH, n)
        theirs = Theirs(sampler, num_replicas=world, rank=rank, **options)
        expected = passes(theirs, sampler)
        sampler = SAMPLERS[kind](MODULES[module], n)
        ours = DistributedSamplerWrapper(sampler, world, rank, **options)
        assert passes(ours, sampler) == expected, (world, n, rank)


# Lightning's does not set the epoch of the sampler; ours does.
@pytest.mark.parametrize(("kind", "module"), [case for case in CASES if case[0] != "of epochs"])
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.filterwarnings("ignore:DistributedSamplerWrapper shuffles")
def test_indices_of_lightnings_unrepeated(module: str, kind: str, shuffle: bool) -> None:
    for world, n, rank in shares(1):  # Lightning's refuses to have a rank without an index
        sampler = SAMPLERS[kind](TORCH, n)
        theirs = TheirsUnrepeated(sampler, num_replicas=world, rank=rank, shuffle=shuffle, seed=5)
        expected = passes(theirs, sampler)
        sampler = SAMPLERS[kind](MODULES[module], n)
        ours = DistributedSamplerWrapper(sampler, world, rank, shuffle, padding="none")
        assert passes(ours, sampler) == expected, (world, n, rank)


def test_ranks_without_an_index_where_nothing_is_repeated() -> None:
    shares = [
        list(DistributedSamplerWrapper(Outwards(3), 5, rank, padding="none")) for rank in range(5)
    ]
    assert [len(share) for share in shares] == [1, 1, 1, 0, 0]
    assert sorted(index for share in shares for index in share) == [0, 1, 2]


def test_seeds_and_defaults() -> None:
    for seed in (0, 1, 2**40):
        theirs = Theirs(Outwards(20), num_replicas=3, rank=1, seed=seed)
        ours = DistributedSamplerWrapper(Outwards(20), 3, 1, seed=seed)
        assert list(ours) == list(theirs)
    assert list(DistributedSamplerWrapper(Outwards(20), 3, 1)) == list(
        Theirs(Outwards(20), num_replicas=3, rank=1)
    )
    wrapper = DistributedSamplerWrapper(Outwards(20), 3, 1)
    assert isinstance(wrapper, TORCH.DistributedSampler)
    assert isinstance(wrapper, fastsamplers.DistributedSampler)


def test_of_a_subset_is_what_the_sampler_gives() -> None:
    """Blocks of a sampler are its indices, not places in its subset."""
    sampler = fastsamplers.SubsetRandomSampler(range(100, 110), seeded())
    indices = list(DistributedSamplerWrapper(sampler, 1, 0, shuffle=False))
    assert sorted(indices) == [*range(100, 110)]
    assert all(type(index) is int for index in indices)


@of_samplers
@pytest.mark.parametrize("padding", ["repeat", "none"])
def test_blocks_and_seek(kind: str, padding: str) -> None:
    def wrapper() -> Any:
        torch.manual_seed(3)
        sampler = SAMPLERS[kind](fastsamplers, 17)
        return DistributedSamplerWrapper(sampler, 3, 2, padding=padding)

    indices = list(wrapper())
    for size in (1, 4, 100):
        blocks = list(wrapper().blocks(size))
        assert all(block.dtype == np.int64 for block in blocks)
        assert [len(block) for block in blocks[:-1]] == [size] * (len(blocks) - 1)
        assert np.concatenate(blocks).tolist() == indices

    def two_passes(sought: Any, place: int) -> list[list[int]]:
        sought.seek(place)
        first = list(sought)
        sought.set_epoch(1)
        return [first, list(sought)]

    whole = two_passes(wrapper(), 0)
    for place in (1, len(indices) - 1, len(indices)):
        assert two_passes(wrapper(), place) == [whole[0][place:], whole[1]]
    with pytest.raises(ValueError, match="position"):
        wrapper().seek(len(indices) + 1)


@of_samplers
def test_copies(kind: str) -> None:
    wrapper = DistributedSamplerWrapper(SAMPLERS[kind](fastsamplers, 17), 3, 1, seed=4)
    wrapper.set_epoch(2)
    copies = [pickle.loads(pickle.dumps(wrapper)), copy.deepcopy(wrapper)]
    torch.manual_seed(3)
    expected = list(wrapper)
    for copied in copies:
        torch.manual_seed(3)
        assert list(copied) == expected
        assert (copied.epoch, copied.rank, copied.num_replicas) == (2, 1, 3)


class Endless:
    """A sampler without a length."""

    def __iter__(self) -> Iterator[int]:
        return iter(range(5))


def test_what_cannot_be_wrapped() -> None:
    for wrapper in (Theirs, DistributedSamplerWrapper):
        with pytest.raises(TypeError, match="len"):
            wrapper(Endless(), num_replicas=2, rank=0)
        with pytest.raises(TypeError, match="len"):  # at once, whether or not ranks are known
            wrapper(Endless())
        for rank in (-1, 2):
            with pytest.raises(ValueError, match="rank"):
                wrapper(Outwards(4), num_replicas=2, rank=rank)
        with pytest.raises((ValueError, RuntimeError), match="process group"):
            list(wrapper(Outwards(4)))
    with pytest.raises(ValueError, match="padding"):
        DistributedSamplerWrapper(Outwards(4), 2, 0, padding="some")
    iterator = iter(DistributedSamplerWrapper(["a", "b"], 1, 0))
    with pytest.raises(TypeError, match="integers"):
        next(iterator)


def test_a_second_pass_over_the_same_epoch_is_warned_of_once() -> None:
    wrapper = DistributedSamplerWrapper(Outwards(6), 2, 0)
    list(wrapper)
    with pytest.warns(UserWarning, match="call set_epoch"):
        list(wrapper)
