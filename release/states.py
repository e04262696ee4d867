"""States of passes as a release writes them, kept so that later versions can be seen to load them.

`python -m release.states` makes those of the present version, once, before its release.
"""

from __future__ import annotations

import base64
import importlib
import itertools
import json
import sys
import zlib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

import fastsamplers
from release import state_cases

FOLDER = Path(__file__).parents[1] / "tests" / "data" / "states"
# Items that are given before the state is taken: none, and some.
_PLACES = (0, 3)
# Of the passes after it; orders without an end are cut here.
_MOST = 40
Record = dict[str, Any]


def build(given: Any, shift: int = 0) -> Any:
    """What a call of state_cases stands for; ``shift`` moves the seeds of generators."""
    if isinstance(given, list):
        return [build(each, shift) for each in given]
    if not isinstance(given, dict):
        return given
    if "range" in given:
        return list(range(given["range"]))
    if "generator" in given:
        return torch.Generator().manual_seed(given["generator"] + shift)
    if "tensor" in given:
        return torch.tensor(given["tensor"], dtype=getattr(torch, given["dtype"]))
    module, _, name = given["class"].rpartition(".")
    owner = importlib.import_module(module) if module else fastsamplers
    arguments = {key: build(value, shift) for key, value in given["arguments"].items()}
    return getattr(owner, name)(**arguments)


def encoded(state: Any) -> Any:
    """A state as JSON has it; generator states are packed."""
    if isinstance(state, torch.Tensor):
        packed = zlib.compress(state.numpy().tobytes(), 9)
        return {"uint8 tensor": base64.b85encode(packed).decode()}
    if isinstance(state, dict):
        return {key: encoded(value) for key, value in state.items()}
    if isinstance(state, list):
        return [encoded(value) for value in state]
    if not isinstance(state, int | str):
        raise TypeError(f"{state!r} is not what states are made of")
    return state


def decoded(state: Any) -> Any:
    """The state that ``encoded`` was given."""
    if isinstance(state, list):
        return [decoded(value) for value in state]
    if not isinstance(state, dict):
        return state
    if "uint8 tensor" in state:
        packed = base64.b85decode(state["uint8 tensor"])
        return torch.frombuffer(bytearray(zlib.decompress(packed)), dtype=torch.uint8)
    return {key: decoded(value) for key, value in state.items()}


def _read(items: Any) -> list[Any]:
    taken = itertools.islice(items, _MOST)
    return [item.tolist() if hasattr(item, "tolist") else item for item in taken]


def _set_epoch(made: Any, epoch: int) -> None:
    for owner in (made, getattr(made, "sampler", None)):
        if hasattr(owner, "set_epoch"):
            owner.set_epoch(epoch)  # type: ignore[union-attr]
            return


def record(given: dict[str, Any], place: int) -> Record:
    """The state of a pass after ``place`` items, and what follows it."""
    torch.manual_seed(5)
    made = build(given)
    _set_epoch(made, 2)
    if "seek" in given:
        made.seek(given["seek"])
    items = iter(made)
    for _ in range(place):
        next(items)
    state = (made if given["class"] == "DataLoader" else items).state_dict()
    return {
        "make": given,
        "place": place,
        "state": encoded(state),
        "rest": _read(items),
        "next pass": _read(made),
    }


def resumed(kept: Record) -> tuple[list[Any], list[Any]]:
    """The rest of the pass and the next pass, by the present version from the state."""
    torch.manual_seed(99)
    made = build(kept["make"], shift=1000)
    state = decoded(kept["state"])
    if kept["make"]["class"] == "DataLoader":
        made.load_state_dict(state)
        return _read(made), _read(made)
    items = iter(made)
    items.load_state_dict(state)
    return _read(items), _read(made)


def write(folder: Path) -> None:
    """One file for each class, one line for each state.

    Raises:
        FileExistsError: ``folder`` is there; what a release has written never changes.
    """
    if folder.exists():
        raise FileExistsError(folder)
    files: dict[str, list[str]] = {}
    for given, place in itertools.product(state_cases.calls(), _PLACES):
        kept = record(given, place)
        if resumed(kept) != (kept["rest"], kept["next pass"]):
            raise AssertionError(f"the state of {given} after {place} items does not lead on")
        files.setdefault(given["class"], []).append(json.dumps(kept))
    folder.mkdir(parents=True)
    for name, lines in files.items():
        text = "[\n" + ",\n".join(lines) + "\n]\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8")


def of_release(folder: Path) -> Iterator[Record]:
    """The states in the files of one release."""
    for path in sorted(folder.glob("*.json")):
        yield from json.loads(path.read_text(encoding="utf-8"))


def main() -> None:
    """Writes the states of the present version."""
    folder = FOLDER / version("fastsamplers")
    if folder.exists():
        sys.exit(f"{folder} is there, and states of a release never change")
    write(folder)


if __name__ == "__main__":
    main()
