"""Ray Train: the state of our DataLoader in the middle of an epoch, inside the worker."""

from __future__ import annotations

import pytest

pytest.importorskip("ray")

from tests.frameworks.runs.ray_launch import of_ranks
from tests.frameworks.runs.ray_loaders import RESUMED

AS_IT_IS = pytest.mark.conformance(
    "Ray Train",
    "Resume in the middle of an epoch, with our `DataLoader` and `move_to_device=False`",
    "adapter",
)
MOVED = pytest.mark.conformance(
    "Ray Train",
    "Resume in the middle of an epoch with `move_to_device=True`",
    "cannot",
    why="what Ray returns has no `state_dict`, and reads a batch ahead of the loop, so that the "
    "state of the loader inside would leave one out",
)
of_kinds = pytest.mark.parametrize("name", RESUMED)


@AS_IT_IS
@of_kinds
def test_rest_of_the_epoch_and_the_next(name: str) -> None:
    for found in of_ranks("resume", f"{name} as it is"):
        _, second, third = found["whole"]
        assert found["has_state"]
        assert len(found["rest"]) > 1
        assert found["given"] + found["rest"] == second
        assert found["next"] == third


@MOVED
@of_kinds
def test_wrapper_of_ray_reads_a_batch_ahead(name: str) -> None:
    for found in of_ranks("resume", f"{name} moved"):
        _, second, third = found["whole"]
        assert not found["has_state"]
        given = len(found["given"])
        assert found["given"] == second[:given]
        assert found["rest"] == second[given + 1 :]
        assert found["next"] == third
