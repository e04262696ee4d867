"""States of batches by length that do not fit: ValueError with the field, and nothing changes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import fastsamplers
from tests.parity.plans import FEW, PLANNED, some_lengths

# One epoch is read more than once here.
pytestmark = pytest.mark.filterwarnings("ignore:.* for the second time, which gives the order")

LENGTHS = some_lengths(60)
PLACE = 2


def generator_of(own: bool, seed: int) -> torch.Generator | None:
    return torch.Generator().manual_seed(seed) if own else None


def made(name: str, own: bool = False, seed: int = 5, **options: Any) -> Any:
    return PLANNED[name].make(LENGTHS, generator=generator_of(own, seed), **options)


def state_of(sampler: Any, place: int = PLACE, epoch: int = 1) -> dict[str, Any]:
    sampler.set_epoch(epoch)
    iterator = iter(sampler)
    for _ in range(place):
        next(iterator)
    return iterator.state_dict()


def check(make: Callable[[], Any], cases: list[tuple[str, Any]], states: Any) -> None:
    """Each case is what the error should tell, and a state."""
    sampler = make()
    expected = [list(sampler), list(sampler)]
    final = states(sampler.generator)
    for place in (0, 1):
        for text, state in cases:
            sampler = make()
            iterator = iter(sampler)
            head = [next(iterator) for _ in range(place)]
            before = states(sampler.generator)
            with pytest.raises(ValueError, match=text):
                iterator.load_state_dict(state)
            assert sampler.epoch == 0
            unchanged = states(sampler.generator) == before
            assert unchanged
            assert [head + list(iterator), list(sampler)] == expected, text
            unchanged = states(sampler.generator) == final
            assert unchanged


@pytest.fixture(params=FEW)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=[False, True], ids=["seed", "generator"])
def own(request: pytest.FixtureRequest) -> bool:
    return request.param


def test_the_state_itself_is_accepted(name: str, own: bool) -> None:
    """Or nothing below would say anything."""
    for ranks in ({}, {"num_replicas": 3}):
        state = state_of(made(name, own, **ranks))
        iter(made(name, own, 9, **ranks)).load_state_dict(state)


def test_fields_that_are_missing(name: str, own: bool, states) -> None:
    state = state_of(made(name, own))
    cases = [
        (f"'{field}'", {key: value for key, value in state.items() if key != field})
        for field in state
    ]
    assert len(cases) >= 10
    check(lambda: made(name, own), cases, states)


def test_fields_of_another_type(name: str, own: bool, states) -> None:
    state = state_of(made(name, own, num_replicas=2))
    assert "taken" in state
    cases: list[tuple[str, Any]] = []
    for field, value in state.items():
        others: list[Any] = [None, 2.5, [], b"1"]
        if type(value) is int:
            others += [float(value), str(value), np.int64(value), True]
        elif type(value) is str:
            others += [value.encode(), 0]
        cases += [(field, {**state, field: other}) for other in others]
    check(lambda: made(name, own, num_replicas=2), cases, states)


VALUES: dict[str, list[Any]] = {
    "version": [0, 2, -1, 10**30],
    "algorithm": ["", "buckets-0", "max-tokens-2", "packed-bfd", "torch.randperm"],
    "n": [0, -1, 59, 61, 2**70],
    "shuffle": [0, 2, -1],
    "drop_last": [1, 2],
    "epoch": [2**64, -(2**63) - 1, 10**30],
    "fingerprint": ["", "00", "0" * 32],
    "ended": [2, -1],
    "position": [-1, 10**6, 2**64],
    "seed": [-1, 2**64, 10**30],
    "batch_size": [0, -1, 5],
    "window": [0, 6],
    "max_tokens": [0, 399],
    "max_samples": [0, 11],
    "cost": ["", "sum"],
    "required_multiple": [1],
    "capacity": [0, 151],
}


def test_fields_of_another_value(name: str, own: bool, states) -> None:
    state = state_of(made(name, own))
    assert {*state} - {*VALUES} <= {"generator"}
    cases = [
        (f"{field} of the state", {**state, field: value})
        for field in {*state, "ended"}
        for value in VALUES.get(field, [])
    ]
    check(lambda: made(name, own), cases, states)


def test_what_ranks_have_taken(name: str, states) -> None:
    state = state_of(made(name, num_replicas=3))
    assert (state["taken"], state["position"]) == ("3x2", 6)
    steps = len(made(name, num_replicas=3))
    wrong: list[tuple[str, str, int]] = [
        ("taken", text, 6)
        for text in (
            *("x", "3", "3x", "x3", "3x2,", ",3x2", "0x3", "-1x3", "3x-1", "3x2x3", "1e1x3"),
            *("3x2.0", f"{2**20 + 1}x1", f"3x{2**63}", "a", "3*2"),
        )
    ]
    wrong += [("position", "3x2", 5), ("position", "3x2", 7), ("position", "3x2,1x1", 6)]
    wrong += [("taken", f"3x{steps + 1}", 3 * steps + 3)]  # more than there was
    wrong += [
        ("taken", f"3x{steps},1x1", 3 * steps + 1),
        ("taken", f"1x{3 * steps + 1}", 3 * steps + 1),
    ]
    wrong += [("position", "", 6), ("position", "3x0", 6)]
    cases = [
        (f"{field} of the state", {**state, "taken": text, "position": position})
        for field, text, position in wrong
    ]
    check(lambda: made(name, num_replicas=3), cases, states)
    # In steps of one rank a position is enough, and has its bounds, too.
    alone = state_of(made(name))
    check(
        lambda: made(name),
        [("position of the state", {**alone, "position": len(made(name)) + by}) for by in (1, 2)],
        states,
    )


def test_with_drop_last_the_tail_cannot_be_taken(name: str, states) -> None:
    batches = len(made(name, drop_last=True))
    world = next(world for world in range(2, 9) if batches % world)
    state = state_of(made(name, drop_last=True, num_replicas=world), 1)
    steps = batches // world + 1
    beyond = {**state, "taken": f"{world}x{steps}", "position": world * steps}
    check(
        lambda: made(name, drop_last=True, num_replicas=world),
        [("taken of the state", beyond)],
        states,
    )


def test_damaged_generator_states(name: str, states) -> None:
    state = state_of(made(name, True))
    whole = state["generator"]
    damaged = [whole[:-1], whole[:0], torch.zeros_like(whole), torch.full_like(whole, 255), "x", 0]
    cases = [("generator", {**state, "generator": value}) for value in damaged]
    check(lambda: made(name, True), cases, states)


@pytest.mark.parametrize("state", [None, 0, "state", [], [("version", 1)], object()], ids=type)
def test_what_is_no_state(name: str, states, state: Any) -> None:
    check(lambda: made(name), [("state should be a dict", state)], states)


def test_seeds_and_generators_are_not_each_others(name: str, states) -> None:
    with_seed, with_generator = state_of(made(name)), state_of(made(name, True))
    check(lambda: made(name, True), [("generator", with_seed)], states)
    check(lambda: made(name), [("seed of the state", with_generator)], states)
    for other in (with_seed, with_generator):
        check(lambda: made(name, shuffle=False), [("shuffle of the state", other)], states)
    unshuffled = state_of(made(name, shuffle=False))
    check(lambda: made(name), [("shuffle of the state", unshuffled)], states)


BUCKETS = {"lengths": LENGTHS, "batch_size": 4}
TOKENS = {"lengths": LENGTHS, "max_tokens": 400}
BINS = {"lengths": LENGTHS, "capacity": 150}
# The field that differs, a sampler's options, and one of them changed.
CHANGES: list[tuple[str, type, dict[str, Any], dict[str, Any]]] = [
    ("n", fastsamplers.BucketBatchSampler, BUCKETS, {"lengths": LENGTHS[1:]}),
    ("batch_size", fastsamplers.BucketBatchSampler, BUCKETS, {"batch_size": 5}),
    ("window", fastsamplers.BucketBatchSampler, BUCKETS, {"window": 49}),
    ("seed", fastsamplers.BucketBatchSampler, BUCKETS, {"seed": 1}),
    ("shuffle", fastsamplers.BucketBatchSampler, BUCKETS, {"shuffle": False}),
    ("drop_last", fastsamplers.BucketBatchSampler, BUCKETS, {"drop_last": True}),
    ("max_tokens", fastsamplers.MaxTokensBatchSampler, TOKENS, {"max_tokens": 401}),
    ("max_samples", fastsamplers.MaxTokensBatchSampler, TOKENS, {"max_samples": 60}),
    ("cost", fastsamplers.MaxTokensBatchSampler, TOKENS, {"cost": "sum"}),
    (
        "cost",
        fastsamplers.MaxTokensBatchSampler,
        TOKENS,
        {"cost": lambda count, most: count * most},
    ),
    ("required_multiple", fastsamplers.MaxTokensBatchSampler, TOKENS, {"required_multiple": 2}),
    ("capacity", fastsamplers.PackedBatchSampler, BINS, {"capacity": 151}),
    ("algorithm", fastsamplers.PackedBatchSampler, BINS, {"algorithm": "ffd"}),
    ("batch_size", fastsamplers.PackedBatchSampler, BINS, {"batch_size": 2}),
    *(
        ("fingerprint", made_of, options, {"lengths": [*LENGTHS[:-1], LENGTHS[-1] + 1]})
        for made_of, options in (
            (fastsamplers.BucketBatchSampler, BUCKETS),
            (fastsamplers.MaxTokensBatchSampler, TOKENS),
            (fastsamplers.PackedBatchSampler, BINS),
        )
    ),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change[1].__name__}, {change[0]}")
def test_samplers_that_differ_in_one_option(change: Any, states) -> None:
    field, made_of, options, changed = change
    for given, others in ((options, options | changed), (options | changed, options)):
        state = state_of(made_of(**others))
        check(lambda given=given: made_of(**given), [(f"{field} of the state", state)], states)


def test_callables_are_told_by_their_values(states) -> None:
    costs = [lambda count, longest, more=more: count * longest + more * count for more in (0, 1)]
    for mine, other in (costs, costs[::-1]):
        state = state_of(fastsamplers.MaxTokensBatchSampler(**TOKENS, cost=other))
        sampler = fastsamplers.MaxTokensBatchSampler(**TOKENS, cost=mine)
        check(lambda made=sampler: copy.copy(made), [("cost of the state", state)], states)


def test_states_of_other_classes(name: str, own: bool, states) -> None:
    others = [state_of(made(other, own)) for other in FEW if other != name]
    others.append(state_of(fastsamplers.DistributedSampler(LENGTHS, 2, 1)))
    check(
        lambda: made(name, own), [(" of the state|should have", state) for state in others], states
    )


@pytest.mark.parametrize("form", [np.array, torch.tensor, tuple, list])
def test_lengths_in_other_forms(form: Any) -> None:
    """Arrays tell other lengths apart, too; the same ones go on in any form."""
    make = fastsamplers.PackedBatchSampler
    state = state_of(make(LENGTHS, 150))
    sampler = make(form(LENGTHS), 150)
    expected = list(make(LENGTHS, 150))
    sampler.set_epoch(1)
    iterator = iter(sampler)
    iterator.load_state_dict(state)
    assert len(list(iterator)) == len(expected) - PLACE
    other = form([LENGTHS[0] + 1, *LENGTHS[1:]])
    with pytest.raises(ValueError, match="fingerprint of the state"):
        iter(make(other, 150)).load_state_dict(state)


def test_lengths_that_a_fingerprint_does_not_see(states) -> None:
    """Of many lengths it reads some; all of them are in their sum."""
    lengths = np.array(some_lengths(5000))
    changed = lengths.copy()
    changed[1234] += 1
    state = state_of(fastsamplers.BucketBatchSampler(changed, 4))
    check(lambda: fastsamplers.BucketBatchSampler(lengths, 4), [("fingerprint", state)], states)


def test_a_pending_seek_stays(name: str) -> None:
    whole = list(made(name))
    sampler = made(name)
    sampler.seek(3)
    iterator = iter(sampler)
    with pytest.raises(ValueError, match="version"):
        iterator.load_state_dict({"version": 2})
    assert list(iterator) == whole[3:]
