"""Handwritten digits: one training script, run with torch's samplers and with fastsamplers'.

    python -m examples.digits

``train`` is an ordinary training loop. Its argument ``samplers`` is the module that the samplers
come from, so that both runs share every other line; in a script of your own it is the import that
changes:

    from torch.utils.data import BatchSampler, DistributedSampler, RandomSampler
    from fastsamplers import BatchSampler, DistributedSampler, RandomSampler
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from types import ModuleType

import torch
import torch.utils.data
from rich.console import Console
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

import fastsamplers

from .comparison import Run, RunsDifferError, require_equal, show_runs, show_title

BATCH_SIZE = 32
MOST_IMAGES = 1500  # to train on; the other 297 are held out


class Digits(Dataset[tuple[int, Tensor, int]]):
    """Some of scikit-learn's digits, 8x8 images of 0 to 9. An item is (index, image, label)."""

    def __init__(self, part: slice) -> None:
        # Imported late: the processes that measure memory come by this module too.
        from sklearn.datasets import load_digits

        images, labels = load_digits(return_X_y=True)
        self.images = torch.tensor(images[part], dtype=torch.float32).view(-1, 1, 8, 8) / 16
        self.labels = torch.tensor(labels[part])

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[int, Tensor, int]:
        return index, self.images[index], int(self.labels[index])


def make_model() -> nn.Module:
    # Dropout takes its numbers from the generator that also seeds the sampler: a sampler that drew
    # one number more or less than torch's would change every loss after it.
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.2), nn.Linear(32 * 4 * 4, 10),
    )  # fmt: skip


def make_loaders(
    samplers: ModuleType, data: Digits, ranks: int, seed: int
) -> list[DataLoader[tuple[int, Tensor, int]]]:
    """One loader for each rank."""
    if ranks == 1:
        order = samplers.RandomSampler(data)
        batches = samplers.BatchSampler(order, BATCH_SIZE, drop_last=False)
        return [DataLoader(data, batch_sampler=batches)]
    shares = [samplers.DistributedSampler(data, ranks, rank, seed=seed) for rank in range(ranks)]
    return [DataLoader(data, batch_size=BATCH_SIZE // ranks, sampler=share) for share in shares]


def train(
    samplers: ModuleType,
    *,
    ranks: int = 1,
    epochs: int = 2,
    limit: int = MOST_IMAGES,
    seed: int = 0,
) -> Run:
    """Trains a small network on the first ``limit`` images.

    With more than one rank the ranks take turns in this process and their gradients are averaged,
    as DistributedDataParallel would do.
    """
    torch.manual_seed(seed)
    data, held_out = Digits(slice(min(limit, MOST_IMAGES))), Digits(slice(MOST_IMAGES, None))
    model = make_model()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    loaders = make_loaders(samplers, data, ranks, seed)
    run = Run()
    for epoch in range(epochs):
        for loader in loaders:
            if ranks > 1:
                loader.sampler.set_epoch(epoch)  # type: ignore[attr-defined]
        for step in zip(*loaders, strict=True):
            optimizer.zero_grad()
            for indices, images, labels in step:
                loss = nn.functional.cross_entropy(model(images), labels)
                (loss / ranks).backward()  # type: ignore[no-untyped-call]
                run.record(indices, loss)
            optimizer.step()
    model.eval()
    with torch.no_grad():
        guesses = model(held_out.images).argmax(1)
    return run.finish((guesses == held_out.labels).double().mean().item())


def compare(console: Console, *, epochs: int = 2, limit: int = MOST_IMAGES, seed: int = 0) -> None:
    """Trains with torch's samplers and with ours; RunsDifferError unless all is the same."""
    torch.set_num_threads(1)  # sums in one order: losses can be compared to the last bit
    show_title(
        console,
        f"Digits: a small network learns from {min(limit, MOST_IMAGES):,} images",
        ("BatchSampler", "DistributedSampler", "RandomSampler"),
    )
    runs = {}
    for names, ranks in ((("RandomSampler", ""), 1), (("DistributedSampler", "  2 ranks"), 2)):
        theirs, ours = (
            train(samplers, ranks=ranks, epochs=epochs, limit=limit, seed=seed)
            for samplers in (torch.utils.data, fastsamplers)
        )
        require_equal(theirs, ours)
        runs[names] = theirs, ours
    show_runs(console, runs)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Digits with torch's samplers and with ours.")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--limit", type=int, default=MOST_IMAGES, help="images to train on")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        compare(Console(), **vars(options))
    except RunsDifferError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
