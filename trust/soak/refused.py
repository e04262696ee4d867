"""Random arguments that are mostly wrong: the same error, or the same result, as torch's."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from trust.soak.run import Run


class OddLength:
    """Has a length of any kind, or one that fails."""

    def __init__(self, length: Any) -> None:
        self._length = length

    def __len__(self) -> int:
        if isinstance(self._length, Exception):
            raise self._length
        return self._length  # type: ignore[no-any-return]


def _odd(choices: random.Random, generator: torch.Generator) -> Any:
    """A value that few arguments are made for."""
    number = choices.choice((0, 1, -1, 2, 3, choices.randrange(-100, 100)))
    makers: tuple[Callable[[], Any], ...] = (
        lambda: None,
        lambda: number == 1,
        lambda: number,
        lambda: float(number),
        lambda: choices.choice((float("nan"), float("inf"), 1e300, 0.5)),
        lambda: str(number),
        lambda: b"2",
        lambda: [number] * choices.randrange(4),
        lambda: (number, 1.5),
        lambda: {number: number},
        lambda: {number},
        lambda: range(abs(number)),
        lambda: choices.choice((2**31, 2**63 - 1, 2**63, 2**64, -(2**63) - 1, 10**30)),
        lambda: complex(number, 1),
        lambda: choices.choice((np.int64, np.int32, np.uint8, np.float32, np.bool_))(abs(number)),
        lambda: torch.tensor(number),
        lambda: torch.tensor([number, number + 1]),
        lambda: torch.tensor([0.5, number]),
        lambda: np.array([number, 1]),
        lambda: np.array([[0.5, 1.0]]),
        lambda: np.array([], dtype=np.float32),
        lambda: OddLength(choices.choice((0, 3, -1, 2.0, "2", 2**63, OSError(5, "gone")))),
        lambda: generator,
        lambda: torch.Generator,
        lambda: torch.device("cpu"),
        lambda: torch.int32,
        lambda: iter(range(3)),
        lambda: (x for x in (1, 2, 3)),
    )
    return choices.choice(makers)()


# Of each: what its arguments are where they are right.
_ARGUMENTS: dict[str, dict[str, Any]] = {
    "SequentialSampler": {"data_source": range(5)},
    "RandomSampler": {
        "data_source": range(5), "replacement": False, "num_samples": 7, "generator": None,
    },
    "SubsetRandomSampler": {"indices": [5, 6, 7], "generator": None},
    "WeightedRandomSampler": {
        "weights": [0.5, 1.0, 0.2], "num_samples": 2, "replacement": True, "generator": None,
    },
    "DistributedSampler": {
        "dataset": range(5), "num_replicas": 2, "rank": 1, "shuffle": True, "seed": 0,
        "drop_last": False,
    },
    "BatchSampler": {"sampler": [3, 4, 5, 6], "batch_size": 2, "drop_last": False},
    "DataLoader": {
        "dataset": [5, 6, 7, 8], "batch_size": 2, "shuffle": True, "sampler": None,
        "batch_sampler": None, "drop_last": False, "generator": None, "num_workers": 0,
    },
    "randperm": {"n": 5, "generator": None, "out": None, "dtype": None},
    "randint": {"low": 0, "high": 5, "size": (3,), "generator": None},
    "multinomial": {
        "input": torch.tensor([0.5, 1.0]), "num_samples": 2, "replacement": True,
        "generator": None, "out": None,
    },
}  # fmt: skip
_PLACED = {
    "randperm": ("n",),
    "randint": ("low", "high", "size"),
    "multinomial": ("input", "num_samples", "replacement"),
}


def _is_left_out(target: str, name: str, value: Any) -> bool:
    """What would fill the memory with torch, or what is documented to be otherwise here."""
    if target == "multinomial" and isinstance(value, np.ndarray | np.generic):
        return True  # arrays are taken, too
    if isinstance(value, float):
        return abs(value) > 2**20
    huge = isinstance(value, int) and abs(value) > 2**20
    if target == "DistributedSampler" and name in ("num_replicas", "rank"):
        return huge or value is None  # looked up later
    if target == "DataLoader" and name == "num_workers":
        return True  # processes
    return huge and (target, name) in {
        ("WeightedRandomSampler", "num_samples"),
        ("multinomial", "num_samples"),
        ("randperm", "n"),
    }


def invalid_arguments(run: Run) -> None:
    choices = run.choices
    target = choices.choice([*_ARGUMENTS])
    arguments = dict(_ARGUMENTS[target])
    odd = run.seeded_generator()
    for name in choices.sample([*arguments], min(choices.choice((1, 1, 2, 3)), len(arguments))):
        value = _odd(choices, odd)
        if not _is_left_out(target, name, value):
            arguments[name] = value
    # Python's texts for missing and unknown arguments are not those of torch's C++ functions, and
    # ranks that are not given are looked up later.
    if target not in _PLACED:
        for name in sorted(arguments.keys() - {"num_replicas", "rank"}):
            if choices.random() < 0.1:
                del arguments[name]
        if choices.random() < 0.02:
            arguments["unknown"] = 1
    run.see("configuration", f"{target} {[*arguments]}")
    make = getattr(run.library, target)
    if target in _PLACED:
        # As they are called: a text names the arguments that were given, and torch's own code
        # cannot be told that one was given as None.
        placed = [arguments.pop(name) for name in _PLACED[target] if name in arguments]
        named = {name: value for name, value in arguments.items() if value is not None}
        run.attempt("call", lambda: make(*placed, **named))
        return
    made = run.make("constructor", lambda: make(**arguments))
    if made is None:
        return
    run.attempt("length", lambda: len(made))
    for _ in range(2):
        iterator = run.make("iter()", lambda: iter(made))
        if iterator is None:
            return
        for _ in itertools.repeat(None, 12):
            if isinstance(run.attempt("next()", lambda: next(iterator)), type(None)):  # noqa: B023
                break


CASES: dict[str, Callable[[Run], None]] = {"invalid arguments": invalid_arguments}
