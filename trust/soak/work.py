"""A process's share of the configurations."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import torch

from trust.soak import libraries
from trust.soak.cases import CASES
from trust.soak.run import compare


@dataclass
class Found:
    """What a part of a run tried of one case, and where the two sides differed."""

    case: str
    configurations: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)


# A note that tells nothing yet.
_BEING_WRITTEN = ".new"

_library: SimpleNamespace
_begun: Path | None = None


def prepare(replacements: str | None, notes: Path | None) -> None:
    """Once in each process, before ``run``.

    Args:
        replacements: of libraries.ours.
        notes: a folder for what is run at the moment, for the case that it ends the process.
    """
    global _begun, _library
    torch.set_num_threads(1)  # the other processor is the other process's
    _library = libraries.ours(replacements)
    _begun = None if notes is None else notes / str(random.SystemRandom().getrandbits(64))


def run(case: str, seed: int, seconds: float, count: int | None) -> Found:
    """Configurations of one case, for so many seconds or exactly ``count`` of them."""
    seeds = random.Random(seed)
    found = Found(case)
    end = time.monotonic() + seconds
    while found.configurations < count if count is not None else time.monotonic() < end:
        one(found, seeds.getrandbits(64))
    return found


def one(found: Found, seed: int) -> None:
    """One configuration, noted in ``found``."""
    if _begun is not None:
        # At once: the death of another process ends this one wherever it is.
        note = _begun.with_suffix(_BEING_WRITTEN)
        note.write_text(f"{found.case}\n{seed}")
        note.replace(_begun)
    found.configurations += 1
    text = compare(CASES[found.case], seed, _library)
    if text is not None:
        found.faults.append((seed, text))
    if _begun is not None:
        _begun.unlink()


def unfinished(notes: Path) -> list[tuple[str, int]]:
    """The configurations, as case and seed, that processes were at when they ended."""
    found = []
    for path in sorted(notes.iterdir()):
        if path.suffix != _BEING_WRITTEN:
            case, seed = path.read_text().split("\n")
            found.append((case, int(seed)))
        path.unlink()
    return found
