"""The Trainer with the mixin in two processes: what reaches the model of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("transformers")

from tests.frameworks.runs.trainer_launches import halves, joined, of_ranks
from tests.frameworks.runs.trainer_processes import GIVEN, ORDERS, OTHERS, RESUMED, SIZES
from tests.frameworks.runs.trainer_training import BATCH, N_EVALUATED

Launch = Callable[..., list[Any]]
ROW = pytest.mark.conformance(
    "Transformers",
    'several processes: `"random"`, `"sequential"`, `"group_by_length"`, evaluation',
    "adapter",
)
OTHER = pytest.mark.conformance(
    "Transformers",
    'other arguments: `"batch_rebalance"`, `split_batches`, `dispatch_batches`, `max_steps`',
    "adapter",
)
AGAIN = pytest.mark.conformance("Transformers", "several processes: resume", "adapter")
LOST = pytest.mark.conformance(
    "Transformers",
    "`resume_from_checkpoint` in the middle of an epoch with `group_by_length` or "
    "`use_seedable_sampler=False`",
    "cannot",
    why="the Trainer draws another order of that epoch, with its own samplers, too: take "
    "`train_batch_sampler`",
)


def compared(launch: Launch, *keys: str) -> list[Any]:
    """What each rank saw with the mixin; it is what it saw without."""
    found = of_ranks(launch, *keys)
    assert [rank["mixin"] for rank in found] == [rank["plain"] for rank in found]
    return [rank["mixin"] for rank in found]


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("name", ORDERS)
@ROW
def test_orders(launch: Launch, name: str, n: int) -> None:
    found = compared(launch, "orders", f"{name}, {n}")
    epochs = halves(found)
    dropped = n % (2 * BATCH) if "drop_last" in name else 0
    for shares in epochs:
        given = joined(*shares)
        if n % (2 * BATCH) == 0 or dropped:
            assert len({*given}) == len(given) == n - dropped
        else:  # Accelerate fills up the last step
            assert {*given} == {*range(n)}
            assert len(given) == -(-n // (2 * BATCH)) * 2 * BATCH
    assert (epochs[0] == epochs[1]) == (name == "sequential")


@pytest.mark.parametrize("name", ORDERS)
@ROW
def test_loaders(launch: Launch, name: str) -> None:
    """Loops of the user's own over the loader; a share of ours over batches over a sampler."""
    for rank in of_ranks(launch, "loaders", name):
        plain, fast = rank["plain"], rank["mixin"]
        assert fast["passes"] == plain["passes"]
        assert [len(share) for share in fast["passes"]] == [plain["len"]] * 2 == [fast["len"]] * 2
        assert len(fast["modules"]) == 3
        assert all(module.startswith("fastsamplers.") for module in fast["modules"])


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("name", OTHERS)
@OTHER
def test_other_arguments(launch: Launch, name: str, n: int) -> None:
    found = compared(launch, "orders", f"{name}, {n}")
    for shares in halves(found):
        assert {*joined(*shares)} == {*range(n)}


@pytest.mark.parametrize("name", ["random", "grouped"])
@ROW
def test_evaluation(launch: Launch, name: str) -> None:
    """Each rank's share, and the predictions of all in the order of their loader."""
    found = compared(launch, "evaluation", name)
    for rank in found:
        assert sorted(rank["predictions"]) == [*range(N_EVALUATED)]
    assert {*joined(*(rank["evaluated"] for rank in found))} == {*range(N_EVALUATED)}


@pytest.mark.parametrize("name", ["random", "sequential"])
@AGAIN
def test_resumed(launch: Launch, name: str) -> None:
    """The rest of epoch 1 and epoch 2, in fresh objects."""
    for rank in compared(launch, "resumed", name):
        whole, rest = rank["whole"], rank["rest"]
        assert rest["seen"] == whole["seen"][GIVEN:]
        assert rest["noise"] == whole["noise"][GIVEN:]
        assert len(whole["seen"]) == 15


@LOST
def test_an_order_that_is_lost(launch: Launch) -> None:
    for rank in compared(launch, "resumed", "group_by_length"):
        whole, rest = rank["whole"]["seen"][GIVEN:], rank["rest"]["seen"]
        assert len(rest) == len(whole)
        assert rest[: 10 - GIVEN] != whole[: 10 - GIVEN]
    assert [*RESUMED] == ["random", "sequential", "group_by_length"]
