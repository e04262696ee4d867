"""Digits with Ray Train: two workers, and rare digits drawn as often as others.

    python -m examples.with_ray

Ray puts a sampler of its own in the place of a loader's; ``prepare_data_loader`` of this package
deals out the one that the loader has.
"""

from __future__ import annotations

import argparse
import collections
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ray
import ray.train
import ray.train.torch
import torch
import torch.utils.data
from rich.console import Console
from torch import nn

from fastsamplers import WeightedRandomSampler
from fastsamplers.integrations.ray import prepare_data_loader

from .comparison import show_result
from .digits import BATCH_SIZE, MOST_IMAGES, Digits, make_model

RARE = 3  # a digit of which nine in ten images are left out


def images(limit: int) -> torch.utils.data.Subset[Any]:
    """Digits of which one is rare."""
    data = Digits(slice(limit))
    kept = [k for k, label in enumerate(data.labels.tolist()) if label != RARE or k % 10 == 0]
    return torch.utils.data.Subset(data, kept)


def train_worker(options: dict[str, Any]) -> None:
    """What each worker runs."""
    torch.manual_seed(0)
    data = images(options["limit"])
    labels = [data[k][2] for k in range(len(data))]
    counts = collections.Counter(labels)
    weights = [1 / counts[label] for label in labels]
    order = WeightedRandomSampler(weights, len(data), generator=torch.Generator().manual_seed(1))
    loader = prepare_data_loader(torch.utils.data.DataLoader(data, BATCH_SIZE // 2, sampler=order))
    model = ray.train.torch.prepare_model(make_model())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    seen: collections.Counter[int] = collections.Counter()
    for epoch in range(options["epochs"]):
        loader.sampler.set_epoch(epoch)
        for _, pictures, labels in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(pictures), labels)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            seen.update(labels.tolist())
    rank = ray.train.get_context().get_world_rank()
    Path(options["folder"], f"{rank}.json").write_text(json.dumps(seen))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Digits with Ray Train, weighted.")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--limit", type=int, default=MOST_IMAGES, help="images to train on")
    options = parser.parse_args(arguments)
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    with tempfile.TemporaryDirectory() as folder:
        trainer = ray.train.torch.TorchTrainer(
            train_worker,
            train_loop_config={**vars(options), "folder": folder},
            scaling_config=ray.train.ScalingConfig(num_workers=2),
            run_config=ray.train.RunConfig(storage_path=folder),
        )
        trainer.fit()
        found = [json.loads(file.read_text()) for file in sorted(Path(folder).glob("?.json"))]
    ray.shutdown()
    totals = [sum(seen.values()) for seen in found]
    share = sum(seen.get(str(RARE), 0) for seen in found) / sum(totals)
    # One in ten, not the one in ninety that there are.
    is_balanced = 0.05 < share < 0.2
    show_result(
        Console(),
        "balanced" if is_balanced else "wrong",
        f"{len(found)} workers were shown {sum(totals)} images; the rare digit is "
        f"{100 * share:.1f} % of them",
    )
    return 0 if is_balanced else 1


if __name__ == "__main__":
    sys.exit(main())
