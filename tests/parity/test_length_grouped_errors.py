"""LengthGroupedSampler where things are unusual: the original's errors, when it raises them."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import torch.utils.data

import fastsamplers
from fastsamplers import _parity

trainer = pytest.importorskip("transformers.trainer_pt_utils")

# What is compared: conftest's `same` gives torch's and our namespaces, of which the name is used.
CLASSES = {
    "torch": trainer.LengthGroupedSampler,
    "fastsamplers": fastsamplers.LengthGroupedSampler,
}

# Where all lengths are equal ours warns, which is tested in test_lengths_input.py.
pytestmark = pytest.mark.filterwarnings("ignore:all .* so that grouping by length does nothing")


def make(library: SimpleNamespace, *arguments: Any, **options: Any) -> Any:
    return CLASSES[library.name](*arguments, **options)


def ties(n: int, kinds: int = 7) -> list[int]:
    return np.random.default_rng((n, kinds)).integers(1, kinds, n, endpoint=True).tolist()


def dataset(name: str = "input_ids") -> list[dict[str, list[int]]]:
    return [{name: [0] * length, "labels": []} for length in ties(300, 30)]


def attempts(library: SimpleNamespace, attempt: Any) -> Iterator[Any]:
    for arguments in (
        {},
        {"dataset": None, "lengths": None},
        {"dataset": [1, 2]},
        {"dataset": [[1], [2]]},
        {"dataset": dataset("pixels")},
        {"dataset": dataset(), "model_input_name": "labels2"},
        {"dataset": []},
        {"dataset": 5},
        {"dataset": [{"input_ids": 5}]},
        {"dataset": [{"input_ids": [1]}, {"other": [1]}]},
    ):
        yield attempt(lambda given=arguments: len(make(library, 2, **given)))


def test_what_the_constructor_refuses(same, attempt) -> None:
    outcomes = same(lambda library: list(attempts(library, attempt)))
    assert [outcome[0] for outcome in outcomes] == ["raised"] * len(outcomes)


SIZES_THAT_ARE_NONE = [0, -1, -2, -7, -1000, 2.0, 0.5, "2", None, [2], True, 2**40, 2**62, 2**70]


@pytest.mark.parametrize("batch_size", SIZES_THAT_ARE_NONE, ids=repr)
@pytest.mark.parametrize("n", [1, 3, 500])
def test_batch_sizes_are_looked_at_when_the_original_does(
    same, trace, batch_size: Any, n: int
) -> None:
    """Errors come at iter(), and leave the generators where the original leaves them."""

    def scenario(library) -> Any:
        generator = torch.Generator().manual_seed(6)
        sampler = make(library, batch_size, lengths=ties(n), generator=generator)
        return trace(lambda: sampler, generator, steps=4), trace(
            lambda: sampler, generator, steps=2
        )

    same(scenario)


def test_integers_of_other_types_as_batch_size(same) -> None:
    for batch_size in (np.int64(4), np.int16(4), torch.tensor(4)):
        same(lambda library, size=batch_size: list(make(library, size, lengths=ties(500))))


@pytest.mark.parametrize("own", [False, True])
def test_no_lengths_at_all(same, trace, own: bool) -> None:
    def scenario(library) -> Any:
        generator = torch.Generator().manual_seed(6) if own else None
        sampler = make(library, 4, lengths=[], generator=generator)
        return len(sampler), trace(lambda: sampler, generator)

    outcome = same(scenario)
    assert outcome[1][-2][:2] == ("raised", "IndexError")


def test_attributes_that_are_assigned(same, states) -> None:
    def scenario(library) -> Any:
        generator = torch.Generator().manual_seed(3)
        sampler = make(library, 2, lengths=ties(300))
        before = list(sampler)
        sampler.batch_size = 8
        sampler.generator = generator
        return before, list(sampler), sampler.batch_size, len(sampler), states(generator)

    same(scenario)


def test_arrays_that_change_between_passes(same) -> None:
    """The original looks at the lengths in each pass."""

    def scenario(library) -> Any:
        lengths = np.array(ties(300, 100))
        sampler = make(library, 2, lengths=lengths)
        before = list(sampler)
        lengths[:] = lengths[::-1].copy()
        lengths[7] = 10**6
        return before, list(sampler)

    same(scenario)


@pytest.mark.parametrize("own", [False, True])
def test_where_the_kernels_do_not_serve(
    same, trace, monkeypatch: pytest.MonkeyPatch, own: bool
) -> None:
    """torch draws the permutation then, at the same time."""
    monkeypatch.setattr(_parity, "holds", lambda *rules: False)

    def scenario(library) -> Any:
        generator = torch.Generator().manual_seed(6) if own else None
        sampler = make(library, 4, lengths=ties(90), generator=generator)
        return [trace(lambda: sampler, generator) for _ in range(2)]

    same(scenario)


def collected(library: SimpleNamespace, sampler: Any) -> Any:
    """A pass, or the type of its error, whenever it comes."""
    try:
        return list(sampler)
    except Exception as error:
        return type(error).__name__, "meta" in str(error)


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_a_default_device(same, states, device: str, own: bool) -> None:
    """On another device torch.randperm has no memory, or refuses the generator."""

    def scenario(library) -> Any:
        generator = torch.Generator("cpu").manual_seed(6) if own else None
        sampler = make(library, 4, lengths=ties(90), generator=generator)
        with torch.device(device):
            inside = collected(library, sampler)
        return inside, states(generator), list(sampler), states(generator)

    inside, *_ = same(scenario)
    assert (len(inside) == 2) == (device == "meta")  # or nothing was tested


@pytest.mark.parametrize("wrong", [5, "generator", object()])
def test_what_is_no_generator(same, attempt, wrong: Any) -> None:
    """torch.randperm says so, at iter()."""

    def scenario(library) -> Any:
        sampler = make(library, 4, lengths=ties(90), generator=wrong)
        kind, name, text = attempt(lambda: list(sampler))
        return kind, name, text.split("object at")[0]

    assert same(scenario)[1] == "TypeError"
