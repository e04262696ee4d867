"""The rows of docs/frameworks.md that several test files prove for Lightning."""

from __future__ import annotations

import pytest


def _row(feature: str, how: str, why: str = "") -> pytest.MarkDecorator:
    return pytest.mark.conformance("Lightning", feature, how, why=why)


ONE_PROCESS = _row(
    "One process: `fit`, `validate`, `test`, `predict`, loaders made anywhere, as with torch's",
    "untouched",
)
EPOCHS = _row(
    "Epochs reach `DistributedSampler`, `BatchSampler` over it, and batch samplers by length",
    "untouched",
)
DDP = _row(
    "DDP: Lightning's own samplers over ours, as over torch's; `DistributedSampler` and wrappers "
    "are left alone",
    "untouched",
)
RESUMED = _row(
    "Checkpoint in the middle of an epoch with `fastsamplers.DataLoader`: the rest, then the next "
    "epochs",
    "untouched",
)
ADAPTED = _row(
    "`adapt`: the indices of Lightning's own samplers, from ours, in all loops, with their resume",
    "adapter",
)
OWN_ORDER = _row(
    "`adapt` of a `batch_sampler`, or with `shuffle=False`: the order of its own sampler stays",
    "adapter",
)
BY_LENGTH = _row(
    "`adapt` of batches by length: equal steps, each sample once, epochs, `predict`, resume",
    "adapter",
)
BY_LENGTH_UNTOUCHED = _row(
    "Batches by length in DDP, or `BucketBatchSampler` in `predict`, without `adapt`",
    "cannot",
    "Lightning raises an error; in a `predict` under DDP some are predicted whole by every process",
)
WITHOUT_STATE = _row(
    "Checkpoint in the middle of an epoch with torch's `DataLoader`",
    "cannot",
    "it has no state: Lightning begins the epoch's order again and stops it early",
)
AFTER_THE_LAST = _row(
    "Checkpoint by `every_n_train_steps` after the last batch of an epoch, loader with a state",
    "cannot",
    "Lightning takes the empty rest of that epoch for the next one, with torchdata's loader alike",
)
MORE_PROCESSES = _row(
    "Checkpoint in the middle of an epoch, resumed by more processes than saved it",
    "cannot",
    "Lightning counts the batches of one process, and ends that epoch too early",
)
WEIGHTS_LOST = _row(
    "DDP: a weighted or subset sampler inside `batch_sampler=`, without `adapt`",
    "cannot",
    "Lightning puts a shuffle of the whole dataset in its place, of torch's sampler as of ours",
)
LISTS = _row(
    "`predict` with the arrays of `BatchSampler(output=)`, in a loader not made in a hook",
    "cannot",
    "Lightning makes the batch sampler anew without `output`: the batches are lists",
)
