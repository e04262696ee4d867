"""Four ranks are stopped in epoch 1; two and three others train on the rest of it, and no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.utils.data

from fastsamplers import IndexShuffle
from tests.frameworks.runs.ddp_launches import cut, dealt, joined, of_ranks
from tests.frameworks.runs.ddp_lengths import LENGTHS, PLANNED, flattened
from tests.frameworks.runs.ddp_resume import BATCH, GIVEN, LOADERS, WEIGHTS, N

Launch = Callable[..., list[Any]]
BY_LENGTH = [*PLANNED, "PlannedShare"]
BY_SAMPLE = [name for name in LOADERS if name not in BY_LENGTH]
WORLDS = (2, 3)

pytestmark = [
    pytest.mark.conformance(
        "PyTorch DDP",
        "Resume in the middle of an epoch on another number of processes, by `state_dict` of our "
        "`DataLoader`",
        "untouched",
    ),
    pytest.mark.parametrize("world", WORLDS),
]


def order_of(name: str, epoch: int) -> list[int]:
    """What all ranks together train on in an epoch, by torch's own samplers where it has them."""
    if name == "feistel":
        return list(IndexShuffle(N, 0, epoch=epoch))
    if name == "draw":
        generator = torch.Generator().manual_seed(4 + epoch)
        return list(torch.utils.data.WeightedRandomSampler(WEIGHTS, 47, generator=generator))
    if name == "weighted":
        generator = torch.Generator().manual_seed(3)
        sampler = torch.utils.data.WeightedRandomSampler(WEIGHTS, 47, generator=generator)
        return [list(sampler) for _ in range(epoch + 1)][epoch]
    seed = 0 if name == "runs" else 2
    whole = torch.utils.data.DistributedSampler(range(N), 1, 0, seed=seed)
    whole.set_epoch(epoch)
    return list(whole)


def in_turn(shares: list[list[list[int]]]) -> list[int]:
    """The indices of ranks that have every world-th of an order, in this order."""
    indices = [joined(share) for share in shares]
    longest = max(map(len, indices))
    return [own[k] for k in range(longest) for own in indices if k < len(own)]


@pytest.mark.parametrize("name", [name for name in BY_SAMPLE if name != "runs"])
def test_rest_is_what_the_first_run_left(launch: Launch, world: int, name: str) -> None:
    order = order_of(name, 1)
    given = in_turn(of_ranks(launch, 4, "resume", name))
    assert given == order[: 4 * GIVEN * BATCH]
    rest = order[len(given) :]
    padding = 0 if name == "feistel" else -len(rest) % world
    for rank, share in enumerate(of_ranks(launch, world, "resume", name, "rest")):
        own = rest[rank::world]
        # Padded, if at all, at the very end.
        assert joined(share)[: len(own)] == own
        assert len(joined(share)) == len(own) + (rank >= world - padding)
        assert share == cut(joined(share), BATCH)


def test_rest_of_contiguous_runs(launch: Launch, world: int) -> None:
    given = [joined(share) for share in of_ranks(launch, 4, "resume", "runs")]
    rest = [joined(share) for share in of_ranks(launch, world, "resume", "runs", "rest")]
    assert Counter(i for share in given + rest for i in share) == Counter(range(N))
    lens = [len(share) for share in rest]
    assert max(lens) - min(lens) <= 1


@pytest.mark.parametrize("name", BY_SAMPLE)
def test_next_epoch_is_whole(launch: Launch, world: int, name: str) -> None:
    order = order_of(name, 2)
    shares = of_ranks(launch, world, "resume", name, "next")
    if name == "runs":
        assert [i for share in shares for i in joined(share)] == order
        return
    for rank, share in enumerate(shares):
        own = order[rank::world] if name == "feistel" else dealt(order, rank, world)
        assert share == cut(own, BATCH)
    assert of_ranks(launch, world, "resume", name, "len") == [len(share) for share in shares]


@pytest.mark.parametrize("name", BY_LENGTH)
def test_rest_of_batches_by_length(launch: Launch, world: int, name: str) -> None:
    given = [batch for share in of_ranks(launch, 4, "resume", name) for batch in share]
    shares = of_ranks(launch, world, "resume", name, "rest")
    assert len({len(share) for share in shares}) == 1
    resumed = [batch for step in zip(*shares, strict=True) for batch in step]
    once, last = resumed[:-world], resumed[-world:]
    tail = [batch for place, batch in enumerate(last) if batch not in last[:place]]
    assert Counter(joined(given + once + tail)) == Counter(range(len(LENGTHS)))
    assert len(given) == 4 * GIVEN


@pytest.mark.parametrize("name", BY_LENGTH)
def test_next_epoch_by_length_is_whole(launch: Launch, world: int, name: str) -> None:
    kind = "BucketBatchSampler" if name == "PlannedShare" else name
    for rank, share in enumerate(of_ranks(launch, world, "resume", name, "next")):
        batches = PLANNED[kind](num_replicas=world, rank=rank)
        batches.set_epoch(2)
        assert share == [flattened(batch).tolist() for batch in batches]
