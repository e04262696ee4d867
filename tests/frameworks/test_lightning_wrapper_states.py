"""Our DistributedSamplerWrapper for Lightning goes on from a state, also on other ranks."""

from __future__ import annotations

from typing import Any

import pytest
import torch

pytest.importorskip("lightning")

import fastsamplers
from fastsamplers.integrations.lightning import DistributedSamplerWrapper
from tests.frameworks.runs.lightning_loaders import WEIGHTS, Numbers, seeded
from tests.frameworks.runs.lightning_rows import ADAPTED
from tests.frameworks.runs.lightning_samplers import SAMPLERS, OfEpochs, states

pytestmark = ADAPTED

N = 23
EPOCH = 1
of_samplers = pytest.mark.parametrize("kind", SAMPLERS)
of_options = pytest.mark.parametrize(
    "options", [{}, {"shuffle": False}, {"drop_last": True}, {"padding": "none"}], ids=str
)


def wrapped(kind: str, world: int, rank: int, **options: Any) -> DistributedSamplerWrapper:
    return DistributedSamplerWrapper(
        SAMPLERS[kind](fastsamplers, N), world, rank, seed=6, **options
    )


def elsewhere(wrapper: DistributedSamplerWrapper) -> None:
    """Puts all generators to another place."""
    torch.manual_seed(99)
    own = getattr(wrapper.sampler, "generator", None)
    if own is not None:
        torch.rand(5, generator=own)


def begun(kind: str, world: int, rank: int, given: int, **options: Any) -> Any:
    """The iterator of an epoch that has given so many, and the next epochs' sampler."""
    torch.manual_seed(3)
    wrapper = wrapped(kind, world, rank, **options)
    wrapper.set_epoch(EPOCH)
    iterator = iter(wrapper)
    for _ in range(given):
        next(iterator)
    return wrapper, iterator


@of_samplers
@of_options
@pytest.mark.parametrize("given", [0, 1, 4])
def test_goes_on_in_a_fresh_object(kind: str, given: int, options: dict[str, Any]) -> None:
    wrapper, iterator = begun(kind, 3, 1, given, **options)
    state = iterator.state_dict()
    rest = list(iterator)
    wrapper.set_epoch(EPOCH + 1)
    following = list(wrapper)
    other = wrapped(kind, 3, 1, **options)
    elsewhere(other)
    resumed = iter(other)
    resumed.load_state_dict(state)
    assert resumed.state_dict()["position"] == state["position"]
    assert list(resumed) == rest
    assert other.epoch == EPOCH
    other.set_epoch(EPOCH + 1)
    assert list(other) == following
    assert states(other.sampler) == states(wrapper.sampler)


@of_samplers
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("world", [1, 2, 4, 5])
def test_goes_on_on_other_ranks(kind: str, world: int, shuffle: bool) -> None:
    given = 4
    before = [begun(kind, 3, rank, given, shuffle=shuffle)[1].state_dict() for rank in range(3)]
    _, whole = begun(kind, 1, 0, 0, shuffle=shuffle)
    order = list(whole)
    for state in before:
        assert {name: str(value) for name, value in state.items()} == {
            name: str(value) for name, value in before[0].items()
        }
        shares = []
        for rank in range(world):
            other = wrapped(kind, world, rank, shuffle=shuffle)
            elsewhere(other)
            resumed = iter(other)
            resumed.load_state_dict(state)
            shares.append(list(resumed))
        in_turn = [index for step in zip(*shares, strict=True) for index in step]
        rest = order[3 * given :]
        assert in_turn[: len(rest)] == rest
        assert 0 <= len(in_turn) - len(rest) < world
        assert set(in_turn[len(rest) :]) <= set(order)


@of_samplers
def test_another_hand_over_on_other_ranks(kind: str) -> None:
    """Three ranks, then two, then one."""
    _, whole = begun(kind, 1, 0, 0)
    order = list(whole)
    _, iterator = begun(kind, 3, 0, 2)
    state = iterator.state_dict()
    had = 6
    for world, given in ((2, 3), (1, 2)):
        other = wrapped(kind, world, 0)
        elsewhere(other)
        iterator = iter(other)
        iterator.load_state_dict(state)
        assert [next(iterator) for _ in range(given)] == order[had::world][:given]
        had += world * given
        state = iterator.state_dict()
        assert state["position"] == had
    assert list(iterator) == order[had:]


@of_samplers
def test_end_of_a_pass(kind: str) -> None:
    _, iterator = begun(kind, 3, 1, 8)
    last = iterator.state_dict()
    assert list(iterator) == []
    for state in (last, iterator.state_dict()):
        other = wrapped(kind, 3, 1)
        elsewhere(other)
        resumed = iter(other)
        resumed.load_state_dict(state)
        assert list(resumed) == []


@pytest.mark.parametrize("kind", ["random, generator", "weighted", "outwards", "drawing"])
def test_in_our_loader(kind: str) -> None:
    def loader() -> Any:
        sampler = wrapped(kind, 2, 1)
        return fastsamplers.DataLoader(Numbers(100), batch_size=3, sampler=sampler)

    whole = loader()
    iterator = iter(whole)
    next(iterator)
    state = whole.state_dict()
    rest = [batch.tolist() for batch in iterator]
    other = loader()
    elsewhere(other.sampler)
    other.load_state_dict(state)
    assert [batch.tolist() for batch in other] == rest


WRONG: dict[str, dict[str, Any]] = {
    "version": {"version": 99},
    "n": {"n": N + 1},
    "algorithm": {"algorithm": "torch.randperm of RandomSampler"},
    "base_seed": {"base_seed": 7},
    "position": {"position": -3},
    "epoch": {"epoch": "one"},
    "generator": {"generator": torch.zeros(5, dtype=torch.uint8)},
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("missing", [False, True])
def test_wrong_states_change_nothing(name: str, missing: bool) -> None:
    _, iterator = begun("weighted", 3, 1, 2)
    state = iterator.state_dict()
    expected = list(iterator)
    wrong = {**state, **WRONG[name]}
    if missing:
        del wrong[name]
    wrapper, iterator = begun("weighted", 3, 1, 2)
    stood = states(wrapper.sampler)
    with pytest.raises(ValueError, match=name):
        iterator.load_state_dict(wrong)
    assert states(wrapper.sampler) == stood
    assert wrapper.epoch == EPOCH
    assert list(iterator) == expected


def test_state_of_another_sampler() -> None:
    _, iterator = begun("weighted", 3, 1, 2)
    state = iterator.state_dict()
    for kind in SAMPLERS:
        if kind == "weighted":
            continue
        other = iter(wrapped(kind, 3, 1))
        with pytest.raises(ValueError, match="algorithm"):
            other.load_state_dict(state)
    for options in ({"shuffle": False}, {"seed": 7}):
        sampler = fastsamplers.WeightedRandomSampler(WEIGHTS[:30], N, generator=seeded())
        other = iter(DistributedSamplerWrapper(sampler, 3, 1, **{"seed": 6, **options}))
        with pytest.raises(ValueError, match=r"algorithm|base_seed"):
            other.load_state_dict(state)
    for nonsense in (None, {}, [1], {"version": 1}):
        with pytest.raises((ValueError, TypeError)):
            other.load_state_dict(nonsense)


def test_epoch_of_a_state_reaches_the_sampler() -> None:
    wrapper, iterator = begun("of epochs", 2, 0, 3)
    state = iterator.state_dict()
    rest = list(iterator)
    other = DistributedSamplerWrapper(OfEpochs(N), 2, 0, seed=6)
    resumed = iter(other)
    resumed.load_state_dict(state)
    assert list(resumed) == rest
    assert other.sampler.epoch == wrapper.sampler.epoch == EPOCH


def test_states_are_small_and_draw_nothing() -> None:
    wrapper, iterator = begun("random, generator", 2, 0, 1)
    stood = states(wrapper.sampler)
    state = iterator.state_dict()
    assert states(wrapper.sampler) == stood
    for value in state.values():
        assert isinstance(value, int | str | torch.Tensor)
        if isinstance(value, torch.Tensor):
            assert value.numel() < 6000
