"""Our ``SeedableRandomSampler`` draws what Accelerate's draws, when it does, epoch by epoch."""

from __future__ import annotations

import copy
import itertools
import pickle
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("accelerate")

import torch
from accelerate.data_loader import SeedableRandomSampler as Theirs

from fastsamplers import BatchSampler
from fastsamplers.integrations.accelerate import SeedableRandomSampler
from tests.frameworks.runs.accelerate_cases import TORCH, seeded, states_of

pytestmark = pytest.mark.conformance(
    "Accelerate", "`SeedableRandomSampler`: same order, epochs and generator states", "adapter"
)
KINDS = (Theirs, SeedableRandomSampler)
# Each makes a sampler of either class.
MADE: dict[str, Callable[[Any], Any]] = {
    "seed": lambda kind: kind(range(13), data_seed=5),
    "large seed": lambda kind: kind(range(13), data_seed=2**63),
    "process's seed": lambda kind: kind(range(13)),
    "generator": lambda kind: kind(range(13), generator=seeded(), data_seed=5),
    "generator, process's seed": lambda kind: kind(range(13), generator=seeded()),
    "replacement": lambda kind: kind(range(13), True, 50, data_seed=5),
    "permutations": lambda kind: kind(range(13), False, 30, data_seed=5),
    "part": lambda kind: kind(range(13), num_samples=4, data_seed=5),
    "single": lambda kind: kind(range(1), data_seed=5),
}


def made(name: str, kind: Any) -> Any:
    torch.default_generator.manual_seed(17)
    return MADE[name](kind)


@pytest.mark.parametrize("name", MADE)
def test_passes_and_epochs(name: str) -> None:
    """Read to the end, a pass moves on to the next epoch; broken off, it does not."""
    seen = []
    for kind in KINDS:
        sampler = made(name, kind)
        steps: list[Any] = [len(sampler), sampler.initial_seed]
        for epoch in (None, None, 7, -2, None):
            if epoch is not None:
                sampler.set_epoch(epoch)
            steps += [list(itertools.islice(sampler, 1)), sampler.epoch, states_of(sampler)]
            steps += [list(sampler), sampler.epoch, states_of(sampler)]
        seen.append(steps)
    assert seen[0] == seen[1]


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("name", MADE)
def test_batches(name: str, drop_last: bool) -> None:
    """Cut by torch or by us, as lists or arrays, they are the same and end the epoch."""
    for size in (1, 4, 13):
        seen = []
        for kind, cut, options in (
            (Theirs, TORCH.BatchSampler, {}),
            (SeedableRandomSampler, TORCH.BatchSampler, {}),
            (SeedableRandomSampler, BatchSampler, {}),
            (SeedableRandomSampler, BatchSampler, {"output": "numpy"}),
        ):
            sampler = made(name, kind)
            batches = cut(sampler, size, drop_last, **options)
            passes = [[[*map(int, batch)] for batch in batches] for _ in range(3)]
            seen.append([passes, sampler.epoch, states_of(sampler)])
        assert seen[0] == seen[1] == seen[2] == seen[3]


def _interleaved(sampler: Any) -> list[Any]:
    one, other = iter(sampler), iter(sampler)
    steps = [next(one), next(other), next(one)]
    return [steps, list(other), sampler.epoch, list(one), sampler.epoch]


def _epoch_after_iter(sampler: Any) -> list[Any]:
    iterator = iter(sampler)
    sampler.set_epoch(4)
    return [list(iterator), sampler.epoch]


def _seed_after_iter(sampler: Any) -> list[Any]:
    iterator = iter(sampler)
    sampler.initial_seed = 9
    return [list(iterator), sampler.epoch]


def _generator_is_used(sampler: Any) -> list[Any]:
    first = list(sampler)
    torch.rand(5, generator=sampler.generator)
    return [first, list(sampler)]


def _generator_is_exchanged(sampler: Any) -> list[Any]:
    first = list(sampler)
    sampler.generator = seeded(77)
    return [first, list(sampler), sampler.epoch]


def _generator_after_iter(sampler: Any) -> list[Any]:
    iterator = iter(sampler)
    sampler.generator = seeded(77)
    return [list(iterator), states_of(sampler), list(sampler)]


def _no_generator(sampler: Any) -> list[Any]:
    first = list(sampler)
    sampler.generator = None
    return [first, list(sampler), sampler.epoch]


def _epoch_during_a_pass(sampler: Any) -> list[Any]:
    iterator = iter(sampler)
    first = next(iterator)
    sampler.set_epoch(7)
    return [first, list(iterator), sampler.epoch, list(sampler)]


USES: dict[str, Callable[[Any], list[Any]]] = {
    "two passes at a time": _interleaved,
    "the epoch is set after iter()": _epoch_after_iter,
    "the epoch is set during a pass": _epoch_during_a_pass,
    "the seed is set after iter()": _seed_after_iter,
    "others draw from the generator": _generator_is_used,
    "another generator is assigned": _generator_is_exchanged,
    "another generator after iter()": _generator_after_iter,
    "the generator is taken away": _no_generator,
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("name", ["seed", "generator", "permutations", "replacement"])
def test_uses(name: str, use: str) -> None:
    theirs, ours = (USES[use](made(name, kind)) for kind in KINDS)
    assert theirs == ours


@pytest.mark.parametrize("name", MADE)
def test_like_has_the_order_and_epoch_of_another(name: str) -> None:
    theirs = made(name, Theirs)
    list(theirs)
    theirs.set_epoch(6)
    ours = SeedableRandomSampler.like(theirs)
    assert type(ours) is SeedableRandomSampler
    assert isinstance(ours, Theirs)
    assert ours.epoch == 6
    assert ours.generator is theirs.generator
    assert [list(ours), list(ours)] == [list(theirs), list(theirs)]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
@pytest.mark.parametrize("name", MADE)
def test_copies(name: str, copied: Callable[[Any], Any]) -> None:
    sampler = made(name, SeedableRandomSampler)
    list(sampler)
    sampler.seek(1)
    other = copied(sampler)
    assert [list(other), list(other)] == [list(sampler), list(sampler)]
    assert other.epoch == sampler.epoch == 3


@pytest.mark.parametrize("name", MADE)
def test_seek(name: str) -> None:
    for place in range(len(made(name, SeedableRandomSampler)) + 1):
        sampler, theirs = made(name, SeedableRandomSampler), made(name, Theirs)
        list(sampler), list(theirs)
        sampler.seek(place)
        assert list(sampler) == list(theirs)[place:]
        assert sampler.epoch == theirs.epoch
        assert states_of(sampler) == states_of(theirs)
        assert list(sampler) == list(theirs)


@pytest.mark.parametrize("name", MADE)
def test_a_fresh_object_goes_on(name: str) -> None:
    """At every place of epoch 2, with the epochs that follow."""
    whole = made(name, SeedableRandomSampler)
    whole.set_epoch(2)
    passes = [list(whole), list(whole)]
    for place in range(len(whole) + 1):
        sampler = made(name, SeedableRandomSampler)
        sampler.set_epoch(2)
        iterator = iter(sampler)
        given = list(itertools.islice(iterator, place))
        state = iterator.state_dict()
        assert all(isinstance(value, int | str) for value in state.values()), state
        fresh = made(name, SeedableRandomSampler)
        iterator = iter(fresh)
        iterator.load_state_dict(pickle.loads(pickle.dumps(state)))
        assert [given + list(iterator), list(fresh)] == passes
        assert fresh.epoch == 4


WRONG: dict[str, dict[str, Any]] = {
    "seed": {"seed": 6},
    "n": {"n": 14},
    "num_samples": {"num_samples": 12},
    "algorithm": {"algorithm": "torch.randint"},
    "position below": {"position": -1},
    "position above": {"position": 14},
    "position": {"position": 1.5},
    "epoch": {"epoch": "1"},
    "large epoch": {"epoch": 2**63},
    "version": {"version": 99},
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_states_change_nothing(name: str) -> None:
    sampler = made("seed", SeedableRandomSampler)
    iterator = iter(sampler)
    state = {**iterator.state_dict(), **WRONG[name]}
    other = made("seed", SeedableRandomSampler)
    other.set_epoch(3)
    whole = list(other)
    other.set_epoch(3)
    iterator, before = iter(other), states_of(other)
    with pytest.raises(ValueError, match=name.split()[-1] if " " not in name else "state"):
        iterator.load_state_dict(state)
    assert [other.epoch, states_of(other), list(iterator), other.epoch] == [3, before, whole, 4]


@pytest.mark.parametrize("field", ["seed", "epoch", "position", "n", "version"])
def test_states_that_lack_something(field: str) -> None:
    iterator = iter(made("seed", SeedableRandomSampler))
    state = {name: value for name, value in iterator.state_dict().items() if name != field}
    with pytest.raises(ValueError, match=field):
        iter(made("seed", SeedableRandomSampler)).load_state_dict(state)


def test_our_order() -> None:
    """Another permutation in each epoch, from the same seeds."""
    one, other = (SeedableRandomSampler(range(50), data_seed=5, algorithm="feistel") for _ in "ab")
    passes = [list(one), list(one)]
    assert sorted(passes[0]) == sorted(passes[1]) == [*range(50)]
    assert passes[0] != passes[1]
    other.set_epoch(1)
    assert list(other) == passes[1]
