"""Trains under DistributedDataParallel with every sampler, and reports what reached the model.

Run by 4 processes it leaves the states of its loaders beside what it reports; by others, which are
given that folder, it resumes them.
"""

from __future__ import annotations

import functools
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch.distributed
import torch.utils.data

import fastsamplers
from fastsamplers import DistributedSampler, DistributedSamplerWrapper
from tests.frameworks.runs.ddp_lengths import train_by_length
from tests.frameworks.runs.ddp_resume import leave_states, resume
from tests.frameworks.runs.ddp_training import Numbers, trained
from tests.frameworks.runs.report import leave, report

BATCH = 3
SIZES = (2, 23, 24)
OPTIONS: dict[str, dict[str, Any]] = {
    "shuffle": {},
    "seed": {"seed": 5},
    "in order": {"shuffle": False},
    "drop_last": {"drop_last": True},
}
N = 29
LATER = (2, 3)  # epochs of the sampler that is made early
SHARED_N = 10_000  # large enough that what ranks share is a permutation in memory
WEIGHTS = [float(index % 4) for index in range(N)]
DRAWS = 21


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(11)


def weighted(module: Any) -> Any:
    """A draw by weight, of torch's module or ours."""
    return module.WeightedRandomSampler(WEIGHTS, DRAWS, generator=seeded())


def subset(module: Any) -> Any:
    return module.SubsetRandomSampler(range(4, 26), generator=seeded())


def batches(module: Any) -> Any:
    order = module.RandomSampler(range(N), generator=seeded())
    return module.BatchSampler(order, BATCH, False)


SAMPLERS: dict[str, Callable[[], Any]] = {
    "feistel": lambda: DistributedSampler(range(N), seed=5, algorithm="feistel", padding="none"),
    "none": lambda: DistributedSampler(range(N), padding="none"),
    "contiguous": lambda: DistributedSampler(range(N), layout="contiguous"),
    "runs": lambda: DistributedSampler(range(N), layout="contiguous", padding="none"),
    "auto_epoch": lambda: DistributedSampler(range(N), auto_epoch=True),
    "draw": lambda: fastsamplers.DistributedWeightedRandomSampler(WEIGHTS, DRAWS, seed=5),
    "weighted": lambda: DistributedSamplerWrapper(weighted(fastsamplers)),
    "torch's weighted": lambda: DistributedSamplerWrapper(weighted(torch.utils.data)),
    "sampler with epochs": lambda: DistributedSamplerWrapper(
        torch.utils.data.DistributedSampler(range(N), num_replicas=1, rank=0)
    ),
    "subset": lambda: DistributedSamplerWrapper(subset(fastsamplers)),
    "torch's subset": lambda: DistributedSamplerWrapper(subset(torch.utils.data)),
}


def train_as_torch() -> dict[str, Any]:
    """DistributedSampler, torch's and ours, in loaders of torch and of ours."""
    torch_loader, our_loader = torch.utils.data.DataLoader, fastsamplers.DataLoader
    found = {}
    for n in SIZES:
        for name, options in OPTIONS.items():
            theirs = torch.utils.data.DistributedSampler(Numbers(n), **options)
            ours = [DistributedSampler(Numbers(n), **options) for _ in range(3)]
            cut = fastsamplers.BatchSampler(ours[1], BATCH, False)
            found[f"{n} {name}"] = {
                "torch": trained(torch_loader(Numbers(n), BATCH, sampler=theirs), theirs.set_epoch),
                "sampler": trained(
                    torch_loader(Numbers(n), BATCH, sampler=ours[0]), ours[0].set_epoch
                ),
                "batch_sampler": trained(
                    torch_loader(Numbers(n), batch_sampler=cut), cut.set_epoch
                ),
                "DataLoader": trained(
                    our_loader(Numbers(n), BATCH, sampler=ours[2], num_workers=int(n == 23)),
                    ours[2].set_epoch,
                ),
            }
    return found


def train_shares() -> dict[str, Any]:
    """What only our samplers deal out."""
    found = {}
    for name, make in SAMPLERS.items():
        sampler = make()
        loader = torch.utils.data.DataLoader(Numbers(N), BATCH, sampler=sampler)
        found[name] = trained(loader, None if name == "auto_epoch" else sampler.set_epoch)["seen"]
    for name, module in (("batches", fastsamplers), ("torch's batches", torch.utils.data)):
        dealt = DistributedSamplerWrapper(batches(module))
        loader = torch.utils.data.DataLoader(Numbers(N), batch_sampler=dealt)
        found[name] = trained(loader, dealt.set_epoch)["seen"]
    return found


def train_node_shared() -> dict[str, Any]:
    """One permutation for all ranks of this machine; a warning says so where there is none."""
    sampler = DistributedSampler(range(SHARED_N), node_shared=True)
    loader = torch.utils.data.DataLoader(Numbers(SHARED_N), 500, sampler=sampler)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        seen = trained(loader, sampler.set_epoch)["seen"]
        sampler.set_epoch(2)
        order = iter(sampler)
        next(order)
        shared = shared_memory()
        del order
    messages = [str(warning.message) for warning in caught]
    return {"seen": seen, "warnings": messages, "shared": shared}


def shared_memory() -> list[str]:
    """Which permutations in shared memory this process maps, by their inodes."""
    maps = Path("/proc/self/maps")
    lines = maps.read_text().splitlines() if maps.exists() else []
    return sorted({line.split()[4] for line in lines if "fastsamplers-permutation" in line})


def looked_up(early: DistributedSampler) -> dict[str, Any]:
    """The ranks of samplers that were not given any, one of them made before there were any."""
    made: list[Any] = [early, *(make() for make in SAMPLERS.values())]
    loader = torch.utils.data.DataLoader(Numbers(N), BATCH, sampler=early)
    return {
        "early": trained(loader, early.set_epoch, LATER)["seen"],
        "ranks": [[sampler.rank, sampler.num_replicas] for sampler in made],
    }


def main() -> None:
    early = DistributedSampler(range(N))
    torch.distributed.init_process_group("gloo")
    world = torch.distributed.get_world_size()
    follow: Callable[[], Any] = functools.partial(leave_states, os.environ["FOUND"])
    if world != 4:
        follow = functools.partial(resume, sys.argv[1])
    report(
        {
            "folder": os.environ["FOUND"],
            "as torch": train_as_torch(),
            "shares": train_shares(),
            "node_shared": train_node_shared(),
            "looked up": looked_up(early),
            "lengths": train_by_length(),
            "resume": follow(),
        }
    )
    leave()


if __name__ == "__main__":
    main()
