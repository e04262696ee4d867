"""States of loaders before a pass that was sought: on other ranks, within samplers of others."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
import torch.utils.data

import fastsamplers

N = 10


def generator(seed: int = 5) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def ours() -> Any:
    return fastsamplers.RandomSampler(range(N), generator=generator())


def loader_of(sampler: Any) -> Any:
    if isinstance(sampler, torch.utils.data.BatchSampler):
        return fastsamplers.DataLoader(list(range(N)), batch_sampler=sampler, collate_fn=list)
    return fastsamplers.DataLoader(list(range(N)), None, sampler=sampler)


RANKED: dict[str, Callable[[int, int, str], Any]] = {
    "distributed": lambda ranks, rank, layout: fastsamplers.DistributedSampler(
        range(N), ranks, rank, seed=3, padding="none", layout=layout
    ),
    "wrapper": lambda ranks, rank, layout: fastsamplers.DistributedSamplerWrapper(
        ours(), ranks, rank, padding="none", layout=layout
    ),
}


@pytest.mark.parametrize("name", RANKED)
@pytest.mark.parametrize("layout", ["interleaved", "contiguous"])
@pytest.mark.parametrize(("before", "after"), [(2, 3), (3, 2), (2, 2), (3, 3), (1, 4), (4, 1)])
def test_what_was_sought_on_other_ranks(name: str, layout: str, before: int, after: int) -> None:
    make = RANKED[name]
    for sought in range(N // before + 1):
        rest: list[int] = []
        for rank in range(before):
            sampler = make(before, rank, layout)
            sampler.seek(min(sought, len(sampler)))
            loader = loader_of(sampler)
            if rank == 0:
                state = loader.state_dict()
            rest += list(loader)
        got: list[int] = []
        for rank in range(after):
            sampler = make(after, rank, layout)
            loader = loader_of(sampler)
            loader.load_state_dict(state)
            # Also by way of what copies of the sampler, and a second state, carry.
            again = loader_of(pickle.loads(pickle.dumps(copy.deepcopy(sampler))))
            second = loader_of(make(after, rank, layout))
            second.load_state_dict(loader.state_dict())
            share = list(loader)
            assert list(again) == list(second) == share
            got += share
        assert sorted(got) == sorted(rest), sought


@pytest.mark.parametrize("name", RANKED)
def test_a_seek_takes_back_what_was_put_off(name: str) -> None:
    sampler = RANKED[name](2, 0, "interleaved")
    whole = list(RANKED[name](3, 1, "interleaved"))
    sampler.seek(2)
    state = loader_of(sampler).state_dict()
    sampler = RANKED[name](3, 1, "interleaved")
    loader_of(sampler).load_state_dict(state)
    sampler.seek(1)
    assert list(sampler) == whole[1:]
    sampler = RANKED[name](3, 1, "interleaved")
    loader = loader_of(sampler)
    loader.load_state_dict(state)
    assert len(list(loader)) < len(whole)
    if name == "wrapper":
        sampler.sampler.generator.manual_seed(5)
    assert list(loader) == whole


def test_what_was_sought_within_batches_of_others() -> None:
    def make() -> tuple[Any, Any]:
        sampler = ours()
        return sampler, loader_of(torch.utils.data.BatchSampler(sampler, 2, False))

    sampler, loader = make()
    sampler.seek(6)
    state = loader.state_dict()
    expected = [list(loader), list(loader)]
    assert [len(batches) for batches in expected] == [2, 5]
    sampler, resumed = make()
    resumed.load_state_dict(state)
    assert [list(resumed), list(resumed)] == expected
    _, loader = make()
    state = loader.state_dict()
    sampler, resumed = make()
    sampler.seek(6)  # which the state knows nothing of
    resumed.load_state_dict(state)
    assert list(resumed) == list(loader)


class Doubled:
    """A sampler of others around one of ours."""

    def __init__(self, sampler: Any) -> None:
        self.sampler = sampler

    def __len__(self) -> int:
        return len(self.sampler)

    def __iter__(self) -> Iterator[int]:
        yield from self.sampler


def test_what_was_sought_within_and_outside() -> None:
    def make() -> tuple[Any, Any, Any]:
        sampler = ours()
        batches = fastsamplers.BatchSampler(Doubled(sampler), 2, False)
        return sampler, batches, loader_of(batches)

    sampler, batches, loader = make()
    sampler.seek(3)
    batches.seek(2)
    state = loader.state_dict()
    expected = [list(loader), list(loader)]
    assert sum(map(len, expected[0])) == N - 3 - 2 * 2
    *_, resumed = make()
    resumed.load_state_dict(state)
    assert [list(resumed), list(resumed)] == expected


class Overridden(fastsamplers.RandomSampler):
    """One of ours whose iteration is somebody else's."""

    def __iter__(self) -> Iterator[int]:
        yield from super().__iter__()


def test_what_was_sought_of_an_overridden_sampler() -> None:
    def make() -> tuple[Any, Any]:
        sampler = Overridden(range(N), generator=generator())
        return sampler, loader_of(sampler)

    whole = list(make()[1])
    sampler, loader = make()
    sampler.seek(4)
    state = loader.state_dict()
    expected = [list(loader), list(loader)]
    assert expected[0] == whole[4:]
    _, resumed = make()
    resumed.load_state_dict(state)
    assert [list(resumed), list(resumed)] == expected
    _, refusing = make()
    wrong = {**state, "sampler": {**state["sampler"], "position": N + 1}}
    with pytest.raises(ValueError, match="position of the state"):
        refusing.load_state_dict(wrong)
    assert list(refusing) == whole


class Epochs:
    """A sampler of others with an epoch."""

    def __init__(self) -> None:
        self.epoch = 0

    def __len__(self) -> int:
        return N

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        yield from torch.randperm(N, generator=generator(self.epoch)).tolist()


def test_the_epoch_of_a_sampler_of_others() -> None:
    sampler = Epochs()
    sampler.set_epoch(4)
    loader = loader_of(sampler)
    state = loader.state_dict()
    resumed = loader_of(Epochs())
    resumed.load_state_dict(state)
    assert list(resumed) == list(loader)


class OwnState:
    """A sampler of others whose iterator has a state, which holds the generator's."""

    def __init__(self, seed: int = 5) -> None:
        self.rng = generator(seed)

    def __len__(self) -> int:
        return N

    def __iter__(self) -> Any:
        return OwnIterator(self.rng)


class OwnIterator:
    def __init__(self, rng: torch.Generator) -> None:
        self.rng = rng
        self._open(rng.get_state(), 0)

    def _open(self, before: torch.Tensor, given: int) -> None:
        self.before, self.given = before, given
        self.rng.set_state(before)
        self.order = torch.randperm(N, generator=self.rng).tolist()

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> int:
        if self.given == N:
            raise StopIteration
        self.given += 1
        return int(self.order[self.given - 1])

    def state_dict(self) -> dict[str, Any]:
        return {"before": self.before, "given": self.given}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._open(state["before"], state["given"])


def test_the_end_of_a_sampler_of_others_with_its_own_state() -> None:
    loader = loader_of(OwnState())
    first = list(loader)
    state = loader.state_dict()
    following = list(loader)
    assert following != first
    resumed = loader_of(OwnState(seed=8))
    resumed.load_state_dict(state)
    assert list(resumed) == following


@pytest.mark.parametrize("passes", [0, 1])
@pytest.mark.parametrize("field", ["generator", "n", "algorithm"])
def test_a_broken_state_between_passes_is_refused(passes: int, field: str) -> None:
    def make() -> tuple[Any, Any]:
        sampler = torch.utils.data.RandomSampler(range(N), generator=generator())
        return sampler, loader_of(sampler)

    _, loader = make()
    for _ in range(passes):
        list(loader)
    state = loader.state_dict()
    within = {name: value for name, value in state["sampler"].items() if name != field}
    sampler, resumed = make()
    stood = sampler.generator.get_state()
    with pytest.raises(ValueError, match=f"'{field}', but has none"):
        resumed.load_state_dict({**state, "sampler": within})
    assert torch.equal(sampler.generator.get_state(), stood)
