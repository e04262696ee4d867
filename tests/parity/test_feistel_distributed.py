"""DistributedSampler with algorithm="feistel": one rank's share of an IndexShuffle by its epoch."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
import torch
import torch.utils.data.distributed
from torch.utils.data import DataLoader

from fastsamplers import BatchSampler, DistributedSampler, IndexShuffle


def feistel(n: int, replicas: int, rank: int, **options) -> DistributedSampler:
    return DistributedSampler(range(n), replicas, rank, algorithm="feistel", **options)


def global_order(n: int, replicas: int, drop_last: bool, seed: int, epoch: int) -> list[int]:
    """Padded from the head, or cut, until it divides by the number of ranks."""
    order = list(IndexShuffle(n, seed, epoch=epoch)) if n else []
    if drop_last and n % replicas:
        # As torch counts it: also where there are fewer indices than ranks.
        return order[: max(0, -((replicas - n) // replicas)) * replicas]
    total = -(-n // replicas) * replicas
    return [order[k % n] for k in range(total)]


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("replicas", [1, 2, 3, 4, 7, 10, 64, 1000])
def test_every_rank(replicas: int, drop_last: bool) -> None:
    for n in (0, 1, 2, 3, 4, 9, 10, 11, 100, 4097):
        expected = global_order(n, replicas, drop_last, seed=4, epoch=0)
        shares = []
        for rank in range(replicas) if replicas <= 64 else (0, 1, 500, 998, 999):
            sampler = feistel(n, replicas, rank, seed=4, drop_last=drop_last)
            twin = torch.utils.data.distributed.DistributedSampler(
                range(n), replicas, rank, drop_last=drop_last
            )
            share = list(sampler)
            assert share == expected[rank::replicas]
            assert {type(index) for index in share} <= {int}
            assert len(share) == len(sampler) == len(twin)
            assert (sampler.num_samples, sampler.total_size) == (twin.num_samples, twin.total_size)
            shares.append(share)
        if replicas <= 64:
            together = [*itertools.chain(*zip(*shares, strict=True))]
            assert together == expected
            assert set(together) == set(range(n)) or drop_last
            assert len(set(together)) == min(n, len(together))


@pytest.mark.parametrize("seed", [0, 1, -1, 2**63 - 1, 2**63, 2**64 - 1, -(2**63)])
def test_seeds_and_epochs(seed: int) -> None:
    sampler = feistel(5000, 3, 1, seed=seed)
    assert list(sampler) == list(IndexShuffle(5000, seed))[1::3]
    for epoch in (1, 2, 100, -1, 2**63, 2**64 - 1, -(2**63)):
        sampler.set_epoch(epoch)
        assert sampler.epoch == epoch
        order = [*IndexShuffle(5000, seed, epoch=epoch)]
        assert list(sampler) == [*order, order[0]][1::3]
        assert list(sampler) == list(sampler)


def test_seed_and_epoch_are_not_added() -> None:
    shares = set()
    for seed, epoch in ((0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (0, 2)):
        sampler = feistel(1000, 2, 0, seed=seed)
        sampler.set_epoch(epoch)
        shares.add(tuple(sampler))
    assert len(shares) == 6


def test_without_shuffle_it_is_torchs_order() -> None:
    for n, replicas, rank, drop_last in ((10, 3, 2, False), (10, 3, 2, True), (3, 10, 9, False)):
        ours = feistel(n, replicas, rank, shuffle=False, drop_last=drop_last)
        theirs = torch.utils.data.distributed.DistributedSampler(
            range(n), replicas, rank, shuffle=False, drop_last=drop_last
        )
        assert list(ours) == list(theirs)
    assert list(feistel(3, 1, 0, shuffle=False, seed="none")) == [0, 1, 2]  # it is not looked at


def test_blocks_and_batches() -> None:
    n = 10_007
    for replicas, rank in ((1, 0), (3, 2), (1000, 999)):
        sampler = feistel(n, replicas, rank, seed=3)
        expected = global_order(n, replicas, False, 3, 0)[rank::replicas]
        assert np.concatenate([*sampler.blocks(777)]).tolist() == expected
        for output in ("list", "numpy", "torch"):
            batches = BatchSampler(sampler, 6, False, output=output)
            got = [list(map(int, batch)) for batch in batches]
            assert got == [expected[k : k + 6] for k in range(0, len(expected), 6)]
        batches = BatchSampler(sampler, 6, True)
        batches.set_epoch(2)
        expected = global_order(n, replicas, False, 3, 2)[rank::replicas]
        assert list(batches) == [expected[k : k + 6] for k in range(0, len(expected) - 5, 6)]


@pytest.mark.parametrize("over", ["ints", "blocks"])
def test_the_epoch_is_fixed_at_iter(over: str) -> None:
    sampler = feistel(100, 2, 0)
    iterator = iter(sampler) if over == "ints" else sampler.blocks(7)
    sampler.set_epoch(3)
    sampler.seed = 9
    assert np.hstack([*iterator]).tolist() == list(IndexShuffle(100, 0))[::2]
    assert list(sampler) == list(IndexShuffle(100, 9, epoch=3))[::2]


def test_no_generator_is_touched(states) -> None:
    before = states()
    sampler = feistel(1000, 3, 1)
    list(sampler), list(sampler.blocks()), list(BatchSampler(sampler, 5, False))
    assert states() == before


@pytest.mark.parametrize("drop_last", [False, True])
def test_the_last_of_a_million_ranks(drop_last: bool) -> None:
    n, replicas = 3 * (10**6 + 1) + 5, 10**6 + 1
    shuffle = IndexShuffle(n, 0)
    for rank in (0, 4, 5, 10**6):
        sampler = feistel(n, replicas, rank, drop_last=drop_last)
        places = [rank + k * replicas for k in range(3 if drop_last else 4)]
        assert list(sampler) == [shuffle[place % n] for place in places]
    assert list(feistel(3, replicas, 10**6)) == [IndexShuffle(3, 0)[10**6 % 3]]


@pytest.mark.parametrize(("n", "replicas"), [(10**12, 1000), (2**50, 7), (2**62, 2**20)])
def test_a_share_of_any_order_begins_at_once(n: int, replicas: int) -> None:
    shuffle = IndexShuffle(n, 5, epoch=8)
    start = time.process_time()
    for rank in (0, replicas // 2, replicas - 1):
        sampler = feistel(n, replicas, rank, seed=5)
        sampler.set_epoch(8)
        assert len(sampler) == -(-n // replicas)
        share = shuffle[rank : rank + 5000 * replicas : replicas]
        assert list(itertools.islice(sampler, 5000)) == share.tolist()
        assert np.array_equal(next(sampler.blocks(5000)), share)
        assert next(iter(BatchSampler(sampler, 64, True))) == share[:64].tolist()
    assert time.process_time() - start < 5


@pytest.mark.parametrize("drop_last", [False, True])
def test_every_rank_sees_all_the_data_over_the_epochs(drop_last: bool) -> None:
    for n, replicas in ((20, 4), (23, 5), (3, 2)):
        for rank in range(replicas):
            sampler = feistel(n, replicas, rank, drop_last=drop_last)
            seen: set[int] = set()
            for epoch in range(100):
                sampler.set_epoch(epoch)
                seen.update(sampler)
            assert seen == set(range(n))


BAD = [1.5, "a", None, 2**64, -(2**63) - 1]


@pytest.mark.parametrize("bad", BAD, ids=repr)
@pytest.mark.parametrize("name", ["seed", "epoch"])
def test_bad_seeds_and_epochs_are_refused_at_iter(name: str, bad: object) -> None:
    sampler = feistel(10, 2, 0)
    setattr(sampler, name, bad)
    error = ValueError if isinstance(bad, int) else TypeError
    for read in (iter, DistributedSampler.blocks):
        with pytest.raises(error, match=rf"^{name} should be .*, but got {name}="):
            read(sampler)
    with pytest.raises(error, match=rf"^{name} should be .*, but got {name}="):
        next(iter(BatchSampler(sampler, 2, False)))


def test_the_largest_seed_has_epochs() -> None:
    """torch adds the two, and refuses the sum."""
    sampler = feistel(10, 1, 0, seed=2**64 - 1)
    sampler.set_epoch(2**64 - 1)
    assert list(sampler) == list(IndexShuffle(10, 2**64 - 1, epoch=2**64 - 1))


def test_a_length_that_no_shuffle_has_is_refused() -> None:
    n = 2**62 + 2**20
    with pytest.raises(ValueError, match=rf"n should be in \[1, 2\*\*62\], but got n={n}"):
        iter(feistel(n, 1, 0))


def test_a_dataset_whose_length_changes_is_torchs_error() -> None:
    data = list(range(20))
    sampler = DistributedSampler(data, 3, 1, algorithm="feistel")
    data.append(20)  # the padded total is the same
    assert list(sampler) == global_order(21, 3, False, 0, 0)[1::3]
    data += data
    with pytest.raises(AssertionError, match="does not match total_size"):
        iter(sampler)


@pytest.mark.parametrize("name", ["Feistel", None, 0, "torch,feistel"])
def test_an_unknown_algorithm_is_refused(name: object) -> None:
    with pytest.raises(ValueError, match="algorithm should be one of 'torch', 'feistel', but got"):
        DistributedSampler(range(5), 2, 0, algorithm=name)


def test_torchs_errors_for_ranks() -> None:
    for rank in (-1, 2):
        with pytest.raises(ValueError, match="Invalid rank"):
            feistel(10, 2, rank)


def test_repr() -> None:
    sampler = feistel(10, 2, 1, seed=-3)
    sampler.set_epoch(4)
    assert repr(sampler) == (
        "DistributedSampler(n=10, num_replicas=2, rank=1, shuffle=True, seed=-3, epoch=4, "
        "drop_last=False, algorithm='feistel')"
    )


@pytest.mark.parametrize("workers", [0, 2])
def test_in_a_data_loader(workers: int) -> None:
    data = [10 * i for i in range(103)]
    sampler = DistributedSampler(data, 4, 3, algorithm="feistel")
    loader = DataLoader(data, batch_size=8, sampler=sampler, num_workers=workers)
    for epoch in (0, 5):
        sampler.set_epoch(epoch)
        expected = [10 * index for index in global_order(103, 4, False, 0, epoch)[3::4]]
        assert torch.cat([*loader]).tolist() == expected
