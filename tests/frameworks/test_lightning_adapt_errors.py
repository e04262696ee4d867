"""What adapt refuses, what it leaves alone, and what it changes of a loader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("lightning")

import fastsamplers
from fastsamplers.integrations.lightning import adapt
from tests.frameworks.runs.lightning_loaders import (
    KINDS,
    PLANNED,
    TORCH,
    Outwards,
    batches_of,
    by_length,
)
from tests.frameworks.runs.lightning_rows import ADAPTED
from tests.frameworks.runs.lightning_training import Numbers, Recorder, trainer_of

pytestmark = ADAPTED

N = 11
# Lightning's DDP, of which adapt only asks whether there is a share to be taken.
TRAINERS: dict[str, Callable[[], Any]] = {
    "one process": trainer_of,
    "ddp": lambda: trainer_of(devices=2, strategy="ddp"),
}
of_trainers = pytest.mark.parametrize("kind", TRAINERS)
STAGES = ("train", "evaluate", "predict")


class Stream(TORCH.IterableDataset[int]):
    """A dataset without indices."""

    def __iter__(self) -> Iterator[int]:
        return iter(range(N))


def parts(loader: Any) -> tuple[Any, ...]:
    return loader.sampler, loader.batch_sampler, loader.batch_size, loader.drop_last


@of_trainers
@pytest.mark.parametrize(
    "what", [None, [1, 2], range(3), Outwards(3)], ids=lambda what: type(what).__name__
)
def test_no_loader(kind: str, what: Any) -> None:
    with pytest.raises(TypeError, match="loader should be a torch DataLoader, but got"):
        adapt(what, TRAINERS[kind]())


@of_trainers
@pytest.mark.parametrize("stage", ["fit", "validate", "", None, "Train"])
def test_unknown_stage(kind: str, stage: Any) -> None:
    loader = KINDS["shuffle"](TORCH, TORCH.DataLoader, N)
    before = parts(loader)
    with pytest.raises(ValueError, match="stage"):
        adapt(loader, TRAINERS[kind](), stage=stage)
    assert parts(loader) == before


@of_trainers
@pytest.mark.parametrize("of", ["torch", "ours"])
def test_persistent_workers_that_have_begun(kind: str, of: str) -> None:
    make = TORCH.DataLoader if of == "torch" else fastsamplers.DataLoader
    loader = make(Numbers(N), batch_size=4, num_workers=1, persistent_workers=True)
    next(iter(loader))
    before = parts(loader)
    with pytest.raises(ValueError, match="before its first pass"):
        adapt(loader, TRAINERS[kind]())
    assert parts(loader) == before
    assert len(batches_of(loader)) == 3


@of_trainers
@pytest.mark.parametrize("stage", STAGES)
def test_iterable_datasets_are_left_alone(kind: str, stage: str) -> None:
    loader = TORCH.DataLoader(Stream(), batch_size=4)
    before = parts(loader)
    assert adapt(loader, TRAINERS[kind](), stage=stage) is loader
    assert parts(loader) == before
    assert batches_of(loader) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10]]
    module = Recorder()
    trainer_of(1).fit(module, adapt(TORCH.DataLoader(Stream(), batch_size=4), trainer_of(1)))
    assert module.seen["fit"] == [[[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10]]]


@of_trainers
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("name", KINDS)
def test_returns_the_loader_with_all_its_other_options(kind: str, stage: str, name: str) -> None:
    loader = KINDS[name](TORCH, TORCH.DataLoader, N)
    before = {key: value for key, value in vars(loader).items() if "sampler" not in key}
    assert adapt(loader, TRAINERS[kind](), stage=stage) is loader
    after = {key: value for key, value in vars(loader).items() if "sampler" not in key}
    assert after == before


@of_trainers
@pytest.mark.parametrize("stage", ["train", "evaluate"])
def test_drop_last_stays_but_in_predictions(kind: str, stage: str) -> None:
    for loader in (TORCH.DataLoader, fastsamplers.DataLoader):
        adapted = adapt(KINDS["drop_last"](TORCH, loader, N), TRAINERS[kind](), stage=stage)
        assert adapted.batch_sampler.drop_last
        predicted = KINDS["drop_last"](TORCH, loader, N)
        adapt(predicted, TRAINERS["ddp"](), stage="predict")
        assert not predicted.batch_sampler.drop_last


def test_a_batch_sampler_with_the_ranks_of_others() -> None:
    """Refused when it is used, since the ranks are not known before."""
    trainer = TRAINERS["ddp"]()
    loader = adapt(by_length(PLANNED["BucketBatchSampler"](num_replicas=3, rank=2)), trainer)
    with pytest.raises((ValueError, RuntimeError), match="process group"):
        len(loader)


@pytest.mark.parametrize("name", ["shuffle", "SubsetRandomSampler", "another's sampler"])
def test_in_one_process_shuffle_has_nothing_to_say(name: str) -> None:
    for shuffle in (True, False):
        loader = KINDS[name](TORCH, TORCH.DataLoader, N)
        adapted = adapt(loader, trainer_of(), shuffle=shuffle)
        kinds = {"shuffle": "RandomSampler", "another's sampler": "Outwards"}
        assert type(adapted.sampler).__name__ == kinds.get(name, name)


@of_trainers
@pytest.mark.parametrize("name", KINDS)
def test_adapting_twice_is_adapting_once(kind: str, name: str) -> None:
    loader = adapt(KINDS[name](TORCH, TORCH.DataLoader, N), TRAINERS[kind]())
    before = [type(part) for part in parts(loader)[:2]]
    adapt(loader, TRAINERS[kind]())
    assert [type(part) for part in parts(loader)[:2]] == before
    inner = getattr(loader.sampler, "sampler", None)
    assert not isinstance(inner, TORCH.DistributedSampler)
