"""A small causal transformer that guesses the bytes of text."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .snippets import LONGEST, NO_TARGET, PADDING, START, Batch

WIDTH, HEADS = 64, 2
Angles = tuple[Tensor, Tensor]


class Reader(nn.Module):
    """Guesses each byte of a snippet from those before it, and from nothing else.

    Snippets that share a row do not see each other: attention is cut where one ends, and positions
    count only as distances. So a snippet's loss is the same packed, padded and alone.
    """

    def __init__(self) -> None:
        super().__init__()
        # Two bytes at once are a head start: it takes attention long to find its neighbour.
        self.byte = nn.Embedding(PADDING + 1, WIDTH)
        self.byte_before = nn.Embedding(PADDING + 1, WIDTH)
        self.block = Block()
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, 256)
        half = WIDTH // HEADS // 2
        angles = torch.arange(LONGEST)[:, None] / 10_000 ** (torch.arange(half) / half)
        self.cosines, self.sines = angles.cos(), angles.sin()

    def forward(self, batch: Batch) -> Tensor:
        """float32[rows x longest, 256]: a score for each byte that may come."""
        before = nn.functional.pad(batch.inputs[:, :-1], (1, 0), value=PADDING)
        before = before.masked_fill(batch.inputs == START, PADDING)
        longest = batch.inputs.shape[1]
        states = self.block(
            self.byte(batch.inputs) + self.byte_before(before),
            None if batch.parts is None else seen(batch.parts),
            (self.cosines[:longest], self.sines[:longest]),
        )
        logits: Tensor = self.head(self.norm(states))
        return logits.flatten(0, 1)

    def token_losses(self, batch: Batch) -> Tensor:
        """float32[tokens], in nats, row by row; padding has no target and no loss."""
        targets = batch.targets.flatten()
        losses = nn.functional.cross_entropy(self(batch), targets, reduction="none")
        return losses[targets != NO_TARGET]

    def loss(self, batch: Batch) -> Tensor:
        """The sum over the real tokens."""
        return self.token_losses(batch).sum()


class Block(nn.Module):
    """Attention, then two layers for each position by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(2))
        self.queries_keys_values = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.mix = nn.Linear(WIDTH, WIDTH, bias=False)
        self.think = nn.Sequential(
            nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH)
        )

    def forward(self, states: Tensor, mask: Tensor | None, angles: Angles) -> Tensor:
        rows, longest, _ = states.shape
        heads = self.queries_keys_values(self.norms[0](states)).view(rows, longest, 3, HEADS, -1)
        queries, keys, values = heads.permute(2, 0, 3, 1, 4)
        # Without a mask padding needs none either: it comes last, and no real token looks ahead.
        found = nn.functional.scaled_dot_product_attention(
            rotated(queries, angles), rotated(keys, angles), values,
            attn_mask=mask, is_causal=mask is None,
        )  # fmt: skip
        states = states + self.mix(found.transpose(1, 2).flatten(2))
        thought: Tensor = self.think(self.norms[1](states))
        return states + thought


def seen(parts: Tensor) -> Tensor:
    """bool[rows, 1, longest, longest]: whether a position sees another, of its own snippet."""
    longest = parts.shape[1]
    causal = torch.ones(longest, longest, dtype=torch.bool).tril()
    return ((parts[:, :, None] == parts[:, None, :]) & causal)[:, None]


def rotated(heads: Tensor, angles: Angles) -> Tensor:
    """Rotary embedding: products of two of them depend on their distance, not on their places."""
    cosines, sines = angles
    first, second = heads.chunk(2, -1)
    return torch.cat((first * cosines - second * sines, second * cosines + first * sines), -1)
