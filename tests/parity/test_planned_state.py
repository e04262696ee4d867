"""A pass over batches by length goes on in another sampler as if nothing had been."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch

import fastsamplers
from tests.parity.plans import FEW, PLANNED, PlannedKind, all_indices, some_lengths

# One epoch is read more than once here.
pytestmark = pytest.mark.filterwarnings("ignore:.* for the second time, which gives the order")

LENGTHS = some_lengths(90)
EPOCHS = 3
# Options of a sampler, but for its generator.
OPTIONS: dict[str, dict[str, Any]] = {
    "alone": {},
    "full batches": {"drop_last": True, "seed": 2**63 + 5},
    "in order": {"shuffle": False},
    "one of three": {"num_replicas": 3, "rank": 1, "seed": 4},
    "one of five, full": {"num_replicas": 5, "rank": 4, "drop_last": True},
}


@pytest.fixture(params=PLANNED.values(), ids=PLANNED)
def planned(request: pytest.FixtureRequest) -> PlannedKind:
    return request.param


@pytest.fixture(params=OPTIONS.values(), ids=OPTIONS)
def options(request: pytest.FixtureRequest) -> dict[str, Any]:
    return request.param


def passes(sampler: Any, epochs: range) -> list[list[Any]]:
    outcome = []
    for epoch in epochs:
        sampler.set_epoch(epoch)
        outcome.append(list(sampler))
    return outcome


def places_of(length: int, step: int = 1) -> list[tuple[int, bool]]:
    """(batches given, whether the pass has noticed its end)"""
    return [*((place, False) for place in (*range(0, length, step), length)), (length, True)]


def taken_at(sampler: Any, epoch: int, place: int, ended: bool, read: Any) -> dict[str, Any]:
    sampler.set_epoch(epoch)
    iterator = iter(sampler)
    read(iterator, place)
    if ended:
        assert next(iterator, None) is None
    return iterator.state_dict()


def test_at_every_batch(planned, options, read) -> None:
    expected = passes(planned.make(LENGTHS, **options), range(EPOCHS))
    for epoch in (0, 1):
        for place, ended in places_of(len(expected[epoch])):
            state = taken_at(planned.make(LENGTHS, **options), epoch, place, ended, read)
            assert {type(value) for value in state.values()} <= {int, str}
            carried = json.loads(json.dumps(state))
            fresh = planned.make(LENGTHS, **options)
            iterator = iter(fresh)
            iterator.load_state_dict(carried)
            assert fresh.epoch == epoch
            assert iterator.state_dict() == state
            assert read(iterator) == expected[epoch][place:]
            assert carried == state
            assert passes(fresh, range(epoch + 1, EPOCHS)) == expected[epoch + 1 :]


@pytest.mark.parametrize("world", [1, 3])
def test_with_a_generator(planned, read, states, world: int) -> None:
    """It goes where it would have been: the passes after the resumed one are the same."""
    options = {"num_replicas": world, "rank": world - 1}

    def made(seed: int) -> tuple[torch.Generator, Any]:
        generator = torch.Generator().manual_seed(seed)
        return generator, planned.make(LENGTHS, generator=generator, **options)

    generator, sampler = made(6)
    expected = [list(sampler) for _ in range(EPOCHS)]
    final = states(generator)
    for epoch in (0, 1):
        for place, ended in places_of(len(expected[0]), 5):
            _, sampler = made(6)
            assert [list(sampler) for _ in range(epoch)] == expected[:epoch]
            iterator = iter(sampler)
            read(iterator, place)
            if ended:
                assert next(iterator, None) is None
            state = pickle.loads(pickle.dumps(iterator.state_dict()))
            assert [type(value) for value in state.values()].count(torch.Tensor) == 1
            generator, fresh = made(77)
            torch.randn(3, generator=generator)
            iterator = iter(fresh)
            iterator.load_state_dict(state)
            assert read(iterator) == expected[epoch][place:]
            assert [list(fresh) for _ in range(epoch + 1, EPOCHS)] == expected[epoch + 1 :]
            is_same = states(generator) == final
            assert is_same


def test_many_resumes_within_one_pass(planned, options, read) -> None:
    expected = list(planned.make(LENGTHS, **options))
    state, had = None, []
    for steps in (0, 1, 0, 2, 3, 1, len(expected)):
        iterator = iter(planned.make(LENGTHS, **options))
        if state is not None:
            iterator.load_state_dict(state)
        had += read(iterator, steps)
        state = iterator.state_dict()
    assert had == expected


def test_the_iterator_that_loads_may_have_been_read(planned, options, read) -> None:
    sampler = planned.make(LENGTHS, **options)
    expected = list(sampler)
    state = taken_at(sampler, 0, 2, False, read)
    for steps in (1, len(expected), len(expected) + 1):
        iterator = iter(planned.make(LENGTHS, **options))
        read(iterator, steps)
        iterator.load_state_dict(state)
        assert read(iterator) == expected[2:]


COPIES: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda sampler: pickle.loads(pickle.dumps(sampler)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("name", [name for name in PLANNED if name != "quadratic"])
def test_copies(name: str, how: str, read) -> None:
    """They carry configuration, epoch and a seek that is pending; not what a pass has made."""
    generator = torch.Generator().manual_seed(3)
    for given in ({}, {"num_replicas": 2, "rank": 1}, {"generator": generator}):
        sampler = PLANNED[name].make(LENGTHS, seed=8, drop_last=True, **given)
        sampler.remark = ["kept"]
        assert len(pickle.dumps(sampler)) < len(pickle.dumps(LENGTHS)) + 6500
        sampler.set_epoch(1)
        sampler.seek(2)
        duplicate = COPIES[how](sampler)
        assert repr(duplicate).split("generator")[0] == repr(sampler).split("generator")[0]
        assert duplicate.remark == ["kept"]
        if how == "copy":  # shares the generator, and the next pass of both
            generator.manual_seed(3)
        first = list(duplicate)
        generator.manual_seed(3)
        assert list(sampler) == first
        if how != "copy":
            assert passes(duplicate, range(2)) == passes(sampler, range(2))
        state = taken_at(sampler, 1, 3, False, read)
        iterator = iter(COPIES[how](sampler))
        iterator.load_state_dict(state)
        resumed = iter(sampler)
        resumed.load_state_dict(state)
        assert read(iterator) == read(resumed)


def test_a_used_sampler_pickles_no_larger(planned) -> None:
    if planned is PLANNED["quadratic"]:
        planned = PLANNED["tokens"]
    sampler = planned.make(LENGTHS, num_replicas=2)
    before = len(pickle.dumps(sampler))
    list(sampler)
    sampler.set_epoch(0)
    assert len(pickle.dumps(sampler)) <= before + 40


# seek()


def test_seek(planned, options) -> None:
    expected = passes(planned.make(LENGTHS, **options), range(EPOCHS))
    length = len(expected[0])
    for place in {0, 1, length // 2, length - 1, length}:
        sampler = planned.make(LENGTHS, **options)
        sampler.seek(place)
        assert passes(sampler, range(EPOCHS)) == [expected[0][place:], *expected[1:]]
        sampler.set_epoch(0)
        sampler.seek(length)
        sampler.seek(place)
        blocks = [block.tolist() for block in sampler.blocks(3)]
        assert [index for block in blocks for index in block] == all_indices(expected[0][place:])


def test_a_seek_is_part_of_the_state(planned, options, read) -> None:
    """Also before the first batch is asked for."""
    sampler = planned.make(LENGTHS, **options)
    expected = list(sampler)
    place = min(3, len(expected))
    for steps in (0, 1):
        sampler.seek(place)
        iterator = iter(sampler)
        assert read(iterator, steps) == expected[place : place + steps]
        fresh = planned.make(LENGTHS, **options)
        fresh.seek(1)  # which a state that is loaded replaces
        resumed = iter(fresh)
        resumed.load_state_dict(iterator.state_dict())
        assert read(resumed) == expected[place + steps :]
        assert list(fresh) == expected
        sampler.seek(0)


def test_positions_that_are_none(planned, options) -> None:
    sampler = planned.make(LENGTHS, **options)
    length = len(sampler)
    sampler.seek(1)
    for wrong in (-1, length + 1, 10**30):
        with pytest.raises(ValueError, match=rf"position should be in \[0, {length}\], but got"):
            sampler.seek(wrong)
    for other in (1.0, "1", None):
        with pytest.raises(TypeError, match="position should be an int"):
            sampler.seek(other)
    like = planned.make(LENGTHS, **options)
    assert list(sampler) == list(like)[1:]  # what was refused has changed nothing


def test_asking_for_a_state_changes_nothing(planned, options, read) -> None:
    sampler = planned.make(LENGTHS, **options)
    expected = list(sampler)
    iterator = iter(sampler)
    got = []
    while True:
        assert iterator.state_dict() == iterator.state_dict()
        batch = next(iterator, None)
        if batch is None:
            break
        got.append(batch)
    assert got == expected
    assert iterator.state_dict()["ended"] == 1


@pytest.mark.parametrize("name", FEW)
def test_the_state_is_small(name: str, read) -> None:
    sizes = []
    for n in (90, 20_000):
        sampler = PLANNED[name].make(some_lengths(n), num_replicas=3)
        sizes.append(len(pickle.dumps(taken_at(sampler, 1, 5, False, read))))
    assert sizes[1] - sizes[0] < 32
    assert sizes[1] < 600


CHILD = """
import json, sys
import tests.parity.plans as plans
outcomes = []
for name, options, epoch, state in json.loads(sys.argv[1]):
    sampler = plans.PLANNED[name].make(plans.some_lengths(90), **options)
    iterator = iter(sampler)
    iterator.load_state_dict(state)
    rest = list(iterator)
    sampler.set_epoch(epoch + 1)
    outcomes.append([rest, list(sampler)])
print(json.dumps(outcomes))
"""


def test_in_another_process(run_child, read) -> None:
    options = OPTIONS["one of three"]
    cases, expected = [], []
    for name in FEW:
        sampler = PLANNED[name].make(LENGTHS, **options)
        _, second, third = passes(sampler, range(EPOCHS))
        expected.append([second[3:], third])
        cases.append([name, options, 1, taken_at(sampler, 1, 3, False, read)])
    assert json.loads(run_child(CHILD, json.dumps(cases))) == expected


def test_samplers_go_through_batches_of_ours() -> None:
    """A plan is no order of indices: BatchSampler over it makes batches of batches, as torch's."""
    sampler = fastsamplers.BucketBatchSampler(LENGTHS, 4)
    batches = list(fastsamplers.BatchSampler(sampler, 3, False))
    expected = list(sampler)
    assert [batch for group in batches for batch in group] == expected
