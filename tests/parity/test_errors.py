"""What torch refuses is refused with its type, its text, at its moment, and draws the same."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

import fastsamplers


class NoLength:
    """Has items but no length."""

    def __getitem__(self, i):
        return i


class LengthOf:
    """Has a length, of any kind, or one that fails."""

    def __init__(self, length) -> None:
        self.length = length

    def __len__(self):
        if isinstance(self.length, Exception):
            raise self.length
        return self.length


class FalseBool:
    """Looks like a bool and is none."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "FalseBool()"


FIVE = range(5)
# Odd values that every argument is tried with; made anew for each run.
ODD = {
    "None": lambda: None,
    "True": lambda: True,
    "False": lambda: False,
    "0": lambda: 0,
    "1": lambda: 1,
    "-1": lambda: -1,
    "2": lambda: 2,
    "2.0": lambda: 2.0,
    "nan": lambda: float("nan"),
    "'2'": lambda: "2",
    "''": lambda: "",
    "b'2'": lambda: b"2",
    "[]": list,
    "[2]": lambda: [2],
    "(2,)": lambda: (2,),
    "{}": dict,
    "range(3)": lambda: range(3),
    "2**31": lambda: 2**31,
    "2**63": lambda: 2**63,
    "2**64": lambda: 2**64,
    "-2**63-1": lambda: -(2**63) - 1,
    "1j": lambda: 1j,
    "np.int64": lambda: np.int64(2),
    "np.bool_": lambda: np.bool_(True),
    "np.float64": lambda: np.float64(2),
    "tensor(2)": lambda: torch.tensor(2),
    "tensor(True)": lambda: torch.tensor(True),
    "tensor([])": lambda: torch.tensor([]),
    "array([1, 2])": lambda: np.array([1, 2]),
    "a bool-like": FalseBool,
    "a type": lambda: int,
    "NoLength": NoLength,
    "len 0": lambda: LengthOf(0),
    "len 3": lambda: LengthOf(3),
    "len -1": lambda: LengthOf(-1),
    "len 2.0": lambda: LengthOf(2.0),
    "len '2'": lambda: LengthOf("2"),
    "len 2**63": lambda: LengthOf(2**63),
    "len fails": lambda: LengthOf(OSError(5, "gone")),
    "len stops": lambda: LengthOf(StopIteration(5)),
    "Generator": lambda: torch.Generator().manual_seed(1),
    "Generator type": lambda: torch.Generator,
    "device": lambda: torch.device("cpu"),
}

ARGUMENTS = {
    "SequentialSampler data_source": lambda lib, x: lib.SequentialSampler(x),
    "RandomSampler data_source": lambda lib, x: lib.RandomSampler(x),
    "RandomSampler data_source, num_samples=2": lambda lib, x: lib.RandomSampler(x, num_samples=2),
    "RandomSampler data_source, replacement": lambda lib, x: lib.RandomSampler(x, True, 2),
    "RandomSampler data_source, replacement, more": lambda lib, x: lib.RandomSampler(x, True, 64),
    "RandomSampler replacement": lambda lib, x: lib.RandomSampler(FIVE, x),
    "RandomSampler num_samples": lambda lib, x: lib.RandomSampler(FIVE, num_samples=x),
    "RandomSampler num_samples, replacement": lambda lib, x: lib.RandomSampler(FIVE, True, x),
    "RandomSampler generator": lambda lib, x: lib.RandomSampler(FIVE, generator=x),
    "RandomSampler generator, replacement": lambda lib, x: lib.RandomSampler(FIVE, True, 40, x),
    "SubsetRandomSampler indices": lambda lib, x: lib.SubsetRandomSampler(x),
    "SubsetRandomSampler generator": lambda lib, x: lib.SubsetRandomSampler([5, 6, 7], x),
    "BatchSampler sampler": lambda lib, x: lib.BatchSampler(x, 2, False),
    "BatchSampler sampler, drop_last": lambda lib, x: lib.BatchSampler(x, 2, True),
    "BatchSampler batch_size": lambda lib, x: lib.BatchSampler(
        lib.SequentialSampler(FIVE), x, False
    ),
    "BatchSampler batch_size over a list": lambda lib, x: lib.BatchSampler([1, 2, 3], x, False),
    "BatchSampler drop_last": lambda lib, x: lib.BatchSampler(lib.RandomSampler(FIVE), 2, x),
    "DistributedSampler dataset": lambda lib, x: lib.DistributedSampler(x, 2, 1),
    "DistributedSampler dataset, drop_last": lambda lib, x: lib.DistributedSampler(
        x, 2, 1, drop_last=True
    ),
    "DistributedSampler num_replicas": lambda lib, x: lib.DistributedSampler(FIVE, x, 0),
    "DistributedSampler num_replicas, drop_last": lambda lib, x: lib.DistributedSampler(
        FIVE, x, 0, drop_last=True
    ),
    "DistributedSampler rank": lambda lib, x: lib.DistributedSampler(FIVE, 2, x),
    "DistributedSampler rank, shuffle=False": lambda lib, x: lib.DistributedSampler(
        FIVE, 3, x, False
    ),
    "DistributedSampler shuffle": lambda lib, x: lib.DistributedSampler(FIVE, 2, 1, x),
    "DistributedSampler seed": lambda lib, x: lib.DistributedSampler(FIVE, 2, 1, seed=x),
    "DistributedSampler seed, shuffle=False": lambda lib, x: lib.DistributedSampler(
        FIVE, 2, 1, False, x
    ),
    "DistributedSampler drop_last": lambda lib, x: lib.DistributedSampler(FIVE, 2, 1, drop_last=x),
}
# torch would pad the order to that many indices and fill the memory.
TOO_LARGE = {("DistributedSampler num_replicas", huge) for huge in ("2**31", "2**63", "2**64")}
# What is not given is looked up later here (test_process_group.py).
LATER = {(name, "None") for name in ARGUMENTS if "num_replicas" in name or "rank" in name}
CASES = [pair for pair in itertools.product(ARGUMENTS, ODD) if pair not in TOO_LARGE | LATER]


@pytest.mark.parametrize(("argument", "odd"), CASES)
def test_every_argument_with_every_odd_value(same, trace, attempt, argument: str, odd: str) -> None:
    def scenario(library):
        value = ODD[odd]()
        generator = value if isinstance(value, torch.Generator) else None

        def make():
            return ARGUMENTS[argument](library, value)

        events = trace(make, generator, steps=12)
        made = attempt(lambda: make() is not None)
        length = attempt(lambda: len(make()))
        return events, made, length, trace(make, generator, steps=12)

    same(scenario)


def test_wrong_numbers_of_arguments_are_type_errors() -> None:
    for name, arguments in {
        "SequentialSampler": [(), (FIVE, 1)],
        "RandomSampler": [(), (FIVE, False, 5, None, "torch")],
        "SubsetRandomSampler": [(), ([1], None, "torch")],
        "BatchSampler": [(), ([1],), ([1], 2), ([1], 2, True, "list")],
        "DistributedSampler": [(), (FIVE, 2, 0, True, 0, False, "torch")],
    }.items():
        for given in arguments:
            with pytest.raises(TypeError):
                getattr(fastsamplers, name)(*given)


@pytest.mark.parametrize("algorithm", ["feistel2", "", None, 5, b"torch", "Torch"])
def test_an_unknown_algorithm_is_refused(algorithm: object) -> None:
    for make in (
        lambda: fastsamplers.RandomSampler(FIVE, algorithm=algorithm),
        lambda: fastsamplers.SubsetRandomSampler([1, 2], algorithm=algorithm),
        lambda: fastsamplers.DistributedSampler(FIVE, 2, 0, algorithm=algorithm),
    ):
        with pytest.raises(ValueError, match=r"algorithm should be one of 'torch'.*algorithm="):
            make()


def test_torchs_checks_come_before_ours(same, attempt) -> None:
    def scenario(library):
        ours = {} if library.name == "torch" else {"algorithm": "none"}
        also = {} if library.name == "torch" else {"output": "none"}
        return [
            attempt(lambda: library.RandomSampler(FIVE, 1, **ours)),
            attempt(lambda: library.RandomSampler([], **ours)),
            attempt(lambda: library.DistributedSampler(FIVE, 2, 5, **ours)),
            attempt(lambda: library.BatchSampler([1], 0, False, **also)),
        ]

    same(scenario)
