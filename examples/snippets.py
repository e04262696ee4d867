"""Paragraphs of Python's standard library, and rows of bytes made of them.

A row holds one snippet or, where a sampler packs, several. Each snippet begins with START in place
of a byte before its first, so that all its bytes are to be guessed: a snippet has as many tokens
as bytes, alone or packed.
"""

from __future__ import annotations

import sysconfig
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset

LONGEST = 512  # bytes; what is longer is cut
HELD_OUT_EVERY = 10
START, PADDING = 256, 257  # above the greatest byte
NO_TARGET = -100  # what cross_entropy leaves out
Row = list[tuple[int, bytes]]


class Snippets(Dataset[Row]):
    """An item is a row: of the snippet of an index or, for a list of indices, of them all."""

    def __init__(self, snippets: list[bytes]) -> None:
        self.snippets = snippets

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """int64[n], in bytes; what the samplers are given."""
        return np.array([len(snippet) for snippet in self.snippets], dtype=np.int64)

    def __len__(self) -> int:
        return len(self.snippets)

    def __getitem__(self, where: int | list[int]) -> Row:
        indices = where if isinstance(where, list) else [where]
        return [(index, self.snippets[index]) for index in indices]


def read(limit: int) -> tuple[Snippets, Snippets]:
    """``limit`` snippets: nine tenths to train on, and a tenth held out.

    Paragraphs are as long as they are: half of them below 150 bytes, one in ten above 512.
    """
    library = Path(sysconfig.get_path("stdlib"))
    found = []
    for file in sorted(library.glob("*.py")):
        paragraphs = (part.strip(b"\n")[:LONGEST] for part in file.read_bytes().split(b"\n\n"))
        found += [paragraph for paragraph in paragraphs if paragraph]
    if not found:
        raise FileNotFoundError(f"no source files of the standard library in {library}")
    # Spread over all modules, whatever the limit.
    chosen = found[:: max(1, len(found) // limit)][:limit]
    training = [snippet for i, snippet in enumerate(chosen) if i % HELD_OUT_EVERY]
    return Snippets(training), Snippets(chosen[::HELD_OUT_EVERY])


@dataclass(frozen=True)
class Batch:
    """Rows side by side, as long as the longest; what is beyond a row's end is padding."""

    indices: list[int]
    """Of the snippets, row by row."""
    inputs: Tensor
    """int64[rows, longest]: the byte before each target, START or PADDING."""
    targets: Tensor
    """int64[rows, longest]: bytes, NO_TARGET in the padding."""
    parts: Tensor | None
    """int64[rows, longest]: which snippet of its row; None where every row has only one."""

    @property
    def tokens(self) -> int:
        return int((self.targets != NO_TARGET).sum())

    @property
    def padded_tokens(self) -> int:
        return self.inputs.numel()


def collate(rows: list[Row]) -> Batch:
    """The batch of some rows."""
    longest = max(sum(len(snippet) for _, snippet in row) for row in rows)
    inputs = torch.full((len(rows), longest), PADDING)
    targets = torch.full((len(rows), longest), NO_TARGET)
    parts = torch.full((len(rows), longest), -1)
    for r, row in enumerate(rows):
        begin = 0
        for part, (_, snippet) in enumerate(row):
            end = begin + len(snippet)
            targets[r, begin:end] = torch.tensor(list(snippet))
            inputs[r, begin] = START
            inputs[r, begin + 1 : end] = targets[r, begin : end - 1]
            parts[r, begin:end] = part
            begin = end
    indices = [index for row in rows for index, _ in row]
    packed = any(len(row) > 1 for row in rows)
    return Batch(indices, inputs, targets, parts if packed else None)
