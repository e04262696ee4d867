"""RandomSampler with algorithm="feistel": an IndexShuffle by the seed that torch would draw."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from fastsamplers import BatchSampler, IndexShuffle, RandomSampler


def feistel(data: Any, num_samples: int | None = None, generator: Any = None) -> RandomSampler:
    return RandomSampler(data, False, num_samples, generator, algorithm="feistel")


def torchs_seed(generator: torch.Generator | None) -> int:
    return int(torch.empty((), dtype=torch.int64).random_(generator=generator).item())


def by_epochs(n: int, seed: int, count: int) -> list[int]:
    values: list[int] = []
    for epoch in range(-(-count // n)):
        values += IndexShuffle(n, seed, epoch=epoch)
    return values[:count]


@pytest.fixture(params=["global", "user's"])
def generator(request: pytest.FixtureRequest) -> torch.Generator | None:
    """Where the seed comes from: None or a generator; both with a cached normal."""
    own = torch.Generator().manual_seed(8) if request.param != "global" else None
    torch.default_generator.manual_seed(4)
    torch.randn(1, generator=own, dtype=torch.float64)
    return own


@pytest.fixture
def expected(generator, states) -> Callable[[], tuple[int, list[bytes]]]:
    """The seed that torch draws next, and the states after it; the generator goes back."""

    def expected() -> tuple[int, list[bytes]]:
        taken = torch.default_generator if generator is None else generator
        before = taken.get_state()
        seed = torchs_seed(generator)
        after = states(generator)
        taken.set_state(before)
        return seed, after

    return expected


@pytest.mark.parametrize("n", [1, 2, 3, 100, 4096, 4097, 20_000])
def test_the_order_and_the_draw(generator, expected, states, n: int) -> None:
    sampler = feistel(range(n), generator=generator)
    assert len(sampler) == n
    for _ in range(3):
        seed, after = expected()
        before = states(generator)
        iterator = iter(sampler)
        assert states(generator) == before
        first = next(iterator)
        assert states(generator) == after
        got = [first, *iterator]
        assert got == list(IndexShuffle(n, seed))
        assert {type(index) for index in got} == {int}
        assert next(iterator, "end") == "end"
        assert states(generator) == after


@pytest.mark.parametrize("n", [1, 3, 10, 5000])
def test_more_and_fewer_than_n(generator, expected, states, n: int) -> None:
    for count in sorted({1, max(1, n - 1), n, n + 1, 2 * n, 3 * n + 2}):
        sampler = feistel(range(n), count, generator)
        assert len(sampler) == count
        seed, after = expected()
        assert list(sampler) == by_epochs(n, seed, count)
        assert states(generator) == after
        seed, after = expected()
        assert np.concatenate([*sampler.blocks(7)]).tolist() == by_epochs(n, seed, count)
        assert states(generator) == after


def test_the_draw_is_at_the_first_block_and_the_first_batch(generator, expected, states) -> None:
    for read in (
        lambda sampler: sampler.blocks(8),
        lambda sampler: iter(BatchSampler(sampler, 8, False)),
        lambda sampler: iter(BatchSampler(sampler, 8, True, output="numpy")),
        lambda sampler: BatchSampler(sampler, 4, False).blocks(8),
    ):
        seed, after = expected()
        before = states(generator)
        iterator = read(feistel(range(100), generator=generator))
        assert states(generator) == before
        first = next(iterator)
        assert states(generator) == after
        assert list(first) == IndexShuffle(100, seed)[:8].tolist()
        list(iterator)
        assert states(generator) == after


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("output", ["list", "numpy", "torch"])
def test_batches(generator, expected, output: str, drop_last: bool) -> None:
    n = 5003
    batches = BatchSampler(feistel(range(n), n + 9, generator), 10, drop_last, output=output)
    seed, _ = expected()
    order = by_epochs(n, seed, n + 9)
    got = list(batches)
    kind = {"list": list, "numpy": np.ndarray, "torch": torch.Tensor}[output]
    assert {type(batch) for batch in got} == {kind}
    wanted = [order[k : k + 10] for k in range(0, len(order), 10)]
    assert [list(map(int, batch)) for batch in got] == wanted[: len(wanted) - drop_last]
    seed, _ = expected()
    order = by_epochs(n, seed, n + 9)
    assert np.concatenate([*batches.blocks(999)]).tolist() == order[: 5010 if drop_last else None]


def test_two_passes_at_once_have_their_own_seeds(generator, expected) -> None:
    sampler = feistel(range(50), generator=generator)
    one, two = iter(sampler), iter(sampler)
    first_seed, _ = expected()
    got = [[next(one)], []]
    second_seed, _ = expected()
    assert first_seed != second_seed
    for _ in range(30):
        got[1].append(next(two))
        got[0].append(next(one))
    assert got[0] == IndexShuffle(50, first_seed)[:31].tolist()
    assert got[1] == IndexShuffle(50, second_seed)[:30].tolist()


def test_the_length_is_read_at_the_start_of_each_pass(generator, expected) -> None:
    data = list(range(10))
    sampler = feistel(data, generator=generator)
    for n in (10, 25, 3):
        data[:] = range(n)
        seed, _ = expected()
        assert (len(sampler), list(sampler)) == (n, list(IndexShuffle(n, seed)))
    iterator = iter(sampler)
    data[:] = range(7)  # the pass begins with its first index
    seed, _ = expected()
    first = next(iterator)
    data.clear()
    assert [first, *iterator] == list(IndexShuffle(7, seed))


@pytest.mark.parametrize("n", [10**12, 2**53 + 1, 2**62])
def test_lengths_that_no_permutation_in_memory_has(generator, expected, n: int) -> None:
    sampler = feistel(range(n), generator=generator)
    assert len(sampler) == n
    seed, _ = expected()
    shuffle = IndexShuffle(n, seed)
    assert list(itertools.islice(sampler, 5000)) == shuffle[:5000].tolist()
    for output in ("list", "numpy", "torch"):
        shuffle = IndexShuffle(n, expected()[0])
        batches = iter(BatchSampler(sampler, 64, True, output=output))
        for k in range(3):
            assert list(map(int, next(batches))) == shuffle[64 * k : 64 * (k + 1)].tolist()
    shuffle = IndexShuffle(n, expected()[0])
    assert np.array_equal(next(sampler.blocks()), shuffle[:65536])
    seed, _ = expected()
    endless = feistel(range(n), 2**70, generator)
    assert next(iter(endless)) == IndexShuffle(n, seed)[0]


def test_a_length_that_no_shuffle_has_is_refused_before_the_draw(generator, states) -> None:
    before = states(generator)
    for n in (2**62 + 1, 2**63 - 1):
        sampler = feistel(range(n), generator=generator)
        for iterator in (iter(sampler), sampler.blocks(), iter(BatchSampler(sampler, 2, False))):
            with pytest.raises(ValueError, match=rf"n should be in \[1, 2\*\*62\], but got n={n}"):
                next(iterator)
    assert states(generator) == before


def test_indices_of_nothing_are_refused_before_the_draw(generator, states) -> None:
    before = states(generator)
    for sampler in (feistel([], 5, generator), feistel(range(0), 1, generator)):
        with pytest.raises(ValueError, match="n=0"):
            next(iter(sampler))
    assert states(generator) == before


def test_an_empty_source_is_torchs_error_and_one_that_becomes_empty_gives_nothing() -> None:
    with pytest.raises(ValueError, match="num_samples should be a positive integer"):
        feistel([])
    data = [1, 2]
    sampler = feistel(data)
    data.clear()
    assert (len(sampler), list(sampler), list(sampler.blocks())) == (0, [], [])


def test_replacement_is_refused(states) -> None:
    text = "^replacement should be False with algorithm='feistel', but got replacement=True$"
    with pytest.raises(ValueError, match=text):
        RandomSampler(range(5), True, algorithm="feistel")
    with pytest.raises(ValueError, match=text):
        RandomSampler(range(5), replacement=True, num_samples=3, algorithm="feistel")
    before = states()
    sampler = feistel(range(5))
    sampler.replacement = True
    for iterator in (iter(sampler), sampler.blocks(), iter(BatchSampler(sampler, 2, False))):
        with pytest.raises(ValueError, match=text):
            next(iterator)
    assert states() == before
    sampler = RandomSampler(range(5), True)
    sampler.algorithm = "feistel"
    with pytest.raises(ValueError, match=text):
        next(iter(sampler))


@pytest.mark.parametrize("name", ["Feistel", "", "torch ", None, 1, b"feistel", ["feistel"]])
def test_an_unknown_algorithm_is_refused(name: object) -> None:
    with pytest.raises(ValueError, match="algorithm should be one of 'torch', 'feistel', but got"):
        RandomSampler(range(5), algorithm=name)
    with pytest.raises(TypeError, match="positional argument"):
        RandomSampler(range(5), False, None, None, "feistel")


def test_torchs_errors_for_other_arguments() -> None:
    with pytest.raises(TypeError, match="replacement should be a boolean"):
        RandomSampler(range(5), 1, algorithm="feistel")
    with pytest.raises(ValueError, match="num_samples should be a positive integer"):
        feistel(range(5), 0)
    with pytest.raises(TypeError):
        next(iter(feistel(range(5), generator="none")))


def test_the_algorithm_is_read_at_the_start_of_a_pass() -> None:
    sampler = RandomSampler(range(50), generator=torch.Generator().manual_seed(3))
    sampler.algorithm = "feistel"
    seed = torchs_seed(torch.Generator().manual_seed(3))
    assert list(sampler) == list(IndexShuffle(50, seed))
    sampler.generator.manual_seed(3)
    sampler.algorithm = "torch"
    generator = torch.Generator().manual_seed(3)
    assert list(sampler) == torch.randperm(50, generator=generator).tolist()


def test_repr() -> None:
    assert repr(feistel(range(5), 7)) == (
        "RandomSampler(n=5, replacement=False, num_samples=7, generator=None, algorithm='feistel')"
    )


@pytest.mark.parametrize("workers", [0, 2])
def test_in_a_data_loader(workers: int) -> None:
    n = 103
    data = [10 * i for i in range(n)]
    sampler = feistel(data, generator=torch.Generator().manual_seed(6))
    loader = DataLoader(data, batch_size=10, sampler=sampler, num_workers=workers)
    whole = DataLoader(data, batch_sampler=BatchSampler(sampler, 10, False), num_workers=workers)
    twin = torch.Generator().manual_seed(6)
    for batches in (loader, whole, loader):
        order = [10 * index for index in IndexShuffle(n, torchs_seed(twin))]
        assert [batch.tolist() for batch in batches] == [order[k : k + 10] for k in range(0, n, 10)]
