"""States that a loader refuses, naming the field; and all the ways that a good one can travel."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch

import fastsamplers
from tests.parity.loader_cases import KINDS, Worlds, run_pass, run_passes, run_some

# Machines with one processor, and Pythons that warn of a fork beside threads.
pytestmark = [
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork"),
]


def state_of(kind: str, count: int = 3) -> dict[str, Any]:
    loader = Worlds(kind).loader()
    run_some(loader, 0, count)
    state: dict[str, Any] = loader.state_dict()
    return state


def check_refused(kind: str, state: Any, text: str) -> None:
    """ValueError, and neither the loader nor a generator is any different, now and later."""
    worlds = Worlds(kind)
    expected = run_passes(worlds.loader(), range(3))
    for loaded in (False, True):
        loader = worlds.loader()
        if loaded:
            run_some(loader, 0, 2)
            loader.load_state_dict(loader.state_dict())
        before = torch.get_rng_state(), loader.generator.get_state(), loader.state_dict()
        with pytest.raises(ValueError, match=text):
            loader.load_state_dict(state)
        assert torch.equal(torch.get_rng_state(), before[0])
        assert torch.equal(loader.generator.get_state(), before[1])
        assert repr(loader.state_dict()) == repr(before[2])
        rest = expected[0][2:] if loaded else expected[0]
        assert run_passes(loader, range(3)) == [rest, *expected[1:]]


@pytest.mark.parametrize("kind", ["shuffled", "distributed", "torch's sampler", "sequential"])
@pytest.mark.parametrize("name", ["version", "received", "base_seed", "sampler", "generator"])
def test_a_field_is_missing(kind: str, name: str) -> None:
    state = state_of(kind)
    if name not in state:
        assert (name, kind) in [("generator", "shuffled"), ("generator", "torch's sampler")]
        return
    del state[name]
    check_refused(kind, state, name)


BAD: dict[str, list[Any]] = {
    "version": [0, 2, 10**30, "1", 1.0, None, True],
    "received": [-1, "3", 3.0, None, True],
    "base_seed": ["3", None, 2**63, -(2**63) - 1, 1.5],
    "ended": [2, -1, "1", None],
    "early": [3, None, "x", "0", "-2", "2,,x", "2;3"],
    "sampler": [None, {}, [], "sampler", 3],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in BAD for value in BAD[name]])
def test_a_field_is_wrong(name: str, value: Any) -> None:
    state = state_of("shuffled")
    state[name] = value
    check_refused("shuffled", state, "state" if name == "sampler" else name)


@pytest.mark.parametrize(
    "value", [None, 3, b"", torch.zeros(3, dtype=torch.uint8), torch.zeros(5056)]
)
@pytest.mark.parametrize("kind", ["sequential", "distributed"])
def test_a_generator_that_is_none(kind: str, value: Any) -> None:
    """The sampler's part of the state is good, and must not have been taken over."""
    state = state_of(kind)
    state["generator"] = value
    check_refused(kind, state, "generator")


@pytest.mark.parametrize("kind", KINDS)
def test_fields_of_the_sampler(kind: str) -> None:
    """Each of them missing, and each that is an int or a string another one."""
    good = state_of(kind)
    for name, value in good["sampler"].items():
        if name == "position" and "taken" not in good["sampler"]:
            others = [-1, 10**9, "3"]
        elif isinstance(value, int):
            others = [None, "3", value + 0.5]
        else:
            others = [None, 3]
        if name in ("version", "n", "algorithm", "num_samples"):
            others.append(f"{value}x" if isinstance(value, str) else value + 1)
        for other in others:
            check_refused(kind, {**good, "sampler": {**good["sampler"], name: other}}, name)
        if name == "stood":  # what the loop itself has drawn: not every state knows it
            continue
        left = {key: value for key, value in good["sampler"].items() if key != name}
        check_refused(kind, {**good, "sampler": left}, name)


@pytest.mark.parametrize("state", [None, 3, "state", [], {}, {"version": 1}])
def test_what_is_no_state(state: Any) -> None:
    check_refused("shuffled", state, "state")


@pytest.mark.parametrize("other", ["subset", "feistel", "replacement", "distributed", "longer"])
def test_the_state_of_another_sampler(other: str) -> None:
    check_refused("shuffled", state_of(other), "algorithm|num_samples|^n of")


def through_pickle(loader: Any) -> Any:
    return pickle.loads(pickle.dumps(loader))


@pytest.mark.parametrize("travel", [copy.deepcopy, through_pickle])
@pytest.mark.parametrize("count", [0, 3, 8])
@pytest.mark.parametrize("kind", ["shuffled", "distributed", "feistel", "torch's sampler"])
def test_a_loader_with_a_loaded_state_is_copied(
    kind: str, count: int, travel: Callable[[Any], Any]
) -> None:
    """The copy goes on from that state with generators of its own; so does the original."""
    worlds = Worlds(kind)
    expected = run_passes(worlds.reference(), range(2))
    loader = worlds.loader()
    run_some(loader, 0, min(count, len(loader)))
    fresh = worlds.fresh(loader.state_dict())
    other = travel(fresh)
    for one in (other, fresh):
        assert run_passes(one, range(2)) == [expected[0][count:], expected[1]]


def test_a_copy_of_a_loader_in_the_midst_of_a_pass_begins_with_the_next_one() -> None:
    """Or rather with a whole one: the pass belongs to the iterator, which cannot be copied."""
    worlds = Worlds("shuffled")
    loader = worlds.loader()
    _, iterator = run_some(loader, 0, 3)
    other = copy.deepcopy(loader)
    assert len(run_pass(other, 0)) == len(loader)
    assert len(list(iterator)) == len(loader) - 3


@pytest.mark.parametrize("count", [0, 3, 8, None])
@pytest.mark.parametrize("kind", KINDS)
def test_a_state_is_saved_by_torch(kind: str, count: int | None) -> None:
    """And read with ``weights_only``, as nothing but plain values and tensors can be."""
    worlds = Worlds(kind)
    expected = run_passes(worlds.reference(), range(2))
    loader = worlds.loader()
    if count is None:
        run_pass(loader, 0)
    else:
        run_some(loader, 0, min(count, len(expected[0])))
    buffer = io.BytesIO()
    torch.save(loader.state_dict(), buffer)
    assert len(buffer.getvalue()) < 20_000
    buffer.seek(0)
    fresh = worlds.fresh(torch.load(buffer, weights_only=True))
    if count is not None:
        assert run_pass(fresh, 0) == expected[0][count:]
    assert run_pass(fresh, 1) == expected[1]


@pytest.mark.parametrize("count", [0, 3])
def test_a_state_does_not_change_with_the_pass(count: int) -> None:
    """It is the caller's, who may keep it while the loop goes on, and load it more than once."""
    worlds = Worlds("shuffled")
    expected = run_passes(worlds.reference(), range(2))
    loader = worlds.loader()
    _, iterator = run_some(loader, 0, count)
    state = loader.state_dict()
    before = copy.deepcopy(state)
    list(iterator)
    for _ in range(2):
        fresh = fastsamplers.DataLoader(
            loader.dataset, 4, shuffle=True, generator=torch.Generator()
        )
        fresh.load_state_dict(state)
        assert run_passes(fresh, range(2)) == [expected[0][count:], expected[1]]
        assert repr(state) == repr(before)
