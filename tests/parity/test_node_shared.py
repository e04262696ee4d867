"""node_shared: one permutation for the ranks of a machine, with processes that really share."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch

import fastsamplers

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="memory without a name is Linux's"),
    pytest.mark.skipif(not torch.distributed.is_available(), reason="needs torch.distributed"),
]
N = 100_003


def run(folder: Path, ranks: int, n: int, *options: str) -> list[dict[str, Any] | int]:
    """What each rank tells, or its exit status where it was killed."""
    children = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.parity.node_shared"),
                *(str(rank), str(ranks), str(n), str(folder / "store"), *options),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for rank in range(ranks)
    ]
    told: list[dict[str, Any] | int] = []
    for child in children:
        output, errors = child.communicate(timeout=600)
        assert child.returncode in (0, -9), errors
        told.append(json.loads(output) if child.returncode == 0 else child.returncode)
    return told


def expected(ranks: int, rank: int, epoch: int, n: int = N) -> list[int]:
    sampler = torch.utils.data.DistributedSampler(range(n), ranks, rank, seed=1)
    sampler.set_epoch(epoch)
    return list(sampler)


def test_the_same_indices_and_one_permutation_in_memory(tmp_path: Path) -> None:
    told = run(tmp_path, 3, N)
    for rank, one in enumerate(told):
        assert isinstance(one, dict)
        assert one["passes"] == [expected(3, rank, epoch) for epoch in range(2)]
        assert one["warnings"] == []
        assert one["after"] == 0
    shared = sum(one["Pss_Shmem"] for one in told if isinstance(one, dict))
    assert 4 * N <= shared <= 4 * N + 3 * 4096


@pytest.mark.parametrize(
    ("option", "reason"),
    [("--without-memfd", "no memory without a name"), ("--fault", "none left")],
)
def test_without_it_each_rank_builds_its_own_and_says_so(
    tmp_path: Path, option: str, reason: str
) -> None:
    for rank, one in enumerate(run(tmp_path, 2, N, option)):
        assert isinstance(one, dict)
        assert one["passes"] == [expected(2, rank, epoch) for epoch in range(2)]
        assert len(one["warnings"]) == 1
        assert "builds a permutation of its own" in one["warnings"][0]
        assert reason in one["warnings"][0]


def test_the_memory_survives_the_rank_that_made_it(tmp_path: Path) -> None:
    killed, *others = run(tmp_path, 3, N, "--killed")
    assert killed == -9
    for rank, one in enumerate(others, 1):
        assert isinstance(one, dict)
        assert one["pass"] == expected(3, rank, 0)


def test_without_a_process_group() -> None:
    sampler = fastsamplers.DistributedSampler(range(50), 2, 1, node_shared=True)
    with pytest.warns(UserWarning, match="since there is no process group"):
        assert list(sampler) == list(torch.utils.data.DistributedSampler(range(50), 2, 1))
    twin = pickle.loads(pickle.dumps(sampler))
    assert twin.node_shared
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for options in ({"shuffle": False}, {"algorithm": "feistel"}):  # there is nothing to share
            list(fastsamplers.DistributedSampler(range(50), 2, 1, node_shared=True, **options))


@pytest.mark.large
def test_four_ranks_of_three_hundred_million(tmp_path: Path) -> None:
    """Above the size where torch's permutation is no longer computed step by step."""
    n = 300_000_000
    told = [one for one in run(tmp_path, 4, n) if isinstance(one, dict)]
    assert sum(one["sum"] for one in told) == n * (n - 1) // 2
    assert sum(one["Pss_Shmem"] for one in told) <= 4 * n + 2**20
    assert sum(one["Pss"] for one in told) <= 4 * n + 4 * 2**26
