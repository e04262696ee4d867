"""BatchSampler(output="numpy" | "torch"): the same batches as int64 arrays that the caller owns."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import fastsamplers
from fastsamplers import BatchSampler, RandomSampler, SequentialSampler, SubsetRandomSampler

OUTPUTS = {"numpy": np.ndarray, "torch": torch.Tensor}

SAMPLERS = {
    "sequential": lambda library, n, generator: library.SequentialSampler(range(n)),
    "random": lambda library, n, generator: library.RandomSampler(range(n), generator=generator),
    "three times": lambda library, n, generator: library.RandomSampler(
        range(n), num_samples=3 * n, generator=generator
    ),
    "replacement": lambda library, n, generator: library.RandomSampler(
        range(n), True, n + 5, generator
    ),
    "list": lambda library, n, generator: library.SubsetRandomSampler(
        [3 * i - 7 for i in range(n)], generator
    ),
    "tuple": lambda library, n, generator: library.SubsetRandomSampler(
        tuple(range(n, 0, -1)), generator
    ),
    "range": lambda library, n, generator: library.SubsetRandomSampler(
        range(5, 5 + 3 * n, 3), generator
    ),
    "array": lambda library, n, generator: library.SubsetRandomSampler(
        np.arange(n, dtype=np.uint16)[::-1], generator
    ),
    "tensor": lambda library, n, generator: library.SubsetRandomSampler(
        torch.arange(n)[::2], generator
    ),
    "distributed": lambda library, n, generator: library.DistributedSampler(range(n), 3, 1),
    "any iterable": lambda library, n, generator: list(range(n)),
}


@given(
    name=st.sampled_from(list(SAMPLERS)),
    output=st.sampled_from(list(OUTPUTS)),
    n=st.integers(1, 3000),
    batch_size=st.integers(1, 400) | st.integers(1, 10_000),
    drop_last=st.booleans(),
    own=st.booleans(),
    steps=st.integers(0, 20),
)
def test_values_and_states(
    same, states, name, output, n, batch_size, drop_last, own, steps
) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(2) if own else None
        sampler = SAMPLERS[name](library, n, generator)
        ours = {} if library.name == "torch" else {"output": output}
        batches = library.BatchSampler(sampler, batch_size, drop_last, **ours)
        partial = iter(batches)
        taken = [next(partial, None) for _ in range(steps)]
        outcome = []
        for batch in [*taken, *batches, *partial, *batches]:
            if batch is None:
                outcome.append(None)
                continue
            if ours:
                assert type(batch) is OUTPUTS[output]
                assert batch.dtype in (np.int64, torch.int64)
                assert batch.shape == (len(batch),)
            outcome.append([int(index) for index in batch])
        return outcome, states(generator), len(batches)

    same(scenario)


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("name", SAMPLERS)
def test_states_after_every_batch(same, states, name: str, output: str) -> None:
    def scenario(library):
        outcome = []
        for n, batch_size, drop_last in ((7, 2, False), (7, 2, True), (8, 2, False), (3, 5, True)):
            generator = torch.Generator().manual_seed(2)
            sampler = SAMPLERS[name](library, n, generator)
            ours = {} if library.name == "torch" else {"output": output}
            iterator = iter(library.BatchSampler(sampler, batch_size, drop_last, **ours))
            outcome.append(states(generator))
            for batch in iterator:
                outcome += [[int(index) for index in batch], states(generator)]
            outcome.append(states(generator))
        return outcome

    same(scenario)


@pytest.mark.parametrize("batch_size", [1, 3, 256, 5000, 20_000])
@pytest.mark.parametrize("output", OUTPUTS)
def test_arrays_are_the_callers(output: str, batch_size: int) -> None:
    batches = BatchSampler(SequentialSampler(range(100_001)), batch_size, False, output=output)
    kept, copies = [], []
    for k, batch in enumerate(batches):
        assert type(batch) is OUTPUTS[output]
        kept.append(batch)
        copies.append(np.asarray(batch).copy())
        if k % 3 == 0:  # a consumer may write into its batch
            batch[:] = -k
            copies[-1][:] = -k
    assert sum(map(len, copies)) == 100_001
    assert all((np.asarray(batch) == copy).all() for batch, copy in zip(kept, copies, strict=True))
    expected = [-(i // batch_size) if i // batch_size % 3 == 0 else i for i in range(100_001)]
    assert np.concatenate(copies).tolist() == expected


@pytest.mark.parametrize("output", OUTPUTS)
def test_arrays_outlive_the_sampler(output: str) -> None:
    batches = BatchSampler(SequentialSampler(range(1000)), 10, False, output=output)
    iterator = iter(batches)
    first = next(iterator)
    del batches, iterator
    filler = [np.full(1000, -1) for _ in range(50)]
    assert first.tolist() == list(range(10))
    del filler


def test_numpy_batches_are_ordinary_arrays() -> None:
    for batch in BatchSampler(RandomSampler(range(100)), 7, False, output="numpy"):
        assert batch.flags.writeable
        assert batch.flags.aligned
        assert batch.flags.c_contiguous
        assert batch.dtype == np.dtype(np.int64)
        batch.sort()


def test_torch_batches_are_ordinary_tensors() -> None:
    for batch in BatchSampler(RandomSampler(range(100)), 7, False, output="torch"):
        assert batch.is_contiguous()
        assert not batch.requires_grad
        assert batch.device.type == "cpu"
        batch += 1
        assert batch.clone().dtype == torch.int64


def layouts(dtype: str, path) -> dict[str, np.ndarray]:
    plain = np.array([3, 100, 7, 0, 55, 21, 4, 90, 33], dtype=dtype)
    frozen = plain.copy()
    frozen.flags.writeable = False
    np.save(path / "indices.npy", plain)
    return {
        "plain": plain,
        "strided": np.repeat(plain, 3)[::3],
        "backward": plain[::-1],
        "broadcast": np.broadcast_to(plain[:1], 6),
        "unaligned": np.frombuffer(b"." + plain.tobytes(), dtype=np.dtype(dtype), offset=1),
        "read-only": frozen,
        "memory map": np.load(path / "indices.npy", mmap_mode="r"),
    }


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("dtype", [f"{o}{k}{n}" for k in "iu" for n in (1, 2, 4, 8) for o in "<>"])
def test_indices_of_every_integer_type(states, tmp_path, dtype: str, output: str) -> None:
    for name, indices in layouts(dtype, tmp_path).items():
        torch.default_generator.manual_seed(4)
        expected = [int(i) for i in torch.utils.data.SubsetRandomSampler(indices)]
        after = states()
        sampler = SubsetRandomSampler(indices)
        torch.default_generator.manual_seed(4)
        batches = [*BatchSampler(sampler, 4, False, output=output)]
        assert [i for batch in batches for i in batch.tolist()] == expected, name
        assert {batch.dtype for batch in batches} <= {np.dtype(np.int64), torch.int64}
        assert states() == after
        torch.default_generator.manual_seed(4)
        assert [i for block in sampler.blocks(4) for i in block.tolist()] == expected, name


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize(
    "indices",
    [[1, 2.5, 3], ["a", "b"], "abc", np.array([1.0, 2.0]), torch.tensor([1.0]), [None], [[1], [2]],
     np.arange(6).reshape(3, 2), torch.arange(6).view(3, 2)],
    ids=str,
)  # fmt: skip
def test_no_integers_is_an_error_before_anything_is_drawn(states, indices, output: str) -> None:
    generator = torch.Generator().manual_seed(1)
    before = states(generator)
    batches = BatchSampler(SubsetRandomSampler(indices, generator), 2, False, output=output)
    iterator = iter(batches)
    if isinstance(indices, str):
        with pytest.raises(TypeError, match="indices should be integers, but got '"):
            next(iterator)
    else:
        with pytest.raises(TypeError, match=r"indices should be .*integers"):
            next(iterator)
        assert states(generator) == before
    assert next(iterator, "ended") == "ended"


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 2**64])
def test_integers_beyond_int64_are_an_error(output: str, value: int) -> None:
    batches = BatchSampler(SubsetRandomSampler([1, value]), 2, False, output=output)
    with pytest.raises((OverflowError, TypeError, ValueError, IndexError)):
        list(batches)
    assert sorted(next(iter(BatchSampler(batches.sampler, 2, False)))) == sorted([1, value])


@pytest.mark.parametrize("output", OUTPUTS)
def test_unsigned_values_beyond_int64_are_an_error(output: str) -> None:
    indices = np.array([1, 2**63], dtype=np.uint64)
    batches = BatchSampler(SubsetRandomSampler(indices), 2, False, output=output)
    with pytest.raises(ValueError, match="9223372036854775808"):
        list(batches)


@pytest.mark.parametrize("output", ["List", "", None, 5, b"list", "tensor", ["list"]])
def test_an_unknown_output_is_refused(output: object) -> None:
    with pytest.raises(ValueError, match="output should be one of 'list', 'numpy', 'torch'"):
        BatchSampler([1], 1, False, output=output)
    with pytest.raises(TypeError):
        fastsamplers.BatchSampler([1], 1, False, "list")
