"""A training loop on several ranks that writes checkpoints, made to be killed: see kill_runs.py.

Run as a script. It starts the ranks, which go on from the checkpoint in the folder if there is one.
Each rank appends what it has trained to a file of its own, a line a batch::

    epoch step world index index ...

The same lines, and what else happens, go to standard output. A rank takes a byte from standard
input before each batch, so that nobody who listens is left far behind; at its end all run freely.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from pathlib import Path
from typing import Any

import torch
import torch.distributed

import fastsamplers

MOST_RANKS = 4
EPOCHS = 2
BATCH_SIZE = 4


class Indices(torch.utils.data.Dataset[int]):
    """Each item is its index."""

    def __init__(self, n: int) -> None:
        self._n = n

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, index: int) -> int:
        return index


def log_of(folder: Path, rank: int) -> Path:
    return folder / f"rank-{rank}.txt"


def lines_of(folder: Path, rank: int) -> list[str]:
    """What a rank has trained, a batch a line."""
    path = log_of(folder, rank)
    return path.read_text().splitlines() if path.exists() else []


def checkpoint_of(folder: Path) -> dict[str, Any]:
    """The last checkpoint; before the first one, where training begins."""
    path = folder / "checkpoint.pt"
    if path.exists():
        checkpoint: dict[str, Any] = torch.load(path, weights_only=True)
        return checkpoint
    return {"epoch": 0, "step": 0, "lines": [0] * MOST_RANKS, "loader": None}


class Rank:
    """One process of the training."""

    def __init__(self, rank: int, options: argparse.Namespace, tickets: int) -> None:
        self.rank = rank
        self.options = options
        self.folder = options.folder
        self.tickets = tickets
        self.lines = [len(lines_of(self.folder, other)) for other in range(MOST_RANKS)]

    def announce(self, text: str) -> None:
        """One write: lines of several ranks do not mix."""
        os.write(1, f"{text} by {self.rank}\n".encode())

    def run(self) -> None:
        """Trains to the end."""
        torch.distributed.init_process_group(
            "gloo", init_method=f"file://{self.folder / 'store'}", rank=self.rank,
            world_size=self.options.world,
        )  # fmt: skip
        data = Indices(self.options.n)
        sampler = fastsamplers.DistributedSampler(
            data, seed=3, algorithm=self.options.algorithm, layout=self.options.layout
        )
        workers = self.options.workers
        loader = fastsamplers.DataLoader(
            data, BATCH_SIZE, sampler=sampler, num_workers=workers,
            multiprocessing_context="fork" if workers else None,
        )  # fmt: skip
        checkpoint = checkpoint_of(self.folder)
        if checkpoint["loader"] is not None and not self.options.forget:
            loader.load_state_dict(checkpoint["loader"])
        self.announce("up")
        step = checkpoint["step"]
        with log_of(self.folder, self.rank).open("ab", buffering=0) as log:
            for epoch in range(checkpoint["epoch"], EPOCHS):
                sampler.set_epoch(epoch)
                for batch in loader:
                    self.train(log, epoch, step, batch)
                    step += 1
                    if step % self.options.every == 0:
                        self.save(epoch, step, loader)
                step = 0
                self.save(epoch + 1, step, loader)
        torch.distributed.destroy_process_group()

    def train(self, log: Any, epoch: int, step: int, batch: torch.Tensor) -> None:
        """What stands for forward, backward and optimizer; the ranks go on together."""
        os.read(self.tickets, 1)
        torch.distributed.all_reduce(batch.sum())
        line = f"{epoch} {step} {self.options.world} {' '.join(map(str, batch.tolist()))}"
        log.write(f"{line}\n".encode())
        self.lines[self.rank] += 1
        self.announce(line)

    def save(self, epoch: int, step: int, loader: fastsamplers.DataLoader) -> None:
        """A checkpoint of all ranks by the first, of which either all is there or nothing."""
        mine = torch.tensor(self.lines[self.rank])
        lines = [torch.zeros_like(mine) for _ in range(self.options.world)]
        torch.distributed.all_gather(lines, mine)
        if self.rank != 0:
            return
        self.lines[: self.options.world] = map(int, lines)
        self.announce("saving")
        part = self.folder / "checkpoint.part"
        torch.save(
            {"epoch": epoch, "step": step, "lines": self.lines, "loader": loader.state_dict()}, part
        )
        self.announce("saved")
        part.replace(self.folder / "checkpoint.pt")
        self.announce("in place")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--world", type=int, required=True)
    parser.add_argument("--n", type=int, required=True)
    parser.add_argument("--every", type=int, default=3)
    parser.add_argument("--algorithm", default="torch")
    parser.add_argument("--layout", default="interleaved")
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--forget", type=int, default=0, help="1 leaves the loader's state alone")
    options = parser.parse_args()
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    torch.set_num_threads(1)
    tickets = os.dup(0)  # processes close their standard input
    context = multiprocessing.get_context("fork")  # torch has been imported, and has no threads yet
    ranks = [
        context.Process(target=Rank(rank, options, tickets).run) for rank in range(options.world)
    ]
    for rank in ranks:
        rank.start()
    os.close(0)
    os.close(tickets)
    for rank in ranks:
        rank.join()
    return max(abs(rank.exitcode or 0) for rank in ranks)


if __name__ == "__main__":
    sys.exit(main())
