"""functional.multinomial: what can be given as weights and as out, and how it can be called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import fastsamplers.functional

MULTINOMIAL = {"torch": torch.multinomial, "fastsamplers": fastsamplers.functional.multinomial}
N = 3000
# (indices, replacement): every kernel, and k on both sides of the branch of topk.
DRAWS = [(1, False), (1, True), (40, False), (50, False), (N // 2, False), (N, False), (N, True)]


def weights(dtype: torch.dtype = torch.float64, n: int = N) -> torch.Tensor:
    return torch.rand(n, generator=torch.Generator().manual_seed(2), dtype=torch.float64).to(dtype)


TENSORS: dict[str, Callable[[torch.dtype], torch.Tensor]] = {
    "every second": lambda dtype: weights(dtype, 2 * N)[::2],
    "every seventh": lambda dtype: weights(dtype, 7 * N)[3::7],
    "one of all": lambda dtype: weights(dtype, 1).expand(N),
    "a column": lambda dtype: weights(dtype, 3 * N).view(N, 3)[:, 1],
    "a row": lambda dtype: weights(dtype, 3 * N).view(3, N)[1],
    "flipped": lambda dtype: weights(dtype).flip(0),
    "an odd place": lambda dtype: weights(dtype, N + 1)[1:],
    "real parts": lambda dtype: torch.complex(weights(dtype), weights(dtype)).real,
    "negative bit": lambda dtype: torch.complex(weights(dtype), -weights(dtype)).conj().imag,
    "requires grad": lambda dtype: weights(dtype).requires_grad_(),
    "of a graph": lambda dtype: weights(dtype).requires_grad_() * 2,
    "parameter": lambda dtype: torch.nn.Parameter(weights(dtype)),
    "inference": lambda dtype: in_inference_mode(dtype),
}
# torch has complex numbers of two of the types.
TYPES = [(name, dtype) for name in TENSORS
         for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16)
         if dtype in (torch.float64, torch.float32) or name not in ("real parts", "negative bit")
         ]  # fmt: skip


def in_inference_mode(dtype: torch.dtype) -> torch.Tensor:
    with torch.inference_mode():
        return weights(dtype)


@pytest.mark.parametrize(("name", "dtype"), TYPES)
def test_tensors_of_every_layout(same, states, name: str, dtype: torch.dtype) -> None:
    given = TENSORS[name](dtype)

    def scenario(library):
        multinomial, generator = MULTINOMIAL[library.name], torch.Generator().manual_seed(1)
        return [
            (multinomial(given, *draw, generator=generator).tolist(), states(generator))
            for draw in DRAWS
        ]

    same(scenario)


def unaligned(values: np.ndarray) -> np.ndarray:
    return np.frombuffer(b"." + values.tobytes(), dtype=values.dtype, offset=1)


def read_only(values: np.ndarray) -> np.ndarray:
    values.flags.writeable = False
    return values


def memory_map(values: np.ndarray, path: Path, mode: str) -> np.ndarray:
    np.save(path / "weights.npy", values)
    mapped = np.load(path / "weights.npy", mmap_mode=mode)
    assert isinstance(mapped, np.memmap)
    return mapped


ARRAYS: dict[str, Callable[[np.ndarray, Path], np.ndarray]] = {
    "plain": lambda values, _: values,
    "every third": lambda values, _: np.repeat(values, 3)[::3],
    "backward": lambda values, _: values[::-1],
    "every second backward": lambda values, _: np.repeat(values, 2)[::-2],
    "one of all": lambda values, _: np.broadcast_to(values[5], N),
    "a column": lambda values, _: np.stack([values, values], axis=1)[:, 1],
    "a field": lambda values, _: values.view([("weight", values.dtype)])["weight"],
    "unaligned": lambda values, _: unaligned(values),
    "read-only": lambda values, _: read_only(values),
    "memory map to read": lambda values, path: memory_map(values, path, "r"),
    "memory map to write": lambda values, path: memory_map(values, path, "r+"),
    "half a memory map": lambda values, path: memory_map(np.tile(values, 2), path, "r")[N:],
    "backward memory map": lambda values, path: memory_map(values[::-1], path, "c")[::-1],
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_of_every_layout(same, states, tmp_path, name: str, dtype: str) -> None:
    """torch knows few of them: it gets a plain tensor of the same weights."""
    given = ARRAYS[name](weights().numpy().astype(dtype), tmp_path)

    def scenario(library):
        multinomial, generator = MULTINOMIAL[library.name], torch.Generator().manual_seed(1)
        own = torch.from_numpy(given.copy()) if library.name == "torch" else given
        return [
            (multinomial(own, *draw, generator=generator).tolist(), states(generator))
            for draw in DRAWS
        ]

    same(scenario)


@pytest.mark.parametrize("dtype", ["float16", ">f8", ">f4", "int64", "uint8", "bool", "O", "U1"])
def test_arrays_of_other_types_are_torchs_affair(same, attempt, states, dtype: str) -> None:
    given = np.array([1, 0, 1, 1, 0, 1, 1]).astype(dtype)

    def scenario(library):
        multinomial = MULTINOMIAL[library.name]
        convert = torch.from_numpy if library.name == "torch" else np.asarray
        return [
            (attempt(lambda d=draw: multinomial(convert(given), *d)), states())
            for draw in ((1, True), (3, True), (3, False))
        ]

    same(scenario)


OTHERS: dict[str, Callable[[], Any]] = {
    "rows": lambda: weights().view(30, -1),
    "one row": lambda: weights().view(1, -1),
    "rows of float32": lambda: weights(torch.float32).view(30, -1),
    "rows that are not next to each other": lambda: weights().view(-1, 30).t(),
    "no rows": lambda: torch.empty(0, 3),
    "empty rows": lambda: torch.empty(3, 0),
    "no dimension": lambda: torch.tensor(1.0),
    "three dimensions": lambda: torch.ones(2, 2, 2),
    "empty": lambda: torch.empty(0),
    "int64": lambda: torch.arange(9),
    "bool": lambda: torch.ones(9, dtype=torch.bool),
    "complex": lambda: torch.ones(9, dtype=torch.complex64),
    "float8": lambda: torch.ones(9).to(torch.float8_e4m3fn),
    "sparse": lambda: torch.eye(9)[0].to_sparse(),
    "meta": lambda: torch.ones(9, device="meta"),
    "list": lambda: [1.0, 2.0, 3.0],
    "None": lambda: None,
    "number": lambda: 3.0,
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_the_kernels_do_not_serve(same, attempt, states, name: str) -> None:
    given = OTHERS[name]()

    def scenario(library):
        multinomial = MULTINOMIAL[library.name]
        return [
            (attempt(lambda d=draw: multinomial(given, *d)), states())
            for draw in ((1, True), (3, True), (3, False), (30, False))
        ]

    same(scenario)


CALLS: dict[str, Callable[[Any, torch.Tensor], Any]] = {
    "by position": lambda f, w: f(w, 5, True),
    "by name": lambda f, w: f(input=w, num_samples=5, replacement=True),
    "without replacement by default": lambda f, w: f(w, N),
    "numbers by name": lambda f, w: f(w, num_samples=5),
    "generator None": lambda f, w: f(w, 5, generator=None),
    "the global generator": lambda f, w: f(w, 5, generator=torch.default_generator),
    "out None": lambda f, w: f(w, 5, out=None),
    "out": lambda f, w: f(w, 5, True, out=torch.empty(5, dtype=torch.int64)),
    "out for one": lambda f, w: f(w, 1, out=torch.empty(1, dtype=torch.int64)),
    "out without replacement": lambda f, w: f(w, 5, out=torch.empty(5, dtype=torch.int64)),
    "empty out": lambda f, w: f(w, 5, out=torch.empty(0, dtype=torch.int64)),
    "strided out": lambda f, w: f(w, 5, out=torch.zeros(10, dtype=torch.int64)[::2]),
    "out of another type": lambda f, w: f(w, 5, out=torch.empty(5)),
    "out of int32": lambda f, w: f(w, 5, out=torch.empty(5, dtype=torch.int32)),
    "out on meta": lambda f, w: f(w, 5, out=torch.empty(5, dtype=torch.int64, device="meta")),
    "out that is a list": lambda f, w: f(w, 5, out=[0] * 5),
    "out that is an array": lambda f, w: f(w, 5, out=np.zeros(5, dtype=np.int64)),
    "numpy number": lambda f, w: f(w, np.int64(5)),
    "bool number": lambda f, w: f(w, True),
    "float number": lambda f, w: f(w, 5.0),
    "number that is a tensor": lambda f, w: f(w, torch.tensor(5)),
    "several numbers": lambda f, w: f(w, torch.tensor([1, 2]), True),
    "several numbers, as an array": lambda f, w: f(w, np.array([1, 2]), True),
    "replacement 1": lambda f, w: f(w, 5, 1),
    "replacement None": lambda f, w: f(w, 5, None),
    "replacement text": lambda f, w: f(w, 5, "yes"),
    "generator of another kind": lambda f, w: f(w, 5, generator=7),
    "zero": lambda f, w: f(w, 0),
    "negative": lambda f, w: f(w, -1, True),
    "too many": lambda f, w: f(w, N + 1),
    "beyond int64": lambda f, w: f(w, 2**63, True),
    "bytes beyond int64": lambda f, w: f(w, 2**60, True),
}


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16])
@pytest.mark.parametrize("name", CALLS)
def test_every_way_to_call_it(same, attempt, name: str, dtype: torch.dtype) -> None:
    same(lambda library: attempt(lambda: CALLS[name](MULTINOMIAL[library.name], weights(dtype))))


@pytest.mark.filterwarnings("ignore:An output with one or more elements was resized")
def test_an_out_of_another_length_is_resized(same, attempt) -> None:
    def scenario(library):
        out = torch.empty(3, dtype=torch.int64)
        return attempt(lambda: MULTINOMIAL[library.name](weights(), 5, out=out)), out.tolist()

    same(scenario)


@pytest.mark.parametrize("draw", DRAWS)
def test_out_is_returned_and_its_version_counted(same, draw: tuple[int, bool]) -> None:
    def scenario(library):
        out = torch.empty(draw[0], dtype=torch.int64)
        result = MULTINOMIAL[library.name](weights(), *draw, out=out)
        return result is out, out._version, out.tolist()

    assert same(scenario)[:2] == (True, 1)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_in_modes_without_gradients(same, mode) -> None:
    def scenario(library):
        with mode():
            drawn = MULTINOMIAL[library.name](weights(), 9, True)
            return drawn.tolist(), drawn.is_inference(), drawn.requires_grad

    same(scenario)


def test_weights_and_results_stay_resizable() -> None:
    given = weights()
    drawn = [fastsamplers.functional.multinomial(given, *draw) for draw in DRAWS]
    for tensor in (given, *drawn):
        tensor.resize_(2 * N)
