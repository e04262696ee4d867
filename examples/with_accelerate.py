"""Digits with Accelerate: the same batches from fast samplers, in one process or in several.

    python -m examples.with_accelerate
    torchrun --nproc-per-node 2 -m examples.with_accelerate

The one line that is added to a script is ``adapt``, after ``prepare``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import torch
import torch.utils.data
from accelerate import Accelerator
from accelerate.utils import DataLoaderConfiguration
from rich.console import Console
from torch import nn

from fastsamplers.integrations.accelerate import adapt

from .comparison import Run, RunsDifferError, require_equal, show_result
from .digits import BATCH_SIZE, MOST_IMAGES, Digits, make_model


def train(fast: bool, *, epochs: int, limit: int, seed: int = 0) -> Run:
    """What this process has seen, with Accelerate's own samplers or with ours."""
    torch.manual_seed(seed)
    accelerator = Accelerator(
        cpu=True, dataloader_config=DataLoaderConfiguration(use_seedable_sampler=True)
    )
    data, held_out = Digits(slice(limit)), Digits(slice(MOST_IMAGES, None))
    model = make_model()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    loader = torch.utils.data.DataLoader(data, BATCH_SIZE, shuffle=True)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    if fast:
        loader = adapt(loader)
    run = Run()
    for _ in range(epochs):
        for indices, images, labels in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(images), labels)
            accelerator.backward(loss)
            optimizer.step()
            run.record(indices, loss)
    model.eval()
    with torch.no_grad():
        guesses = model(held_out.images).argmax(1)
    accuracy = (guesses == held_out.labels).double().mean().item()
    accelerator.free_memory()
    return run.finish(accuracy)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Digits with Accelerate, and our samplers in it.")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--limit", type=int, default=MOST_IMAGES, help="images to train on")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)  # sums in one order: losses can be compared to the last bit
    theirs, ours = (train(fast, **vars(options)) for fast in (False, True))
    try:
        require_equal(theirs, ours)
    except RunsDifferError as error:
        print(error, file=sys.stderr)
        return 1
    process = Accelerator(cpu=True).process_index
    seen = sum(map(len, ours.batches))
    show_result(
        Console(),
        "identical",
        f"process {process}: {len(ours.batches)} batches, {seen} images, "
        f"accuracy {100 * ours.accuracy:.2f} %",
    )
    Accelerator(cpu=True).end_training()
    return 0


if __name__ == "__main__":
    sys.exit(main())
