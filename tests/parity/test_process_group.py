"""World size and rank that are not given: looked up at the first pass, by torch at once."""

from __future__ import annotations

import concurrent.futures
import copy
import json
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
import torch.distributed
import torch.utils.data

import fastsamplers
from fastsamplers import BatchSampler, DistributedSampler, DistributedWeightedRandomSampler

# One epoch is read more than once here.
pytestmark = pytest.mark.filterwarnings("ignore:.* for the second time, which gives the order")

TorchSampler = torch.utils.data.DistributedSampler

MAKERS: dict[str, Callable[..., Any]] = {
    "distributed": lambda **given: DistributedSampler(range(10), **given),
    "feistel": lambda **given: DistributedSampler(range(10), algorithm="feistel", **given),
    "contiguous": lambda **given: DistributedSampler(
        range(10), padding="none", layout="contiguous", **given
    ),
    "weighted": lambda **given: DistributedWeightedRandomSampler([0.1, 0.9, 0.4], 10, **given),
}
FIRST_USES: dict[str, Callable[[Any], Any]] = {
    "len": len,
    "iter": iter,
    "list": list,
    "blocks": lambda sampler: next(sampler.blocks()),
    "seek": lambda sampler: sampler.seek(1),
    "batches": lambda sampler: list(BatchSampler(sampler, 2, False)),
    "length of batches": lambda sampler: len(BatchSampler(sampler, 2, False)),
    "num_padding": lambda sampler: sampler.num_padding,
    "valid": lambda sampler: sampler.valid,
}
ATTRIBUTES = ("num_replicas", "rank", "num_samples", "total_size")
GIVEN: list[dict[str, int]] = [{}, {"num_replicas": 3}, {"rank": 0}]


@pytest.fixture
def group(tmp_path: Any) -> Iterator[Callable[[], None]]:
    """Sets up a process group of one."""

    def begin() -> None:
        torch.distributed.init_process_group(
            "gloo", init_method=f"file://{tmp_path / 'store'}", rank=0, world_size=1
        )

    yield begin
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


@pytest.mark.parametrize("given", GIVEN, ids=str)
@pytest.mark.parametrize("use", FIRST_USES)
@pytest.mark.parametrize("name", MAKERS)
def test_no_group_is_torchs_error_at_the_first_use(attempt, name: str, use: str, given) -> None:
    expected = attempt(lambda: TorchSampler(range(10), **given))
    assert expected[0] == "raised"
    sampler = MAKERS[name](**given)
    for _ in range(2):
        assert attempt(lambda: FIRST_USES[use](sampler)) == expected


@pytest.mark.parametrize("attribute", ATTRIBUTES)
@pytest.mark.parametrize("name", MAKERS)
def test_attributes_without_a_group(name: str, attribute: str) -> None:
    sampler = MAKERS[name]()
    with pytest.raises((ValueError, RuntimeError)) as of_torch:
        TorchSampler(range(10))
    with pytest.raises(AttributeError, match=f"{attribute} is not known yet") as error:
        getattr(sampler, attribute)
    assert str(of_torch.value) in str(error.value)
    assert not hasattr(sampler, attribute)
    with pytest.raises(AttributeError, match="has no attribute 'other'"):
        sampler.other  # noqa: B018


@pytest.mark.parametrize("use", [*FIRST_USES, *ATTRIBUTES])
@pytest.mark.parametrize("name", MAKERS)
def test_the_group_that_is_up_by_then_tells(group, name: str, use: str) -> None:
    sampler = MAKERS[name]()
    sampler.set_epoch(4)
    with pytest.raises((ValueError, RuntimeError, AttributeError)):
        len(sampler)  # what failed is asked for again
    group()
    like = MAKERS[name](num_replicas=1, rank=0)
    like.set_epoch(4)
    if use in FIRST_USES:
        FIRST_USES[use](sampler)
        sampler = copy.deepcopy(sampler)
        if use == "seek":
            sampler.seek(0)
    else:
        assert getattr(sampler, use) == getattr(like, use)
    assert sampler.epoch == 4
    assert list(sampler) == list(like)
    assert [getattr(sampler, a) for a in ATTRIBUTES] == [getattr(like, a) for a in ATTRIBUTES]


def test_a_rank_that_the_group_does_not_have(group, attempt) -> None:
    sampler = DistributedSampler(range(10), rank=3)
    group()
    expected = attempt(lambda: TorchSampler(range(10), rank=3))
    assert expected[1] == "ValueError"
    assert attempt(lambda: len(sampler)) == expected
    assert attempt(lambda: iter(sampler)) == expected
    assert attempt(lambda: DistributedSampler(range(10), rank=3)) == expected


def test_what_is_given_needs_no_group() -> None:
    with pytest.raises(ValueError, match="rank"):
        DistributedSampler(range(10), 2, 2)
    assert len(DistributedSampler(range(10), 2, 1)) == 5


def test_repr_and_options_before_it_is_known() -> None:
    sampler = DistributedSampler(range(10), seed=3)
    assert "num_replicas=None, rank=None" in repr(sampler)
    sampler = DistributedSampler(range(10), 4)
    repr(sampler)
    with pytest.raises(ValueError, match="padding should be"):
        DistributedSampler(range(10), padding="other")
    with pytest.raises(ValueError, match="algorithm should be"):
        DistributedSampler(range(10), algorithm="other")


@pytest.mark.parametrize("how", ["pickle", "copy", "deepcopy"])
@pytest.mark.parametrize("name", MAKERS)
def test_copies_look_it_up_themselves(group, name: str, how: str) -> None:
    sampler = MAKERS[name](seed=6)
    sampler.set_epoch(2)
    carry: Any = {
        "pickle": lambda given: pickle.loads(pickle.dumps(given)),
        "copy": copy.copy,
        "deepcopy": copy.deepcopy,
    }[how]
    carried = carry(sampler)
    assert not hasattr(carried, "rank")
    group()
    like = MAKERS[name](seed=6, num_replicas=1, rank=0)
    like.set_epoch(2)
    assert list(carried) == list(like)
    assert list(sampler) == list(like)
    assert list(carry(sampler)) == list(like)


CHILD = """
import json, pickle, sys
import torch.distributed as dist
from fastsamplers import BatchSampler, DistributedSampler, DistributedWeightedRandomSampler

samplers = [
    DistributedSampler(range(11)),
    DistributedSampler(range(11), algorithm="feistel", padding="none", layout="contiguous"),
    DistributedSampler(range(11), auto_epoch=True),
    DistributedWeightedRandomSampler([0.1, 0.9, 0.4], 11),
]
samplers.append(pickle.loads(pickle.dumps(samplers[0])))
samplers.append(BatchSampler(DistributedSampler(range(11)), 2, False))
rank = int(sys.argv[1])
dist.init_process_group("gloo", init_method="file://" + sys.argv[2], rank=rank, world_size=2)
try:
    passes = [[len(sampler), list(sampler)] for sampler in samplers]
    print(json.dumps([passes, samplers[0].rank, samplers[0].num_replicas]))
finally:
    dist.destroy_process_group()
"""


def test_samplers_made_before_the_group_on_two_ranks(run_child, tmp_path) -> None:
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        children = [pool.submit(run_child, CHILD, rank, tmp_path / "store") for rank in range(2)]
        outcomes = [json.loads(child.result().split("\n")[-1]) for child in children]
    for rank, (passes, own_rank, world) in enumerate(outcomes):
        assert (own_rank, world) == (rank, 2)
        known = [
            TorchSampler(range(11), 2, rank),
            DistributedSampler(
                range(11), 2, rank, algorithm="feistel", padding="none", layout="contiguous"
            ),
            TorchSampler(range(11), 2, rank),
            DistributedWeightedRandomSampler([0.1, 0.9, 0.4], 11, True, 2, rank),
            TorchSampler(range(11), 2, rank),
            torch.utils.data.BatchSampler(TorchSampler(range(11), 2, rank), 2, False),
        ]
        assert passes == [[len(sampler), list(sampler)] for sampler in known]


def test_a_state_may_be_loaded_before_the_group_is_up(group) -> None:
    """The ranks are needed at iter(), which is after that."""
    iterator = iter(fastsamplers.DistributedSampler(range(10), 3, 1))
    next(iterator)
    state = iterator.state_dict()
    sampler = DistributedSampler(range(10))
    group()
    resumed = iter(sampler)
    resumed.load_state_dict(state)
    order = torch.randperm(10, generator=torch.Generator().manual_seed(0)).tolist()
    assert list(resumed) == order[3:]
