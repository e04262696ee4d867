"""functional.randperm against torch.randperm: PARITY section 2."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

import fastsamplers.functional
from fastsamplers import _core
from trust.faults.address_space import at_most

SIZES = (0, 1, 2, 3, 31, 623, 624, 625, 626, 1247, 1249, 2047, 2048, 2049, 4095, 4096, 4097, 5000)
# Around the size from which a shuffle begins in a table instead of the array.
LARGER = (2**18 - 1, 2**18, 2**18 + 1, 300_001)


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32])
@pytest.mark.parametrize("n", SIZES + LARGER)
def test_values_and_states(same, states, n: int, dtype: torch.dtype) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(n)
        outcome = []
        for _ in range(2):
            order = library.randperm(n, generator=generator, dtype=dtype)
            outcome += [order.numpy().tobytes(), str(order.dtype), tuple(order.shape)]
            outcome += states(generator)
        order = library.randperm(n)
        return [*outcome, order.numpy().tobytes(), str(order.dtype), states()]

    same(scenario)


@given(
    n=st.integers(0, 3000),
    seed=st.integers(-(2**63), 2**64 - 1),
    used=st.integers(0, 1300),
    shared=st.booleans(),
)
@example(n=625, seed=0, used=623, shared=True)
def test_from_anywhere_in_a_stream(same, states, n, seed, used, shared) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(seed) if shared else None
        torch.randint(2, (used,), generator=generator)
        return [
            (library.randperm(n, generator=generator).tolist(), states(generator)) for _ in "ab"
        ]

    same(scenario, seed=seed)


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("n", [5000, 300_001])
def test_at_every_instruction_set_level(same, n: int) -> None:
    same(lambda library: library.randperm(n).numpy().tobytes())


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32])
def test_out_is_written_and_returned(same, dtype: torch.dtype) -> None:
    def scenario(library):
        out = torch.full((100,), -1, dtype=dtype)
        address = out.data_ptr()
        result = library.randperm(100, out=out)
        assert result is out
        assert out.data_ptr() == address
        return out.tolist(), str(out.dtype)

    same(scenario)


def test_out_counts_as_written_for_autograd(same) -> None:
    def scenario(library):
        out = torch.empty(100, dtype=torch.int64)
        before = out._version
        library.randperm(100, out=out)
        return out._version - before

    same(scenario)


def odd_outs() -> dict[str, torch.Tensor]:
    base = torch.full((10, 4), -1)
    return {
        "a column": base[:, 1],
        "every other": torch.full((20,), -1)[::2],
        "part of a larger one": torch.full((30,), -1)[7:17],
        "shorter": torch.full((0,), -1),
        "of two dimensions and as many": torch.full((0, 10), -1),
        "float64": torch.full((10,), -1.0, dtype=torch.float64),
        "float16": torch.full((10,), -1.0, dtype=torch.float16),
        "int16": torch.full((10,), -1, dtype=torch.int16),
        "uint8": torch.full((10,), 1, dtype=torch.uint8),
        "bool": torch.full((10,), True),
        "complex": torch.zeros(10, dtype=torch.complex64),
        "sparse": torch.zeros(10, dtype=torch.int64).to_sparse(),
        "on another device": torch.zeros(10, dtype=torch.int64, device="meta"),
        "a parameter": torch.nn.Parameter(torch.zeros(10)),
        "expanded": torch.zeros(1, dtype=torch.int64).expand(10),
        "an array": np.zeros(10, dtype=np.int64),
    }


@pytest.mark.parametrize("name", odd_outs())
@pytest.mark.parametrize("given_dtype", [{}, {"dtype": torch.int64}, {"dtype": torch.int32}])
def test_odd_outs_are_torchs_affair(same, attempt, name: str, given_dtype: dict) -> None:
    def scenario(library):
        out = odd_outs()[name]
        result = attempt(lambda: library.randperm(10, out=out, **given_dtype))
        base = getattr(out, "_base", None)
        return result, attempt(lambda: out), attempt(lambda: base)

    same(scenario)


@pytest.mark.filterwarnings("ignore:An output with one or more elements was resized")
def test_an_out_of_another_size_is_resized(same) -> None:
    def scenario(library):
        out = torch.full((7,), -1)
        return library.randperm(10, out=out).tolist(), out.tolist()

    same(scenario)


DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int16, torch.int8,
          torch.uint8, torch.bool, torch.complex64, torch.uint16, torch.uint64)  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("n", [0, 1, 10, 300, 3000])
def test_other_dtypes_are_torchs_affair(same, attempt, states, n: int, dtype: torch.dtype) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(1)
        return attempt(lambda: library.randperm(n, generator=generator, dtype=dtype)), (
            states(generator)
        )

    same(scenario)


BAD_CALLS = {
    "negative": lambda f: f(-1),
    "float": lambda f: f(3.0),
    "bool": lambda f: f(True),
    "text": lambda f: f("3"),
    "None": lambda f: f(None),
    "float tensor": lambda f: f(torch.tensor(3.0)),
    "int tensor": lambda f: f(torch.tensor(3)),
    "numpy int": lambda f: f(np.int64(3)),
    "above int64": lambda f: f(2**63),
    "above uint64": lambda f: f(2**64),
    "bytes above int64": lambda f: f(2**61 + 1),
    "generator of another kind": lambda f: f(3, generator="cpu"),
    "out of another kind": lambda f: f(3, out=[0, 1, 2]),
    "dtype of another kind": lambda f: f(3, dtype=int),
    "dtype that is none": lambda f: f(3, dtype="int64"),
    "no dtype": lambda f: f(3, dtype=None),
    "dtype that is false": lambda f: f(3, dtype=0),
    "dtype without a truth": lambda f: f(3, dtype=np.array([1, 2])),
    "dtype and out": lambda f: f(3, out=torch.empty(3, dtype=torch.int32), dtype=torch.int64),
    "int32 that overflows": lambda f: f(2**31 + 1, dtype=torch.int32),
}


@pytest.mark.parametrize("name", BAD_CALLS)
def test_bad_arguments_get_torchs_errors(same, attempt, name: str) -> None:
    same(lambda library: attempt(lambda: BAD_CALLS[name](library.randperm)))


@pytest.fixture
def one_gigabyte_more():
    """What machines may have is out of this process's reach."""
    with at_most(2**30):
        yield


@pytest.mark.unsanitized("bounds the address space")
@pytest.mark.usefixtures("one_gigabyte_more")
@pytest.mark.parametrize(
    ("n", "dtype", "remedy"),
    [
        (2**31 - 1, torch.int64, "int32 takes half"),
        (2**31 - 1, torch.int32, "IndexShuffle"),
        (2**31, torch.int64, "IndexShuffle"),
        (10**12, torch.int64, "IndexShuffle"),
    ],
)
def test_what_cannot_fit_is_refused_before_anything_is_drawn(states, n, dtype, remedy) -> None:
    generator = torch.Generator().manual_seed(1)
    before = states(generator)
    needed = n * dtype.itemsize
    with pytest.raises(MemoryError, match=rf"n={n} .* {needed} bytes.*{remedy}"):
        fastsamplers.functional.randperm(n, dtype=dtype, generator=generator)
    assert states(generator) == before


def test_the_threshold_is_torchs() -> None:
    assert _core.INSIDE_OUT_FROM == 214_748_364
