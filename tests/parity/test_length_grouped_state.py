"""Passes of LengthGroupedSampler: states, seek, blocks, copies, and states that are refused."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import fastsamplers
from fastsamplers import _parity

trainer = pytest.importorskip("transformers.trainer_pt_utils")

N = 90
LENGTHS = np.random.default_rng(1).integers(1, 20, N).tolist()
PASSES = 3
PLACES = sorted({0, 1, 2, N // 2, N - 1, N})


def seeded(own: bool, seed: int = 5) -> torch.Generator | None:
    torch.default_generator.manual_seed(seed)
    return torch.Generator().manual_seed(seed + 1) if own else None


def ours(generator: torch.Generator | None, lengths: Any = LENGTHS, batch_size: int = 4) -> Any:
    return fastsamplers.LengthGroupedSampler(batch_size, lengths=lengths, generator=generator)


@pytest.fixture(params=[False, True], ids=["global", "own"])
def own(request: pytest.FixtureRequest) -> bool:
    return request.param


@pytest.fixture(params=["kernels", "torch's randperm"], autouse=True)
def served(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything here holds where torch has to draw the permutation, too."""
    if request.param != "kernels":
        monkeypatch.setattr(_parity, "holds", lambda *rules: False)


@pytest.fixture
def expected(own: bool, states: Any) -> tuple[list[list[int]], list[bytes]]:
    """The original's passes, and the generators after them."""
    generator = seeded(own)
    original = trainer.LengthGroupedSampler(4, lengths=LENGTHS, generator=generator)
    return [list(original) for _ in range(PASSES)], states(generator)


def require(states: Any, generator: torch.Generator | None, final: list[bytes]) -> None:
    """The generator that is drawn from stands where it would have stood."""
    is_same = states(generator)[-1] == final[-1]
    assert is_same


@pytest.mark.parametrize("epoch", [0, 1])
def test_a_pass_goes_on_in_another_sampler(own, expected, read, states, epoch: int) -> None:
    whole, final = expected
    for place, ended in [*((place, False) for place in PLACES), (N, True)]:
        sampler = ours(seeded(own))
        assert [list(sampler) for _ in range(epoch)] == whole[:epoch]
        iterator = iter(sampler)
        assert read(iterator, place) == whole[epoch][:place]
        if ended:
            assert next(iterator, None) is None
        state = pickle.loads(pickle.dumps(iterator.state_dict()))
        generator = seeded(own, 77)
        torch.randn(3, generator=generator)
        fresh = ours(generator)
        resumed = iter(fresh)
        resumed.load_state_dict(state)
        assert {**resumed.state_dict(), "generator": None} == {**state, "generator": None}
        assert torch.equal(resumed.state_dict()["generator"], state["generator"])
        assert read(resumed) == whole[epoch][place:]
        assert [list(fresh) for _ in range(epoch + 1, PASSES)] == whole[epoch + 1 :]
        require(states, generator, final)


def test_asking_for_a_state_changes_nothing(own, expected, states) -> None:
    whole, final = expected
    generator = seeded(own)
    sampler = ours(generator)
    for epoch in range(PASSES):
        iterator = iter(sampler)
        got = []
        iterator.state_dict()
        for index in iterator:
            got.append(index)
            iterator.state_dict()
        assert got == whole[epoch]
    require(states, generator, final)


def test_several_resumes_within_one_pass(own, expected, read, states) -> None:
    whole, final = expected
    state, had = None, []
    for steps in (0, 1, 40, 0, 17, N):
        generator = seeded(own) if state is None else seeded(own, 99)
        sampler = ours(generator)
        iterator = iter(sampler)
        if state is not None:
            iterator.load_state_dict(state)
        had += read(iterator, steps)
        state = iterator.state_dict()
    assert had == whole[0]
    assert [list(sampler) for _ in range(1, PASSES)] == whole[1:]
    require(states, generator, final)


def test_seek(own, expected, states) -> None:
    whole, final = expected
    for place in PLACES:
        generator = seeded(own)
        sampler = ours(generator)
        sampler.seek(place)
        assert [list(sampler) for _ in range(PASSES)] == [whole[0][place:], *whole[1:]]
        require(states, generator, final)
        # A state that is taken before the first index knows of it.
        sampler = ours(seeded(own))
        sampler.seek(place)
        state = iter(sampler).state_dict()
        resumed = iter(ours(seeded(own, 99)))
        resumed.load_state_dict(state)
        assert list(resumed) == whole[0][place:]
    with pytest.raises(ValueError, match=f"position should be in .*position={N + 1}"):
        sampler.seek(N + 1)


@pytest.mark.parametrize("size", [1, 7, N - 1, N, 65536])
def test_blocks(own, expected, states, size: int) -> None:
    whole, final = expected
    generator = seeded(own)
    sampler = ours(generator)
    for epoch in range(PASSES):
        blocks = list(sampler.blocks(size))
        assert {block.dtype for block in blocks} == {np.dtype(np.int64)}
        assert [len(block) for block in blocks[:-1]] == [size] * (len(blocks) - 1)
        assert np.concatenate(blocks).tolist() == whole[epoch]
    require(states, generator, final)


COPIES: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda sampler: pickle.loads(pickle.dumps(sampler)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("lengths", [LENGTHS, np.array(LENGTHS), torch.tensor(LENGTHS)], ids=type)
@pytest.mark.parametrize("how", COPIES)
def test_copies(own, expected, how: str, lengths: Any) -> None:
    whole, _ = expected
    sampler = ours(seeded(own), lengths)
    sampler.remark = "kept"
    sampler.seek(5)
    duplicate = COPIES[how](sampler)
    assert type(duplicate) is fastsamplers.LengthGroupedSampler
    assert duplicate.remark == "kept"
    assert len(duplicate) == N
    assert [list(duplicate) for _ in range(PASSES)] == [whole[0][5:], *whole[1:]]
    assert repr(duplicate).split("generator")[0] == repr(sampler).split("generator")[0]


def test_a_pass_under_way_is_not_changed_by_another(own, expected, read) -> None:
    """The permutation is drawn at iter(): what is drawn meanwhile does not matter."""
    whole, _ = expected
    sampler = ours(seeded(own))
    first = iter(sampler)
    second = iter(sampler)
    head = read(second, 5)
    assert read(first) == whole[0]
    assert head + read(second) == whole[1]
    assert list(sampler) == whole[2]


def test_the_state_is_small(read) -> None:
    sizes = []
    for n in (90, 90_000):
        lengths = np.random.default_rng(1).integers(1, 20, n)
        iterator = iter(ours(torch.Generator().manual_seed(1), lengths))
        read(iterator, 5)
        state = iterator.state_dict()
        assert {type(value) for value in state.values()} == {int, str, torch.Tensor}
        sizes.append(len(pickle.dumps(state)))
    assert sizes[1] - sizes[0] < 16


def changed(name: str, value: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda state: {**state, name: value}


REFUSED: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {
    "no dict": ("state", lambda state: [state]),
    "no version": ("'version'", lambda state: {}),
    "a version to come": ("version", changed("version", 2)),
    "another algorithm": ("algorithm", changed("algorithm", "torch.randperm")),
    "other lengths": ("fingerprint", changed("fingerprint", "00")),
    "more": ("n of the state", changed("n", N + 1)),
    "other batches": ("batch_size", changed("batch_size", 5)),
    "before the start": ("position", changed("position", -1)),
    "beyond the end": ("position", changed("position", N + 1)),
    "a flag": ("ended", changed("ended", 2)),
    "a seed": ("seed", changed("seed", 3)),
    "no generator": ("generator", changed("generator", None)),
    "a damaged generator": ("generator", changed("generator", torch.zeros(9, dtype=torch.uint8))),
    "a float": ("position", changed("position", 2.0)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_states_that_do_not_fit(own, expected, read, states, name: str) -> None:
    whole, final = expected
    field, change = REFUSED[name]
    generator = seeded(own)
    sampler = ours(generator)
    iterator = iter(sampler)
    head = read(iterator, 4)
    wrong = change(iterator.state_dict())
    before = states(generator)
    with pytest.raises(ValueError, match=field):
        iterator.load_state_dict(wrong)
    unchanged = states(generator) == before
    assert unchanged
    assert head + read(iterator) == whole[0]
    assert [list(sampler) for _ in range(1, PASSES)] == whole[1:]
    require(states, generator, final)


OTHERS: dict[str, tuple[str, Callable[[], Any]]] = {
    "another n": ("n of the state", lambda: ours(seeded(True), LENGTHS[:-1])),
    "other lengths": ("fingerprint", lambda: ours(seeded(True), [*LENGTHS[:-1], 21])),
    "another batch size": ("batch_size", lambda: ours(seeded(True), LENGTHS, 5)),
    "another sampler": (
        "algorithm",
        lambda: fastsamplers.RandomSampler(range(N), generator=seeded(True)),
    ),
    "batches": ("of the state|should have", lambda: fastsamplers.BucketBatchSampler(LENGTHS, 4)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_states_of_other_samplers(read, name: str) -> None:
    field, make = OTHERS[name]
    for mine, other in ((ours(seeded(True)), make()), (make(), ours(seeded(True)))):
        taken = iter(other)
        read(taken, 3)
        iterator = iter(mine)
        with pytest.raises(ValueError, match=field):
            iterator.load_state_dict(taken.state_dict())


def test_through_batches_a_state_goes_too(own, expected, read) -> None:
    whole, _ = expected
    batches = iter(fastsamplers.BatchSampler(ours(seeded(own)), 4, False))
    head = read(batches, 3)
    fresh = iter(fastsamplers.BatchSampler(ours(seeded(own, 8)), 4, False))
    fresh.load_state_dict(batches.state_dict())
    rest = read(fresh)
    assert [index for batch in head + rest for index in batch] == whole[0]


@pytest.mark.parametrize("change", ["batch_size", "none at all", "reversed", "shorter", "empty"])
def test_what_is_assigned_after_iter_is_for_the_next_pass(change: str) -> None:
    lengths = np.arange(1, 31)

    def make() -> Any:
        generator = torch.Generator().manual_seed(1)
        return fastsamplers.LengthGroupedSampler(2, lengths=lengths, generator=generator)

    expected = list(make())
    sampler = make()
    iterator = iter(sampler)
    if change in ("batch_size", "none at all"):
        sampler.batch_size = 7 if change == "batch_size" else 0
    else:
        others = {"reversed": lengths[::-1], "shorter": lengths[:9], "empty": lengths[:0]}
        sampler.lengths = others[change]
    assert list(iterator) == expected
