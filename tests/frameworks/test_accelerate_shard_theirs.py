"""Accelerate's own shards and skips over our batches give what they give over torch's."""

from __future__ import annotations

import pytest

pytest.importorskip("accelerate")

import torch
from accelerate.data_loader import BatchSamplerShard, SkipBatchSampler

import fastsamplers
from tests.frameworks.runs.accelerate_cases import KINDS, TORCH, Deal, deals, expected, found, sizes

pytestmark = pytest.mark.conformance("Accelerate", "training in several processes", "untouched")


@pytest.mark.parametrize("processes", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_shards(kind: str, processes: int) -> None:
    """Same indices in two passes, same lengths, same generator states afterwards."""
    for deal in deals(processes):
        for n in sizes(kind, deal):
            for rank in range(processes):
                sampler = KINDS[kind](fastsamplers, n)
                ours = found(deal, rank, sampler, fastsamplers.BatchSampler, BatchSamplerShard)
                assert ours == expected(kind, n, deal, rank), (deal, n, rank)


@pytest.mark.parametrize("kind", KINDS)
def test_shards_of_batches_that_torch_makes(kind: str) -> None:
    for deal in deals(2):
        for n in sizes(kind, deal):
            sampler = KINDS[kind](fastsamplers, n)
            ours = found(deal, 1, sampler, TORCH.BatchSampler, BatchSamplerShard)
            assert ours == expected(kind, n, deal, 1), (deal, n)


@pytest.mark.parametrize("kind", KINDS)
def test_batches_are_fresh_lists(kind: str) -> None:
    """Accelerate fills batches up in place: nothing else may hold them."""
    n, deal = 11, Deal(3, False, 1, False, True)
    sampler = KINDS[kind](fastsamplers, n)
    torch.manual_seed(3)
    seen = []
    for _ in range(2):
        if hasattr(sampler, "set_epoch"):
            sampler.set_epoch(len(seen))
        batches = []
        for batch in fastsamplers.BatchSampler(sampler, 3, False):
            assert type(batch) is list
            assert all(type(index) is int for index in batch)
            batches.append([*batch])
            batch += [-1] * 9
            batch[0] = -1
        seen.append(batches)
    plain = expected(kind, n, deal, 0)
    assert [pass_[:-1] for pass_ in seen] == [pass_[:-1] for pass_ in plain.passes]
    # With even_batches theirs has filled the last one up; the indices before that are the same.
    for ours, theirs in zip(seen, plain.passes, strict=True):
        assert ours[-1] == theirs[-1][: len(ours[-1])]


@pytest.mark.parametrize("skipped", [0, 1, 3, 4, 6])
@pytest.mark.parametrize("kind", KINDS)
def test_skips(kind: str, skipped: int) -> None:
    """Of batches, and of a shard of them as ``skip_first_batches`` does it."""
    n = 11
    for is_sharded in (False, True):
        seen = []
        for module in (TORCH, fastsamplers):
            torch.manual_seed(3)
            batches = module.BatchSampler(KINDS[kind](module, n), 3, False)
            skip = SkipBatchSampler(
                BatchSamplerShard(batches, 2, 1) if is_sharded else batches, skipped
            )
            length = len(skip.batch_sampler) - skipped
            seen.append([length < 0 or len(skip), list(iter(skip)), list(iter(skip))])
        assert seen[0] == seen[1]
        assert len(seen[1][1]) == max(0, length)
