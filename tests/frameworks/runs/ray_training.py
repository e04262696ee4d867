"""Trains by Ray Train's TorchTrainer with two workers, then with one, in Ray's local mode.

Run as a module with a folder, in which every worker leaves what it found.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ray
import ray.train
import ray.train.torch
import torch
import torch.utils.data
from torch.utils.data import DataLoader

import fastsamplers
from fastsamplers.integrations.ray import prepare_data_loader
from tests.frameworks.runs.ddp_training import Training
from tests.frameworks.runs.ray_loaders import (
    BATCH,
    DATA,
    LOADERS,
    PLANNED,
    RESUMED,
    Endless,
    planned_loader,
)
from tests.frameworks.runs.report import report

OF = {"torch": torch.utils.data, "ours": fastsamplers}
PREPARE: dict[str, Callable[..., Any]] = {
    "ray": ray.train.torch.prepare_data_loader,
    "adapter": prepare_data_loader,
}
GIVEN = 2  # batches of epoch 1 before the checkpoint


def training() -> Training:
    return Training(ray.train.torch.prepare_model)


def trained(loader: Any, epochs: tuple[int, ...] = (0, 1)) -> list[list[list[int]]]:
    """What reaches the model, with the epoch set as Ray's documentation has it."""
    run = training()
    seen = []
    for epoch in epochs:
        if hasattr(loader.sampler, "set_epoch"):
            loader.sampler.set_epoch(epoch)
        seen.append(run.epoch(loader))
    return seen


def class_of(thing: Any) -> str:
    package = type(thing).__module__.split(".")[0]
    return f"{package}.{type(thing).__name__}"


def outcome(loader: Any) -> dict[str, Any]:
    """How training with a prepared loader goes; Ray makes some that cannot be iterated over."""
    found = {"len": len(loader), "sampler": class_of(loader.sampler)}
    found["dealt out"] = class_of(getattr(loader.sampler, "sampler", None))
    try:
        return {**found, "seen": trained(loader)}
    except TypeError as error:
        return {**found, "error": str(error)}


def train_loaders() -> dict[str, Any]:
    """Each loader, with the samplers of torch and of ours, by Ray's function and by the adapter."""
    found: dict[str, Any] = {}
    for name, make in LOADERS.items():
        found[name] = {}
        for of, module in OF.items():
            for by, prepare in PREPARE.items():
                torch.manual_seed(5)
                found[name][f"{of} {by}"] = outcome(prepare(make(module)))
    return found


def train_planned() -> dict[str, Any]:
    found = {}
    for name in PLANNED:
        context = ray.train.get_context()
        ranks = {"num_replicas": context.get_world_size(), "rank": context.get_world_rank()}
        found[name] = {}
        for given, options in (("found", {}), ("given", ranks)):
            found[name][given] = outcome(prepare_data_loader(planned_loader(name, **options)))
        found[name]["ray"] = outcome(PREPARE["ray"](planned_loader(name)))
    return found


def options_kept() -> dict[str, Any]:
    """A loader's other options, after Ray's function and after the adapter."""
    names = ("num_workers", "persistent_workers", "prefetch_factor", "in_order", "drop_last")
    found = {}
    for by, prepare in PREPARE.items():
        options: dict[str, Any] = {"num_workers": 1, "persistent_workers": True}
        options |= {"prefetch_factor": 3, "in_order": False, "drop_last": True}
        loader = prepare(DataLoader(DATA, BATCH, shuffle=True, **options))
        found[by] = {name: getattr(loader, name) for name in names}
        found[by]["seen"] = trained(loader)
    return found


def resume() -> dict[str, Any]:
    """A loader's state in epoch 1, of the loader that Ray returns and of the one inside it."""
    found: dict[str, Any] = {}
    for name, make in RESUMED.items():
        for moves in (False, True):
            whole = trained(prepare_data_loader(make(), move_to_device=moves), (0, 1, 2))
            loader = prepare_data_loader(make(), move_to_device=moves)
            run = training()
            given = []
            for epoch in (0, 1):
                loader.sampler.set_epoch(epoch)
                given = run.epoch(loader, GIVEN if epoch else None)
            state = getattr(loader, "_dataloader", loader).state_dict()
            fresh = prepare_data_loader(make(), move_to_device=moves)
            getattr(fresh, "_dataloader", fresh).load_state_dict(state)
            rest = run.epoch(fresh)
            fresh.sampler.set_epoch(2)
            found[f"{name} {'moved' if moves else 'as it is'}"] = {
                "whole": whole,
                "given": given,
                "rest": rest,
                "next": run.epoch(fresh),
                "has_state": hasattr(loader, "state_dict"),
            }
    return found


def error_of(loader: Any, **options: Any) -> str:
    try:
        prepare_data_loader(loader, **options)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def left_alone() -> dict[str, Any]:
    """What the adapter refuses, and what it does not touch."""
    begun = DataLoader(DATA, BATCH, shuffle=True, num_workers=1, persistent_workers=True)
    for _ in begun:
        pass
    before = begun.sampler, begun.batch_sampler
    found: dict[str, Any] = {
        "no loader": error_of([1, 2]),
        "begun": error_of(begun),
        "begun, no sampler": error_of(begun, add_dist_sampler=False),
        "same": before == (begun.sampler, begun.batch_sampler),
    }
    stream = DataLoader(Endless(), 2)
    parts = stream.sampler, stream.batch_sampler
    prepared = prepare_data_loader(stream)
    found["iterable"] = [
        parts == (prepared.sampler, prepared.batch_sampler),
        training().epoch(prepared),
    ]
    sampler = fastsamplers.WeightedRandomSampler([1.0] * len(DATA), 9)
    without = DataLoader(DATA, BATCH, sampler=sampler)
    prepared = prepare_data_loader(without, add_dist_sampler=False, move_to_device=False)
    found["add_dist_sampler=False"] = [
        prepared is without,
        without.sampler is sampler,
        class_of(without.batch_sampler),
    ]
    moved = prepare_data_loader(DataLoader(DATA, BATCH, shuffle=True))
    found["moved"] = class_of(moved), str(moved.device)
    return found


def of_two(options: dict[str, Any]) -> None:
    """What each of two workers runs."""
    os.environ["FOUND"] = options["folder"]
    report(
        {
            "loaders": train_loaders(),
            "planned": train_planned(),
            "options": options_kept(),
            "resume": resume(),
            "left alone": left_alone(),
        }
    )


def of_one(options: dict[str, Any]) -> None:
    """The only worker: nothing is dealt out."""
    os.environ |= {"FOUND": options["folder"], "RANK": "one"}
    found: dict[str, Any] = {}
    for by in ("plain", "adapter"):
        found[by] = {}
        for name in ("random", "weighted", "batches, random", "pairs"):
            torch.manual_seed(5)
            loader = LOADERS[name](fastsamplers)
            ready = loader if by == "plain" else prepare_data_loader(loader)
            torch.manual_seed(5)
            found[by][name] = [list(map(torch.Tensor.tolist, ready)) for _ in range(2)]
        loader = planned_loader("BucketBatchSampler")
        ready = loader if by == "plain" else prepare_data_loader(loader)
        found[by]["by length"] = [list(map(torch.Tensor.tolist, ready)) for _ in range(2)]
        found[by]["batches"] = class_of(ready.batch_sampler)
    report(found)


def main(folder: str) -> None:
    # The sockets' paths have to be short, so this cannot lie in pytest's own folder.
    with tempfile.TemporaryDirectory(prefix="ray-") as short:
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, _temp_dir=short)
        try:
            train(of_two, 2, folder)
        finally:
            ray.shutdown()
    train(of_one, 0, folder)


def train(loop: Callable[[dict[str, Any]], None], workers: int, folder: str) -> None:
    ray.train.torch.TorchTrainer(
        loop,
        train_loop_config={"folder": folder},
        scaling_config=ray.train.ScalingConfig(num_workers=workers),
        run_config=ray.train.RunConfig(storage_path=str(Path(folder, "storage"))),
    ).fit()


if __name__ == "__main__":
    main(sys.argv[1])
