"""Which samplers of the user's the mixin exchanges, and that others stay what they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("transformers")

import torch
import torch.utils.data
from transformers import Trainer
from transformers.trainer_pt_utils import LengthGroupedSampler

from tests.frameworks.runs.trainer_samplers import MADE, N, trainer_with
from tests.frameworks.runs.trainer_training import (
    FastTrainer,
    Samples,
    kinds_of,
    length_of,
    resumed,
    trained,
    trainer_of,
)

EXCHANGED = pytest.mark.conformance(
    "Transformers", "samplers of torch from `_get_train_sampler`, exchanged for ours", "adapter"
)
LEFT = pytest.mark.conformance(
    "Transformers", "other samplers, and an `IterableDataset`: left alone", "adapter"
)
LENGTHS = [length_of(index) for index in range(N)]


class Reversed(LengthGroupedSampler):
    """A user's own."""

    def __iter__(self) -> Iterator[int]:
        return iter([*super().__iter__()][::-1])


class Stream(torch.utils.data.IterableDataset[Any]):
    """Samples without an index."""

    def __iter__(self) -> Iterator[Any]:
        samples = Samples(N)
        return (samples[(5 * place) % N] for place in range(N))


OTHERS: dict[str, Callable[[], Any]] = {
    "float lengths": lambda: LengthGroupedSampler(4, lengths=[one / 2 for one in LENGTHS]),
    "negative lengths": lambda: LengthGroupedSampler(4, lengths=[one - 9 for one in LENGTHS]),
    "subclass": lambda: Reversed(4, lengths=LENGTHS),
    "list": lambda: [*range(0, N, 3)],
    "sequence": lambda: torch.utils.data.Subset(range(N), [3, 1, 2]),
}


def both(make: Callable[[], Any], folder: Path, **options: Any) -> list[type[Any]]:
    """Trains with and without the mixin, alike; returns the classes that the mixin takes."""
    plain, fast = (trained(trainer_with(make, folder, fast, **options)) for fast in (False, True))
    assert fast == plain
    return kinds_of(trainer_with(make, folder, True, **options).get_train_dataloader())


@pytest.mark.parametrize("seedable", [True, False], ids=["seedable", "unseedable"])
@pytest.mark.parametrize("name", MADE)
@EXCHANGED
def test_two_epochs(tmp_path: Path, name: str, seedable: bool) -> None:
    options = {"accelerator_config": {"use_seedable_sampler": seedable}}
    kinds = both(lambda: MADE[name](torch.utils.data), tmp_path, **options)
    assert len(kinds) == 2
    assert all(kind.__module__.startswith("fastsamplers.") for kind in kinds)


@pytest.mark.parametrize("name", MADE)
@EXCHANGED
def test_resumed(tmp_path: Path, name: str) -> None:
    """As without the mixin, in the middle of an epoch of most of them."""
    plain, fast = (
        resumed(
            lambda folder, fast=fast, **options: trainer_with(
                lambda: MADE[name](torch.utils.data), folder, fast, **options
            ),
            tmp_path / str(fast),
            5,
        )
        for fast in (False, True)
    )
    assert fast == plain


@pytest.mark.parametrize("name", OTHERS)
@LEFT
def test_others(tmp_path: Path, name: str) -> None:
    assert both(OTHERS[name], tmp_path)[1] is type(OTHERS[name]())


@LEFT
def test_an_iterable_dataset(tmp_path: Path) -> None:
    found = []
    for kind in (Trainer, FastTrainer):
        trainer = trainer_of(kind, tmp_path, N, max_steps=11)
        trainer.train_dataset = Stream()
        found.append((trained(trainer), kinds_of(trainer.get_train_dataloader())))
    assert found[0] == found[1]
    assert len(found[1][0]["seen"]) == 11


@EXCHANGED
def test_generators_are_those_that_were_given(tmp_path: Path) -> None:
    """They move on as they do without the mixin."""
    states = []
    for fast in (False, True):
        generator = torch.Generator().manual_seed(17)

        def make(generator: torch.Generator = generator) -> Any:
            return LengthGroupedSampler(4, lengths=LENGTHS, generator=generator)

        trained(trainer_with(make, tmp_path, fast))
        states.append(generator.get_state().tolist())
    assert states[0] == states[1]
