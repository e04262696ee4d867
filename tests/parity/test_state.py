"""state_dict() and load_state_dict(): a pass goes on in another sampler as if nothing had been.

What should come is what torch's sampler gives without an interruption, where torch has that
sampler: indices, the passes after the resumed one and the generators are held against torch.
"""

from __future__ import annotations

import copy
import hashlib
import io
import pickle
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.utils.data
from hypothesis import given, settings
from hypothesis import strategies as st

import fastsamplers
from fastsamplers import _parity

# One epoch is read more than once here.
pytestmark = pytest.mark.filterwarnings("ignore:.* for the second time, which gives the order")

PASSES = 4
N = 30


def library_of(kind: Any) -> Any:
    return torch.utils.data if kind.has_torchs else fastsamplers


def seeded(own: bool) -> torch.Generator | None:
    torch.default_generator.manual_seed(5)
    return torch.Generator().manual_seed(6) if own else None


def elsewhere(own: bool) -> torch.Generator | None:
    """Generators that a fresh process has left somewhere, with a normal in their pockets."""
    torch.default_generator.manual_seed(99)
    torch.randn(701)
    if not own:
        return None
    generator = torch.Generator().manual_seed(77)
    torch.randn(5, generator=generator)
    return generator


def uninterrupted(kind: Any, n: int, own: bool, tools: Any) -> tuple[Any, Any]:
    generator = seeded(own)
    made = kind.make(library_of(kind), n, generator)
    return tools.passes(made, range(PASSES)), tools.states(generator)


def require_states(tools: Any, generator: torch.Generator | None, final: list[str]) -> None:
    """The generator that is drawn from is where it would have been, the other where it stood."""
    own = generator is not None
    present = tools.states(generator)
    initial, stood = tools.states(seeded(own)), tools.states(elsewhere(own))
    for before, other, after, now in zip(initial, stood, final, present, strict=True):
        assert now in ([other, after] if after == before else [after])


def interrupted(
    kind: Any, n: int, own: bool, epoch: int, place: int, ended: bool, tools: Any
) -> tuple[list[Any], dict[str, Any]]:
    """The passes before ``epoch``, the first items of that pass, and its state then."""
    sampler = kind.make(fastsamplers, n, seeded(own))
    before = tools.passes(sampler, range(epoch))
    tools.to_epoch(sampler, epoch)
    iterator = iter(sampler)
    head = tools.read(iterator, place)
    if ended:
        assert next(iterator, "end") == "end"
    return [*before, head], iterator.state_dict()


@pytest.fixture(scope="session")
def tools(passes: Any, read: Any, states: Any) -> SimpleNamespace:
    def to_epoch(sampler: Any, epoch: int) -> None:
        for owner in (sampler, getattr(sampler, "sampler", None)):
            if hasattr(owner, "set_epoch"):
                owner.set_epoch(epoch)
                return

    def digests(generator: torch.Generator | None) -> list[str]:
        return [digest(state) for state in states(generator)]

    return SimpleNamespace(passes=passes, read=read, states=digests, to_epoch=to_epoch)


def places_of(length: int) -> Iterable[tuple[int, bool]]:
    for place in sorted({0, 1, length // 2, length - 1, length}):
        yield place, False
    yield length, True


@pytest.mark.parametrize("own", [False, True])
def test_a_pass_goes_on_in_another_sampler(kind, tools, own: bool) -> None:
    expected, final = uninterrupted(kind, N, own, tools)
    for epoch in (0, 1):
        for place, ended in places_of(len(expected[epoch])):
            had, state = interrupted(kind, N, own, epoch, place, ended, tools)
            assert had == [*expected[:epoch], expected[epoch][:place]]
            generator = elsewhere(own)
            sampler = kind.make(fastsamplers, N, generator)
            iterator = iter(sampler)
            iterator.load_state_dict(state)
            where = f"pass {epoch}, place {place}, ended {ended}"
            assert tools.read(iterator) == expected[epoch][place:], where
            assert next(iterator, "end") == "end"
            assert tools.passes(sampler, range(epoch + 1, PASSES)) == expected[epoch + 1 :], where
            require_states(tools, generator, final)


@pytest.mark.parametrize("own", [False, True])
def test_the_iterator_that_loads_may_have_been_read(kind, tools, own: bool) -> None:
    expected, final = uninterrupted(kind, N, own, tools)
    place = len(expected[0]) // 3
    for read in (1, len(expected[0]) // 2, len(expected[0]) + 1):
        _, state = interrupted(kind, N, own, 0, place, False, tools)
        generator = elsewhere(own)
        sampler = kind.make(fastsamplers, N, generator)
        iterator = iter(sampler)
        tools.read(iterator, read)
        iterator.load_state_dict(state)
        assert tools.read(iterator) == expected[0][place:]
        assert tools.passes(sampler, range(1, PASSES)) == expected[1:]
        require_states(tools, generator, final)


@settings(max_examples=8)
@given(
    n=st.integers(4, 60) | st.integers(600, 1300) | st.sampled_from([4096, 4097, 9000]),
    own=st.booleans(),
    cuts=st.lists(st.floats(0, 1), min_size=3, max_size=6),
)
def test_many_resumes_within_one_pass(kind, tools, n: int, own: bool, cuts: list[float]) -> None:
    expected, final = uninterrupted(kind, n, own, tools)
    length = len(expected[0])
    state = None
    had: list[Any] = []
    for place in sorted(int(cut * length) for cut in cuts):
        generator = seeded(own) if state is None else elsewhere(own)
        sampler = kind.make(fastsamplers, n, generator)
        iterator = iter(sampler)
        if state is not None:
            iterator.load_state_dict(through_a_file(state))
        had += tools.read(iterator, place - len(had))
        state = iterator.state_dict()
    assert had + tools.read(iterator) == expected[0]
    assert tools.passes(sampler, range(1, PASSES)) == expected[1:]
    require_states(tools, generator, final)


def through_a_file(state: dict[str, Any]) -> Any:
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def plain(state: Any) -> dict[str, Any]:
    return {
        name: digest(value.numpy().tobytes()) if isinstance(value, torch.Tensor) else value
        for name, value in state.items()
    }


def digest(content: bytes) -> str:
    """What differs need not be printed whole."""
    return hashlib.sha1(content).hexdigest()


@pytest.mark.parametrize("own", [False, True])
def test_what_is_loaded_is_the_state(kind, tools, own: bool) -> None:
    length = len(tools.read(kind.make(fastsamplers, N, seeded(own))))
    for place, ended in places_of(length):
        _, state = interrupted(kind, N, own, 1, place, ended, tools)
        kept = plain(state)
        iterator = iter(kind.make(fastsamplers, N, elsewhere(own)))
        iterator.load_state_dict(state)
        assert plain(iterator.state_dict()) == kept, (place, ended)
        tools.read(iterator)
        assert plain(state) == kept  # nobody writes into the state that was loaded


@pytest.mark.parametrize("own", [False, True])
def test_asking_for_a_state_changes_nothing(kind, tools, own: bool) -> None:
    expected, final = uninterrupted(kind, N, own, tools)
    generator = seeded(own)
    sampler = kind.make(fastsamplers, N, generator)
    for epoch in range(PASSES):
        tools.to_epoch(sampler, epoch)
        iterator = iter(sampler)
        iterator.state_dict()
        items = []
        while batch := tools.read(iterator, 1):
            before = tools.states(generator)
            assert plain(iterator.state_dict()) == plain(iterator.state_dict())
            assert tools.states(generator) == before
            items += batch
        iterator.state_dict()
        assert items == expected[epoch]
    assert tools.states(generator) == final


@pytest.mark.parametrize("own", [False, True])
def test_what_a_state_consists_of(kind, tools, own: bool) -> None:
    length = len(tools.read(kind.make(fastsamplers, N, seeded(own))))
    for place, ended in places_of(length):
        _, state = interrupted(kind, N, own, 1, place, ended, tools)
        assert type(state) is dict
        assert {type(name) for name in state} == {str}
        assert {type(value) for value in state.values()} <= {int, str, torch.Tensor}
        tensors = [value for value in state.values() if isinstance(value, torch.Tensor)]
        assert len(tensors) <= 1
        assert all(tensor.dtype is torch.uint8 for tensor in tensors)
        assert state["version"] == 1
        assert {"algorithm", "n", "position"} <= {*state}
        assert len(pickle.dumps(state)) < 8192
        for carried in (
            pickle.loads(pickle.dumps(state)),
            copy.deepcopy(state),
            through_a_file(state),
        ):
            assert plain(carried) == plain(state)
            iterator = iter(kind.make(fastsamplers, N, elsewhere(own)))
            iterator.load_state_dict(carried)
            assert plain(iterator.state_dict()) == plain(state)


class Sized:
    """A data set of any length, which costs nothing."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __len__(self) -> int:
        return self.n


LENGTHLESS = {
    "sequential": lambda n: fastsamplers.SequentialSampler(Sized(n)),
    "feistel": lambda n: fastsamplers.RandomSampler(Sized(n), algorithm="feistel"),
    "replaced": lambda n: fastsamplers.RandomSampler(Sized(n), True),
    "replaced, own": lambda n: fastsamplers.RandomSampler(
        Sized(n), True, generator=torch.Generator().manual_seed(1)
    ),
    "subset feistel": lambda n: fastsamplers.SubsetRandomSampler(range(n), algorithm="feistel"),
    "ranked feistel": lambda n: fastsamplers.DistributedSampler(
        Sized(n), 2, 1, algorithm="feistel"
    ),
    "ranked contiguous": lambda n: fastsamplers.DistributedSampler(
        Sized(n), 2, 1, False, layout="contiguous", padding="none"
    ),
}


@pytest.mark.parametrize("output", [None, "list", "numpy"])
@pytest.mark.parametrize("name", LENGTHLESS)
def test_a_state_does_not_grow_with_n(tools, name: str, output: str | None) -> None:
    taken = []
    for n in (10, 10**9):
        sampler = LENGTHLESS[name](n)
        if output is not None:
            sampler = fastsamplers.BatchSampler(sampler, 2, False, output=output)
        iterator = iter(sampler)
        tools.read(iterator, 2)
        taken.append(iterator.state_dict())
    small, large = taken
    assert [*small] == [*large]
    assert {name: type(value) for name, value in small.items()} == {
        name: type(value) for name, value in large.items()
    }
    # Larger ints take a few bytes more.
    assert len(pickle.dumps(large)) - len(pickle.dumps(small)) < 16
    assert len(pickle.dumps(large)) < 8192


def flat(items: list[Any]) -> list[int]:
    return [index for item in items for index in (item if isinstance(item, list) else [item])]


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("size", [1, 7, 64])
def test_blocks_go_on_too(kinds, tools, own: bool, size: int) -> None:
    for name, kind in kinds.items():
        if name.startswith("batches"):
            continue
        expected, final = uninterrupted(kind, N, own, tools)
        for place, ended in places_of(-(-len(expected[0]) // size)):
            blocks = kind.make(fastsamplers, N, seeded(own)).blocks(size)
            had = flat(tools.read(blocks, place))
            if ended:
                assert next(blocks, None) is None
            state = blocks.state_dict()
            generator = elsewhere(own)
            sampler = kind.make(fastsamplers, N, generator)
            blocks = sampler.blocks(size)
            blocks.load_state_dict(state)
            assert had + flat(tools.read(blocks)) == flat(expected[0]), (name, place, ended)
            assert tools.passes(sampler, range(1, PASSES)) == expected[1:]
            require_states(tools, generator, final)


@pytest.mark.parametrize("own", [False, True])
def test_a_state_goes_from_indices_to_batches_and_back(kinds, tools, own: bool) -> None:
    """It counts items, so that another batch size, or none, goes on from it as well."""
    for name, batched in (
        ("random", "batches: random, list"),
        ("replaced", "batches: replaced, torch"),
        ("ranked", "batches: ranked, list"),
        ("of array", "batches: of array, torch"),
    ):
        expected, _ = uninterrupted(kinds[name], N, own, tools)
        batches = iter(kinds[batched].make(fastsamplers, N, seeded(own)))
        had = flat(tools.read(batches, 2))
        items = iter(kinds[name].make(fastsamplers, N, elsewhere(own)))
        items.load_state_dict(batches.state_dict())
        had += tools.read(items, 1)
        batches = iter(kinds[batched].make(fastsamplers, N, elsewhere(own)))
        batches.load_state_dict(items.state_dict())
        assert had + flat(tools.read(batches)) == expected[0]


# Where the kernels do not serve, torch's own code does, and a pass is done again up to its place.
REPLAYED = (
    "random",
    "random, more",
    "replaced, more",
    "of list",
    "of tensor",
    "batches: random, list",
    "batches: random, torch, full",
    "batches: of list, numpy, full",
    "ranked",
    "ranked, cut",
)


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("name", REPLAYED)
def test_passes_that_torchs_own_code_serves(
    kinds, tools, monkeypatch: pytest.MonkeyPatch, name: str, own: bool
) -> None:
    monkeypatch.setattr(_parity, "holds", lambda *rules: False)
    kind = kinds[name]
    expected, final = uninterrupted(kind, N, own, tools)
    for epoch in (0, 1):
        for place, ended in places_of(len(expected[epoch])):
            had, state = interrupted(kind, N, own, epoch, place, ended, tools)
            assert had == [*expected[:epoch], expected[epoch][:place]]
            assert {type(value) for value in state.values()} <= {int, str, torch.Tensor}
            generator = elsewhere(own)
            sampler = kind.make(fastsamplers, N, generator)
            iterator = iter(sampler)
            iterator.load_state_dict(through_a_file(state))
            where = f"pass {epoch}, place {place}, ended {ended}"
            assert plain(iterator.state_dict()) == plain(state), where
            assert tools.read(iterator) == expected[epoch][place:], where
            assert tools.passes(sampler, range(epoch + 1, PASSES)) == expected[epoch + 1 :], where
            require_states(tools, generator, final)


class Doubled(fastsamplers.RandomSampler):
    """A subclass that iterates by itself: batches of it are made by torch's code."""

    def __iter__(self) -> Any:
        for index in super().__iter__():
            yield 2 * index


@pytest.mark.parametrize("output", ["list", "numpy", "torch"])
@pytest.mark.parametrize("own", [False, True])
def test_batches_of_a_subclass_that_iterates_itself(tools, own: bool, output: str) -> None:
    def make(generator: torch.Generator | None) -> Any:
        sampler = Doubled(range(N), generator=generator)
        return fastsamplers.BatchSampler(sampler, 4, False, output=output)

    generator = seeded(own)
    by_torch = torch.utils.data.RandomSampler(range(N), generator=generator)
    expected = [
        [
            [2 * index for index in batch]
            for batch in torch.utils.data.BatchSampler(by_torch, 4, False)
        ]
        for _ in range(2)
    ]
    final = tools.states(generator)
    for place, ended in places_of(len(expected[0])):
        iterator = iter(make(seeded(own)))
        assert tools.read(iterator, place) == expected[0][:place]
        if ended:
            assert next(iterator, "end") == "end"
        state = iterator.state_dict()
        generator = elsewhere(own)
        sampler = make(generator)
        iterator = iter(sampler)
        iterator.load_state_dict(state)
        assert tools.read(iterator) == expected[0][place:]
        assert tools.read(sampler) == expected[1]
        require_states(tools, generator, final)


@pytest.mark.parametrize("own", [False, True])
def test_weights_of_two_dimensions(tools, own: bool) -> None:
    """torch draws lists then."""

    def make(library: Any, generator: torch.Generator | None) -> Any:
        sampler = library.WeightedRandomSampler([0.1, 0.7, 0.4], 5, True, generator)
        sampler.weights = torch.tensor([[0.1, 0.7, 0.4], [0.5, 0.0, 0.5]]).double()
        return sampler

    generator = seeded(own)
    sampler = make(torch.utils.data, generator)
    expected = [list(sampler) for _ in range(2)]
    final = tools.states(generator)
    for place in range(3):
        iterator = iter(make(fastsamplers, seeded(own)))
        assert tools.read(iterator, place) == expected[0][:place]
        state = iterator.state_dict()
        generator = elsewhere(own)
        sampler = make(fastsamplers, generator)
        iterator = iter(sampler)
        iterator.load_state_dict(state)
        assert tools.read(iterator) == expected[0][place:]
        assert list(sampler) == expected[1]
        require_states(tools, generator, final)


@pytest.mark.parametrize("own", [False, True])
def test_another_default_device_around_the_rest(kinds, tools, own: bool) -> None:
    for name in ("random", "of list", "batches: random, list"):
        expected, final = uninterrupted(kinds[name], N, own, tools)
        _, state = interrupted(kinds[name], N, own, 0, 5, False, tools)
        generator = elsewhere(own)
        sampler = kinds[name].make(fastsamplers, N, generator)
        with torch.device("cpu"):
            iterator = iter(sampler)
            iterator.load_state_dict(state)
            assert tools.read(iterator) == expected[0][5:]
            assert tools.passes(sampler, range(1, PASSES)) == expected[1:]
        require_states(tools, generator, final)
