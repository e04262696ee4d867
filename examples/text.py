"""Text of many lengths: a network reads Python's standard library, byte by byte.

    python -m examples.text

As in ``digits.py``, ``samplers`` is the module that the samplers come from:

    from torch.utils.data import BatchSampler, SubsetRandomSampler
    from fastsamplers import BatchSampler, SubsetRandomSampler

Here a split into training and held-out snippets is made by SubsetRandomSampler with a generator of
its own, and two worker processes of the DataLoader cut and pad the batches.
"""

from __future__ import annotations

import argparse
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import torch
import torch.utils.data
from rich.console import Console
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

import fastsamplers

from .comparison import (
    Run,
    RunsDifferError,
    require_equal,
    show_runs,
    show_title,
    training_progress,
)

BATCH_SIZE = 32
SHORTEST, LONGEST = 16, 128  # bytes in a snippet
HELD_OUT_EVERY = 10
PADDING = 256  # one above the greatest byte
Batch = tuple[Tensor, Tensor]


class Snippets(Dataset[tuple[int, bytes]]):
    """Paragraphs of the standard library's top-level modules. An item is (index, bytes)."""

    def __init__(self, limit: int) -> None:
        library = Path(sysconfig.get_path("stdlib"))
        found = []
        for file in sorted(library.glob("*.py")):
            paragraphs = (part.strip(b"\n")[:LONGEST] for part in file.read_bytes().split(b"\n\n"))
            found += [paragraph for paragraph in paragraphs if len(paragraph) >= SHORTEST]
        if not found:
            raise FileNotFoundError(f"no source files of the standard library in {library}")
        # Spread over all modules, whatever the limit.
        self.snippets = found[:: max(1, len(found) // limit)][:limit]

    def __len__(self) -> int:
        return len(self.snippets)

    def __getitem__(self, index: int) -> tuple[int, bytes]:
        return index, self.snippets[index]


def pad(items: list[tuple[int, bytes]]) -> Batch:
    """(indices, texts): texts as int64[batch, longest of the batch]."""
    indices, snippets = zip(*items, strict=True)
    texts = [torch.tensor(list(snippet)) for snippet in snippets]
    padded = nn.utils.rnn.pad_sequence(texts, batch_first=True, padding_value=PADDING)
    return torch.tensor(indices), padded


class NextByte(nn.Module):
    """Guesses each byte of a text from those before it."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(PADDING + 1, 32, padding_idx=PADDING)
        self.memory = nn.GRU(32, 64, batch_first=True)
        self.head = nn.Linear(64, 256)

    def forward(self, texts: Tensor) -> Tensor:
        states, _ = self.memory(self.embedding(texts[:, :-1]))
        logits: Tensor = self.head(states)
        return logits.flatten(0, 1)


def train(
    samplers: ModuleType, *, epochs: int = 2, limit: int = 3000, workers: int = 2, seed: int = 0,
    console: Console | None = None,
) -> Run:  # fmt: skip
    """Trains on nine tenths of ``limit`` snippets; the accuracy is that on the last tenth."""
    torch.manual_seed(seed)
    data = Snippets(limit)
    training = [i for i in range(len(data)) if i % HELD_OUT_EVERY]
    held_out = range(0, len(data), HELD_OUT_EVERY)

    generator = torch.Generator().manual_seed(seed)
    order = samplers.SubsetRandomSampler(training, generator=generator)
    batches = samplers.BatchSampler(order, BATCH_SIZE, drop_last=True)
    loader: DataLoader[Batch] = DataLoader(
        data,  # type: ignore[arg-type]  # collate_fn makes the batches
        batch_sampler=batches,
        num_workers=workers,
        collate_fn=pad,
    )

    model = NextByte()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    run = Run()
    with training_progress(console or Console()) as progress:
        for epoch in range(epochs):
            label = f"{samplers.__name__}, epoch {epoch + 1}"
            for indices, texts in progress.track(loader, description=label):
                loss = nn.functional.cross_entropy(
                    model(texts), texts[:, 1:].flatten(), ignore_index=PADDING
                )
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                run.record(indices, loss)
    _, texts = pad([data[i] for i in held_out])
    with torch.no_grad():
        guesses = model(texts).argmax(1)
    targets = texts[:, 1:].flatten()
    real = targets != PADDING
    return run.finish((guesses[real] == targets[real]).double().mean().item(), generator)


def compare(
    console: Console, *, epochs: int = 2, limit: int = 3000, workers: int = 2, seed: int = 0
) -> None:
    """Trains with torch's samplers and with ours; RunsDifferError unless all is the same."""
    torch.set_num_threads(1)  # sums in one order: losses can be compared to the last bit
    show_title(
        console,
        f"Text: a small network reads {limit:,} snippets of Python's library, {workers} workers",
        ("BatchSampler", "SubsetRandomSampler"),
    )
    theirs, ours = (
        train(samplers, epochs=epochs, limit=limit, workers=workers, seed=seed, console=console)
        for samplers in (torch.utils.data, fastsamplers)
    )
    require_equal(theirs, ours)
    show_runs(console, {("SubsetRandomSampler", ""): (theirs, ours)})


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Text with torch's samplers and with ours.")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--limit", type=int, default=3000, help="snippets of text")
    parser.add_argument("--workers", type=int, default=2, help="DataLoader workers")
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
