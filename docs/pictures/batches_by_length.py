"""What four samplers make of the same 32 samples: the batches themselves, with their padding."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from svg import OURS, PADDING, new_figure

import fastsamplers

CAPACITY = 64
BATCH_SIZE = 4


def draw() -> Figure:
    figure = new_figure("batches-by-length", 9, 6.4)
    lengths = _lengths()
    order = fastsamplers.RandomSampler(lengths, generator=torch.Generator().manual_seed(2))
    random = fastsamplers.BatchSampler(order, BATCH_SIZE, False)
    bucketed = fastsamplers.BucketBatchSampler(lengths, BATCH_SIZE, window=4)
    limited = fastsamplers.MaxTokensBatchSampler(lengths, 2 * CAPACITY)
    packed = fastsamplers.PackedBatchSampler(lengths, CAPACITY)
    # Of each row the samples in it: one, or those of a bin.
    panels = {
        f"RandomSampler\nbatch_size={BATCH_SIZE}": [[[i] for i in batch] for batch in random],
        f"BucketBatchSampler\nbatch_size={BATCH_SIZE}, window=4": [
            [[i] for i in batch] for batch in bucketed
        ],
        f"MaxTokensBatchSampler\nmax_tokens={2 * CAPACITY}": [
            [[i] for i in batch] for batch in limited
        ],
        f"PackedBatchSampler\ncapacity={CAPACITY}": [[bin_] for bin_ in packed],
    }
    axes = figure.subplots(1, len(panels), sharex=True, sharey=True)
    for ax, (title, indices) in zip(axes, panels.items(), strict=True):
        is_packed = title.startswith("Packed")
        batches = [[[int(lengths[i]) for i in row] for row in batch] for batch in indices]
        widths = [CAPACITY if is_packed else max(map(sum, batch)) for batch in batches]
        _draw_batches(ax, batches, widths)
        padded = sum(len(batch) * width for batch, width in zip(batches, widths, strict=True))
        waste = 1 - int(lengths.sum()) / padded
        unit = "bins" if is_packed else "batches"
        ax.set_title(f"{title}\n{len(batches)} {unit}, {waste:.0%} padding", fontsize=9)
    axes[0].set_ylabel("rows that the model reads, batch by batch")
    figure.supxlabel("tokens (blue: a sample; hatched: padding)", fontsize=10)
    return figure


def _lengths() -> np.ndarray[Any, np.dtype[np.int64]]:
    drawn = np.random.default_rng(5).lognormal(2.7, 0.8, 32)
    return np.clip(drawn, 3, CAPACITY).astype(np.int64)


def _draw_batches(ax: Any, batches: list[list[list[int]]], widths: list[int]) -> None:
    """Each batch is a block of rows that are all padded to its width."""
    y = 0.0
    for batch, width in zip(batches, widths, strict=True):
        for row in batch:
            left = 0
            for length in row:
                ax.barh(y, length, 0.8, left, color=OURS, edgecolor="white", linewidth=0.8)
                left += length
            if left < width:
                ax.barh(y, width - left, 0.8, left, linewidth=0.4, **PADDING)
            y += 1
        y += 0.8
    ax.set_yticks([])
    ax.set_xlim(0, CAPACITY + 1)
    if not ax.yaxis_inverted():
        ax.invert_yaxis()
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
