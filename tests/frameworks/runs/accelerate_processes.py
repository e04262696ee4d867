"""Trains with Accelerate in several processes, and reports which indices reached each model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import accelerate
import torch
import torch.distributed
from accelerate.state import PartialState
from torch.utils.data import DataLoader

import fastsamplers
from fastsamplers.integrations.accelerate import adapt, skip_first_batches
from tests.frameworks.runs.accelerate_cases import KINDS, TORCH
from tests.frameworks.runs.accelerate_training import Numbers, Training, forget
from tests.frameworks.runs.report import leave, report

BATCH = 3
DONE = 2  # batches of an epoch before the interruption
SIZES = (24, 25)  # whole rounds of 2 processes, and some samples more
TRAINED = ("sequential", "random", "random, generator", "weighted", "subset", "permutations")
OPTIONS: dict[str, dict[str, Any]] = {
    "seedable": {"use_seedable_sampler": True},
    "not seedable": {"use_seedable_sampler": False},
    "uneven": {"use_seedable_sampler": True, "even_batches": False},
    "split": {"use_seedable_sampler": False, "split_batches": True},
    "dispatch": {"use_seedable_sampler": True, "dispatch_batches": True},
    "dispatch, not seedable": {"use_seedable_sampler": False, "dispatch_batches": True},
    "stateful": {"use_seedable_sampler": True, "use_stateful_dataloader": True},
}
# Whose samplers, what is done with the loader, and whose function skips batches.
VARIANTS: dict[str, tuple[Any, Callable[[Any], Any], Callable[..., Any]]] = {
    "torch": (TORCH, lambda loader: loader, accelerate.skip_first_batches),
    "untouched": (fastsamplers, lambda loader: loader, accelerate.skip_first_batches),
    "adapted": (fastsamplers, adapt, skip_first_batches),
    "torch, adapted": (TORCH, adapt, skip_first_batches),
}
LOADERS: dict[str, Callable[..., Any]] = {
    "sampler": lambda data, size, sampler, module: DataLoader(data, size, sampler=sampler),
    "batch_sampler": lambda data, size, sampler, module: DataLoader(
        data, batch_sampler=module.BatchSampler(sampler, size, False)
    ),
    "drop_last": lambda data, size, sampler, module: DataLoader(
        data, batch_sampler=module.BatchSampler(sampler, size, True)
    ),
    "no batches": lambda data, size, sampler, module: DataLoader(
        data, batch_size=None, sampler=module.BatchSampler(sampler, size, False)
    ),
}


def seed_process(is_shared: bool) -> None:
    """A seed of its own for each process, where Accelerate synchronizes generators."""
    rank = 0 if is_shared else torch.distributed.get_rank()
    torch.default_generator.manual_seed(5 + rank)


def trained(options_name: str, kind: str, loader: str, n: int, variant: str) -> Any:
    """Two epochs; the rest of the next one after an interruption; the one after that."""
    options = OPTIONS[options_name]
    module, adapter, skip = VARIANTS[variant]
    seed_process(options["use_seedable_sampler"])
    forget()
    size = 2 * BATCH if options.get("split_batches") else BATCH
    made = LOADERS[loader](Numbers(3 * n), size, KINDS[kind](module, n), module)
    training = Training(made, **options)
    training.loader = adapter(training.loader)
    epochs = [training.epoch(), training.epoch()]
    rest: list[Any] = []
    if not options.keys() & {"dispatch_batches", "use_stateful_dataloader"}:
        rest = training.epoch(skip(training.loader, DONE))
    training.loader.set_epoch(3)
    epochs.append(training.epoch())
    return {"epochs": epochs, "rest": rest, "len": len(training.loader)}


def cases() -> Iterator[tuple[str, str, str, int]]:
    """Options, kind of sampler, way to give it to the loader, number of samples."""
    for options in OPTIONS:
        if options in ("seedable", "not seedable"):
            yield from ((options, kind, "sampler", n) for kind in TRAINED for n in SIZES)
            yield from ((options, "random", loader, SIZES[1]) for loader in LOADERS)
        else:
            yield options, "random", "sampler", SIZES[1]


def main() -> None:
    PartialState(cpu=True)
    report([[case, {name: trained(*case, name) for name in VARIANTS}] for case in cases()])
    leave()


if __name__ == "__main__":
    main()
