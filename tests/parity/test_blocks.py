"""blocks(): the indices of a pass as int64 arrays, with the draws of a pass of ints."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import fastsamplers

SAMPLERS = {
    "sequential": lambda library, n, generator: library.SequentialSampler(range(n)),
    "random": lambda library, n, generator: library.RandomSampler(range(n), generator=generator),
    "part": lambda library, n, generator: library.RandomSampler(
        range(n), num_samples=n // 2 + 1, generator=generator
    ),
    "three and a bit": lambda library, n, generator: library.RandomSampler(
        range(n), num_samples=3 * n + 2, generator=generator
    ),
    "replacement": lambda library, n, generator: library.RandomSampler(
        range(n), True, n + 5, generator
    ),
    "list": lambda library, n, generator: library.SubsetRandomSampler(
        [3 * i - 7 for i in range(n)], generator
    ),
    "range": lambda library, n, generator: library.SubsetRandomSampler(
        range(5 * n, 0, -5), generator
    ),
    "array": lambda library, n, generator: library.SubsetRandomSampler(
        np.arange(n, dtype=np.uint32), generator
    ),
    "items": lambda library, n, generator: library.SubsetRandomSampler(
        {i: np.int16(i) for i in range(n)}, generator
    ),
    "distributed": lambda library, n, generator: library.DistributedSampler(range(n), 3, 2),
    "unshuffled": lambda library, n, generator: library.DistributedSampler(
        range(n), 3, 2, shuffle=False
    ),
    "batches": lambda library, n, generator: library.BatchSampler(
        library.RandomSampler(range(n), generator=generator), 4, False
    ),
    "full batches": lambda library, n, generator: library.BatchSampler(
        library.RandomSampler(range(n), generator=generator), 4, True
    ),
    "batches of any": lambda library, n, generator: library.BatchSampler([*range(n)], 4, True),
}


@given(
    name=st.sampled_from(list(SAMPLERS)),
    n=st.integers(1, 3000),
    size=st.integers(1, 100) | st.integers(1, 70_000),
    own=st.booleans(),
    seed=st.integers(-(2**63), 2**64 - 1),
)
def test_values_and_states(same, states, name, n, size, own, seed) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(seed) if own else None
        sampler = SAMPLERS[name](library, n, generator)
        outcome = []
        for _ in range(2):
            if library.name == "torch":
                indices = [*sampler]
                if "batches" in name:
                    indices = [index for batch in indices for index in batch]
            else:
                blocks = [*sampler.blocks(size)]
                assert {type(block) for block in blocks} <= {np.ndarray}
                assert {block.dtype for block in blocks} <= {np.dtype(np.int64)}
                assert all(len(block) == size for block in blocks[:-1])
                assert all(0 < len(block) <= size for block in blocks[-1:])
                indices = [index for block in blocks for index in block.tolist()]
            outcome += [[int(index) for index in indices], states(generator)]
        return outcome

    same(scenario, seed=seed)


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("name", SAMPLERS)
def test_drawn_as_the_same_batches_are(states, name: str, own: bool) -> None:
    """After every block the generators stand where torch's batches of that size leave them."""
    n, size = 30, 8  # a multiple of the batch size, so that batches of batches end alike
    recorded = []
    for blocks in (False, True):
        torch.default_generator.manual_seed(1)
        generator = torch.Generator().manual_seed(2) if own else None
        sampler = SAMPLERS[name](fastsamplers, n, generator)
        if "batches" in name:
            sampler, drop_last = sampler.sampler, sampler.drop_last
        else:
            drop_last = False
        if blocks:
            whole = (
                fastsamplers.BatchSampler(sampler, 4, drop_last) if "batches" in name else sampler
            )
            iterator = whole.blocks(size)
        else:
            iterator = iter(torch.utils.data.BatchSampler(sampler, size, False))
        record = [states(generator)]
        for block in iterator:
            indices = [int(index) for index in block]
            if drop_last and len(indices) < size:
                indices = indices[: len(indices) // 4 * 4]
            record += [indices, states(generator)]
        recorded.append([*record, states(generator)])
    assert recorded[0] == recorded[1]


def test_the_default_size() -> None:
    blocks = fastsamplers.SequentialSampler(range(100_000)).blocks()
    assert [len(block) for block in blocks] == [65536, 100_000 - 65536]


def test_blocks_are_the_callers() -> None:
    kept = []
    for block in fastsamplers.SequentialSampler(range(50_000)).blocks(77):
        kept.append(block)
        assert block.flags.writeable
        if len(kept) % 2:
            block[:] = -1
    assert [int(block[0]) for block in kept] == [
        -1 if k % 2 == 0 else 77 * k for k in range(len(kept))
    ]


def test_an_empty_pass_has_no_blocks() -> None:
    assert list(fastsamplers.SequentialSampler([]).blocks()) == []
    assert list(fastsamplers.SubsetRandomSampler([]).blocks()) == []
    assert list(fastsamplers.BatchSampler([1, 2], 3, True).blocks()) == []


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("size", [0, -1, 2.0, True, "8", None])
def test_a_bad_size_is_refused_at_once(name: str, size: object) -> None:
    sampler = SAMPLERS[name](fastsamplers, 10, None)
    with pytest.raises(ValueError, match=f"size should be a positive integer value.*size={size}"):
        sampler.blocks(size)


def test_items_that_are_no_integers() -> None:
    sampler = fastsamplers.SubsetRandomSampler(["a", "b"])
    with pytest.raises(TypeError, match=r"indices should be integers, but got '[ab]'"):
        next(sampler.blocks())
    batches = fastsamplers.BatchSampler(["a", "b"], 2, False)
    with pytest.raises(TypeError, match="indices should be integers, but got 'a'"):
        next(batches.blocks())


@pytest.mark.parametrize("change", ["epoch", "length"])
def test_a_distributed_pass_is_fixed_when_blocks_is_called(change: str) -> None:
    """As iter() does: blocks() promises the same pass, drawn when a pass of ints draws."""
    data = list(range(20))
    sampler = fastsamplers.DistributedSampler(data, 2, 0)
    iterator, blocks = iter(sampler), sampler.blocks(4)
    if change == "epoch":
        sampler.set_epoch(3)
    else:
        data.append(20)
    assert np.concatenate([*blocks]).tolist() == list(iterator)


LENGTHS = [1 + 5 * index % 17 for index in range(40)]
OF_BATCHES = {
    "batches": lambda: fastsamplers.BatchSampler(range(41), 4, False),
    "batches of ours": lambda: fastsamplers.BatchSampler(
        fastsamplers.SequentialSampler(range(41)), 4, False
    ),
    "arrays": lambda: fastsamplers.BatchSampler(range(41), 4, False, output="numpy"),
    "tensors": lambda: fastsamplers.BatchSampler(range(41), 4, False, output="torch"),
    "batches of ranked": lambda: fastsamplers.BatchSampler(
        fastsamplers.DistributedSampler(range(80), 2, 1), 4, True
    ),
    "torch's batches": lambda: torch.utils.data.BatchSampler(range(41), 4, False),
    "torch's batches of ours": lambda: torch.utils.data.BatchSampler(
        fastsamplers.SequentialSampler(range(41)), 4, False
    ),
    "buckets": lambda: fastsamplers.BucketBatchSampler(LENGTHS, 3),
    "bins": lambda: fastsamplers.PackedBatchSampler(LENGTHS, 20),
    "batches of bins": lambda: fastsamplers.PackedBatchSampler(LENGTHS, 20, batch_size=2),
    "tuples": lambda: [(1, 2), (3,), (), (4, 5, 6)],
    "lists of arrays": lambda: [[np.array([1, 2])], [np.array([3]), np.array([4, 5])]],
}


def all_indices(items: object) -> list[int]:
    if hasattr(items, "tolist"):
        items = items.tolist()
    if isinstance(items, int):
        return [items]
    return [index for item in items for index in all_indices(item)]


@pytest.mark.parametrize("size", [1, 3, 4, 1000, sys.maxsize, 2**63 + 3, 2**70])
@pytest.mark.parametrize("layout", ["interleaved", "contiguous"])
@pytest.mark.parametrize("name", OF_BATCHES)
def test_a_share_of_batches(name: str, layout: str, size: int) -> None:
    def share() -> fastsamplers.DistributedSamplerWrapper:
        return fastsamplers.DistributedSamplerWrapper(OF_BATCHES[name](), 2, 1, layout=layout)

    blocks = list(share().blocks(size))
    expected = all_indices(share())
    assert np.concatenate(blocks).tolist() == expected
    assert [len(block) for block in blocks[:-1]] == [size] * (len(blocks) - 1)
    assert {block.dtype for block in blocks} == {np.dtype(np.int64)}
    assert all(block.flags.writeable for block in blocks)


@pytest.mark.parametrize("size", [sys.maxsize - 1, sys.maxsize, 2**63, 2**70])
@pytest.mark.parametrize("name", SAMPLERS)
def test_one_block_of_all(name: str, size: int) -> None:
    def blocks(size: int) -> list[list[int]]:
        sampler = SAMPLERS[name](fastsamplers, 30, torch.Generator().manual_seed(2))
        return [block.tolist() for block in sampler.blocks(size)]

    assert blocks(size) == [[index for block in blocks(7) for index in block]]


def test_the_callers_arrays_stay_theirs() -> None:
    """Of samplers of others that give the same array again and again."""
    kept = np.arange(4)
    sampler = fastsamplers.DistributedSamplerWrapper([kept] * 6, 2, 0)
    for block in sampler.blocks(4):
        assert block.tolist() == [0, 1, 2, 3]
        block[:] = 9
    assert kept.tolist() == [0, 1, 2, 3]


def test_blocks_of_integers_and_of_batches_do_not_mix() -> None:
    blocks = fastsamplers.DistributedSamplerWrapper([1, [2], 3], 1, 0).blocks(3)
    with pytest.raises(TypeError, match=r"indices should be integers, but got \[2\]"):
        next(blocks)


def test_an_error_is_the_end() -> None:
    """As it is of torch's generators: what was read before it is not given as if it were all."""

    class Failing:
        def __len__(self) -> int:
            return 10

        def __iter__(self):
            yield from range(5)
            raise OSError("gone")

    blocks = fastsamplers.DistributedSamplerWrapper(Failing(), 1, 0).blocks(3)
    assert next(blocks).tolist() == [0, 1, 2]
    with pytest.raises(OSError, match="gone"):
        next(blocks)
    assert list(blocks) == []


@pytest.mark.parametrize("place", [0, 2])
@pytest.mark.parametrize("sampler", [[*range(12)], fastsamplers.SequentialSampler(range(12))])
def test_blocks_begin_where_was_sought(sampler: object, place: int) -> None:
    batches = fastsamplers.BatchSampler(sampler, 3, False)
    batches.seek(place)
    blocks = [block.tolist() for block in batches.blocks(4)]
    assert [index for block in blocks for index in block] == [*range(3 * place, 12)]
    assert len(list(batches)) == 4  # the pass after it is whole


@pytest.mark.unsanitized("bounds the address space")
@pytest.mark.skipif(sys.platform != "linux", reason="needs RLIMIT_AS and /proc")
@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("size", [7, 1000])
def test_a_refused_block_of_batches_comes_again(run_child, size: int, drop_last: bool) -> None:
    code = """
import sys, fastsamplers
from trust.faults.address_space import read_with_ever_more
n = 2_000_005
size, drop_last = int(sys.argv[1]), sys.argv[2] == "True"
sampler = fastsamplers.SequentialSampler(range(n))
blocks = fastsamplers.BatchSampler(sampler, size, drop_last).blocks(n // 2)
got, refusals = read_with_ever_more(blocks, 2_000_000)
indices = [index for block in got for index in block.tolist()]
assert indices == [*range(n - n % size if drop_last else n)]
print(len(refusals) > 1)
"""
    assert run_child(code, size, drop_last) == "True"
