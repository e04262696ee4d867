"""States that do not fit: ValueError with the field's name, and nothing has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

import fastsamplers

# One epoch is read more than once here.
pytestmark = pytest.mark.filterwarnings("ignore:.* for the second time, which gives the order")

N = 30
PLACE = 2


def seeded(own: bool, seed: int) -> torch.Generator | None:
    torch.default_generator.manual_seed(seed)
    return torch.Generator().manual_seed(seed + 1) if own else None


def taken_from(make: Callable[..., Any], own: bool, n: int = N) -> dict[str, Any]:
    """The state of a pass after ``PLACE`` items of its second epoch."""
    sampler = make(fastsamplers, n, seeded(own, 5))
    list(sampler)
    iterator = iter(sampler)
    for _ in range(PLACE):
        next(iterator)
    return iterator.state_dict()


class Watched:
    """A pass in which a state is refused, beside one in which nothing is asked for."""

    def __init__(self, make: Callable[..., Any], own: bool, read: Any, states: Any) -> None:
        self.make, self.own, self.read, self.states = make, own, read, states

    def start(self, place: int) -> tuple[torch.Generator | None, Any, Any]:
        generator = seeded(self.own, 11)
        sampler = self.make(fastsamplers, N, generator)
        iterator = iter(sampler)
        self.read(iterator, place)
        return generator, sampler, iterator

    def rest(self, generator: torch.Generator | None, sampler: Any, iterator: Any) -> list[Any]:
        outcome = [self.read(iterator), self.digests(generator)]
        for _ in range(2):
            outcome += [self.read(sampler), self.digests(generator)]
        return outcome

    def digests(self, generator: torch.Generator | None) -> list[str]:
        return [hashlib.sha1(state).hexdigest() for state in self.states(generator)]

    def check(self, cases: list[tuple[str, Any]]) -> None:
        """Each case is the name that the error should tell, and a state."""
        for place in (0, 2):
            expected = self.rest(*self.start(place))
            for name, state in cases:
                generator, sampler, iterator = self.start(place)
                before = self.digests(generator)
                text = f"{name}: {describe(state)}"
                with pytest.raises(ValueError) as error:  # noqa: PT011, PT012
                    iterator.load_state_dict(state)
                    pytest.fail(f"{text} is accepted", pytrace=False)
                assert name in str(error.value), text
                assert self.digests(generator) == before, text
                assert self.rest(generator, sampler, iterator) == expected, text


def describe(state: Any) -> str:
    if not isinstance(state, dict):
        return repr(state)
    return str({key: value for key, value in state.items() if not isinstance(value, torch.Tensor)})


@pytest.fixture(params=[False, True], ids=["global", "own"])
def own(request: pytest.FixtureRequest) -> bool:
    return request.param


@pytest.fixture
def watched(kind, own: bool, read, states) -> Watched:
    return Watched(kind.make, own, read, states)


def test_the_state_itself_is_accepted(kind, own: bool, watched: Watched) -> None:
    """Or nothing below would say anything."""
    _, _, iterator = watched.start(2)
    iterator.load_state_dict(taken_from(kind.make, own))


def test_fields_that_are_missing(kind, own: bool, watched: Watched) -> None:
    state = taken_from(kind.make, own)
    watched.check(
        [(f"'{name}'" if name != "layout" else name, without(state, name)) for name in state]
    )


def without(state: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in state.items() if key != name}


def test_fields_of_another_type(kind, own: bool, watched: Watched) -> None:
    state = taken_from(kind.make, own)
    cases: list[tuple[str, Any]] = []
    for name, value in state.items():
        others: list[Any] = [None, "x", 2.5, [], {}, b"1", object()]
        if type(value) is int:
            others += [float(value), str(value), np.int64(value), True, 1j]
        elif type(value) is str:
            others += [value.encode(), 0, [value]]
        else:
            others += [0, True, "generator"]
        cases += [(name, {**state, name: other}) for other in others]
    watched.check(cases)


VALUES: dict[str, list[Any]] = {
    "version": [0, 2, -1, 10**30, "1", True],
    "algorithm": ["", "torch", "feistel", "torch.randperm2", "Torch.randperm"],
    "n": [0, -1, N - 1, N + 1, 10**30],
    "num_samples": [0, -1, 1, 10**30],
    "position": [-1, -(10**30), 10**6, 2**63, 2**64, 10**30],
    "fingerprint": ["", "00", "0" * 32, "0" * 64],
    "layout": ["", "interleaved", "other"],
    "taken": ["x", "3", "3x", "x3", "3x3,", "0x3", "-1x3", "3x-1", "3x31", "3x3x3", "1e1x3"],
    "ended": [2, -1, 10**30],
}


def test_fields_of_another_value(kind, own: bool, watched: Watched) -> None:
    state = taken_from(kind.make, own)
    cases = [
        (name, {**state, name: value})
        for name in state
        for value in VALUES.get(name, [])
        if value != state[name] or type(value) is bool
    ]
    cases += [("ended", {**state, "ended": value}) for value in VALUES["ended"]]
    if "seed" in state:
        is_key = "generator" in state  # any seed that torch could draw is as good as another
        others = [2**63, -(2**63) - 1, 10**30] if is_key else [state["seed"] + 1, -1]
        cases += [("seed", {**state, "seed": value}) for value in others]
    if "epoch" in state:
        cases += [("epoch", {**state, "epoch": value}) for value in (2**64, -(2**63) - 1, 10**30)]
    watched.check(cases)


def test_positions_just_beyond_the_end(kind, own: bool, watched: Watched) -> None:
    sampler = kind.make(fastsamplers, N, seeded(own, 5))
    iterator = iter(sampler)
    for _ in iterator:
        pass
    state = without(iterator.state_dict(), "ended")
    if "taken" in state:
        # More than a rank's run has.
        longest = -(-N // 3)
        watched.check(
            [
                ("taken", {**state, "taken": f"3x{had}", "position": 3 * had})
                for had in (longest + 1, N)
            ]
        )
        return
    most = max(state["position"], state.get("num_samples", state["n"]))
    watched.check([("position", {**state, "position": most + by}) for by in (1, 2)])


def test_damaged_generator_states(kind, own: bool, watched: Watched) -> None:
    state = taken_from(kind.make, own)
    if "generator" not in state:  # it draws from no generator of the user's
        return
    whole = state["generator"]
    random = torch.randint(256, (len(whole),), generator=torch.Generator().manual_seed(1))
    damaged = [
        whole[:-1],
        whole[:0],
        torch.cat([whole, whole[:1]]),
        torch.zeros_like(whole),
        torch.full_like(whole, 255),
        random.to(torch.uint8),
        whole.numpy().tobytes(),
    ]
    watched.check([("generator", {**state, "generator": value}) for value in damaged])


def test_generator_states_of_another_dtype_or_shape(kinds, read, states, own: bool) -> None:
    for name in (
        "random",
        "replaced",
        "weighted float64",
        "random feistel",
        "batches of a list, list",
    ):
        state = taken_from(kinds[name].make, own)
        whole = state["generator"]
        watched = Watched(kinds[name].make, own, read, states)
        for value in (whole.reshape(2, -1), whole.to(torch.float32) + 0.5):
            watched.check([("generator", {**state, "generator": value})])


@pytest.mark.parametrize(
    "state", [None, 0, 1.5, "state", b"state", [], (), [("version", 1)], object(), torch.zeros(3)]
)
def test_what_is_no_state(kinds, read, states, own: bool, state: Any) -> None:
    for kind in kinds.values():
        Watched(kind.make, own, read, states).check([("state", state)])


def test_an_empty_state(watched: Watched) -> None:
    watched.check([("version", {})])


def changed() -> Iterator[tuple[str, str, Callable[..., Any], Callable[..., Any]]]:
    """A field, what differs, and two samplers that differ in it alone."""
    yield (
        "n",
        "n",
        lambda of, n, g: of.RandomSampler(range(n), False, 20, g),
        lambda of, n, g: of.RandomSampler(range(n + 1), False, 20, g),
    )
    for replacement in (False, True):
        yield (
            "num_samples",
            f"num_samples, replacement {replacement}",
            lambda of, n, g, r=replacement: of.RandomSampler(range(n), r, 20, g),
            lambda of, n, g, r=replacement: of.RandomSampler(range(n), r, 21, g),
        )
        yield (
            "fingerprint",
            f"weights, replacement {replacement}",
            lambda of, n, g, r=replacement: of.WeightedRandomSampler([1.0] * n, 20, r, g),
            lambda of, n, g, r=replacement: of.WeightedRandomSampler(
                [1.0] * (n - 1) + [2.0], 20, r, g
            ),
        )
    yield (
        "algorithm",
        "replacement",
        lambda of, n, g: of.RandomSampler(range(n), False, 20, g),
        lambda of, n, g: of.RandomSampler(range(n), True, 20, g),
    )
    yield (
        "algorithm",
        "algorithm",
        lambda of, n, g: of.RandomSampler(range(n), False, 20, g),
        lambda of, n, g: of.RandomSampler(range(n), False, 20, g, algorithm="feistel"),
    )
    for make in (list, np.array, torch.tensor):
        yield (
            "fingerprint",
            f"indices in a {make.__name__}",
            lambda of, n, g, make=make: of.SubsetRandomSampler(make([*range(n)]), g),
            lambda of, n, g, make=make: of.SubsetRandomSampler(make([*range(1, n + 1)]), g),
        )
    for algorithm in ("torch", "feistel"):
        for field, options in (
            ("seed", {"seed": 1}),
            ("layout", {"layout": "contiguous"}),
            ("algorithm", {"shuffle": False}),
            ("algorithm", {"algorithm": "torch" if algorithm == "feistel" else "feistel"}),
        ):
            yield (
                field,
                f"ranked {algorithm}, {options}",
                lambda of, n, g, a=algorithm: of.DistributedSampler(range(n), 2, 0, algorithm=a),
                lambda of, n, g, a=algorithm, o=options: of.DistributedSampler(
                    range(n), 2, 0, **{"algorithm": a, **o}
                ),
            )


@pytest.mark.parametrize("case", [*changed()], ids=lambda case: case[1])
def test_samplers_that_differ_in_one_field(read, states, own: bool, case: Any) -> None:
    field, _, one, other = case
    for given, taken in ((one, other), (other, one)):
        state = taken_from(taken, own)
        Watched(given, own, read, states).check([(field, state)])


# No two of them tell the same pass.
OTHERS = (
    "sequential",
    "random",
    "replaced",
    "of list",
    "weighted float64",
    "chosen float64",
    "ranked",
    "ranked feistel, none, contiguous",
    "ranked weighted",
    "random feistel",
    "of list feistel",
    "batches of a list, list",
    "batches of torch's, numpy",
    "batches of torch's weighted, torch",
)


@pytest.mark.parametrize("name", OTHERS)
def test_states_of_other_kinds(kinds, read, states, own: bool, name: str) -> None:
    others = [taken_from(kinds[other].make, own) for other in OTHERS if other != name]
    Watched(kinds[name].make, own, read, states).check([("state", state) for state in others])


@pytest.mark.parametrize("name", ["random", "random, more", "replaced", "replaced, more"])
def test_the_global_generators_pass_is_not_that_of_an_own_one(
    kinds, read, states, name: str
) -> None:
    """The one is drawn from a seed that the generator gave, the other from the generator."""
    for own in (False, True):
        field = "generator" if own else "seed"
        state = taken_from(kinds[name].make, not own)
        Watched(kinds[name].make, own, read, states).check([(field, state)])


def test_a_pending_seek_stays(kinds, read, own: bool) -> None:
    for name in ("sequential", "random", "replaced", "of list", "weighted float32", "ranked"):
        for batched in (False, True):
            outcomes = []
            for load in (False, True):
                sampler = kinds[name].make(fastsamplers, N, seeded(own, 5))
                if batched:
                    sampler = fastsamplers.BatchSampler(sampler, 2, False)
                sampler.seek(2)
                iterator = iter(sampler)
                if load:
                    with pytest.raises(ValueError, match="version"):
                        iterator.load_state_dict({"version": 2})
                    with pytest.raises(ValueError, match="position"):
                        iterator.load_state_dict({**iterator.state_dict(), "position": -1})
                outcomes.append([read(iterator), read(sampler)])
            assert outcomes[0] == outcomes[1]


def test_a_state_that_is_refused_ends_nothing(kinds, read, own: bool) -> None:
    """An iterator that has ended stays so."""
    sampler = kinds["random"].make(fastsamplers, N, seeded(own, 5))
    iterator = iter(sampler)
    assert len(read(iterator)) == N
    with pytest.raises(ValueError, match="n of the state"):
        iterator.load_state_dict({**iterator.state_dict(), "n": N + 1})
    assert next(iterator, "end") == "end"
    assert iterator.state_dict()["ended"] == 1
