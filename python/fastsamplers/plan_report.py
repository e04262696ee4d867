"""What ``fastsamplers plan`` prints: a table to read, or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any, TextIO

import numpy as np

from fastsamplers import _core, text_table
from fastsamplers.planning import StrategyFigures
from fastsamplers.wording import counted

_HISTOGRAM_BINS = 50

_NOTES = (
    "padded tokens: what the model computes; padding waste: the part of them that is padding",
    "tokens in a batch: without padding, on average; variation: standard deviation by mean",
    "imbalance: how much longer a step takes than with equal shares for its ranks",
)


def show(
    figures: Sequence[StrategyFigures], lengths: _core.Lengths, num_replicas: int, out: TextIO
) -> None:
    """Prints the table: with rich where it is installed, else as aligned text."""
    ranks = f", {num_replicas:,} ranks" if num_replicas > 1 else ""
    print(headline(lengths) + ranks, file=out)
    for line in _options(figures):
        print(f"  {line}", file=out)
    header = ["", *(plan.strategy for plan in figures)]
    rows = _rows(figures)
    text_table.show(header, rows, out)
    for note in _NOTES:
        print(note, file=out)


def as_json(
    figures: Sequence[StrategyFigures], lengths: _core.Lengths, num_replicas: int, seed: int
) -> str:
    """All figures as a JSON object; of the costs of batches their histogram."""
    return json.dumps(
        {
            "fastsamplers": version("fastsamplers"),
            "lengths": {
                "count": len(lengths),
                "tokens": lengths.total,
                "least": lengths.least,
                "mean": lengths.total / len(lengths),
                "greatest": lengths.greatest,
            },
            "num_replicas": num_replicas,
            "seed": seed,
            "strategies": [_fields(plan) for plan in figures],
        },
        indent=2,
        allow_nan=False,
    )


def _fields(plan: StrategyFigures) -> dict[str, Any]:
    costs = plan.batch_costs
    counts, edges = np.histogram(costs, bins=_HISTOGRAM_BINS)
    return {
        "strategy": plan.strategy,
        "options": dict(plan.options),
        "limit": plan.limit,
        "batches": plan.batches,
        "steps_per_rank": plan.steps_per_rank,
        "samples": plan.samples,
        "tokens": plan.tokens,
        "padded_tokens": plan.padded_tokens,
        "padding_waste": plan.padding_waste,
        "tokens_per_batch": asdict(plan.tokens_per_batch),
        "batch_costs": {
            "least": int(costs.min()),
            "mean": float(costs.mean()),
            "greatest": int(costs.max()),
            "histogram": {"edges": edges.tolist(), "counts": counts.tolist()},
        },
        "imbalance": plan.imbalance,
        "seconds": plan.seconds,
    }


def headline(lengths: _core.Lengths) -> str:
    """The lengths in one line."""
    return (
        f"{counted(len(lengths), 'sample')}, {counted(lengths.total, 'token')}: lengths from "
        f"{lengths.least:,} to {lengths.greatest:,}, mean {lengths.total / len(lengths):,.1f}"
    )


def percent(part: float) -> str:
    """A part of 1 as percent: a part that is small and not nothing does not look like nothing."""
    if 0 < part < 0.0001:
        return "<0.01%"
    return f"{part:.2%}" if 0 < part < 0.01 else f"{part:.1%}"


def _short(counts: Sequence[int]) -> list[str]:
    """Counts in one unit, so that they can be compared at a look."""
    for unit, name in ((10**12, "T"), (10**9, "B"), (10**6, "M")):
        if max(counts) >= 10 * unit:
            return [f"{count / unit:,.2f}{name}" for count in counts]
    return [f"{count:,}" for count in counts]


def _durations(all_seconds: Sequence[float]) -> list[str]:
    """Times in one unit, as well."""
    if max(all_seconds) >= 1:
        return [f"{seconds:.3f} s" for seconds in all_seconds]
    return [f"{1000 * seconds:.2f} ms" for seconds in all_seconds]


def _options(figures: Sequence[StrategyFigures]) -> list[str]:
    width = max(len(plan.strategy) for plan in figures)
    shown = ("batch_size", "window", "max_tokens", "capacity", "algorithm")
    return [
        f"{plan.strategy:<{width}}  "
        + ", ".join(f"{name}={plan.options[name]}" for name in shown if name in plan.options)
        for plan in figures
    ]


def _rows(figures: Sequence[StrategyFigures]) -> list[list[str]]:
    computed = max(1, figures[0].padded_tokens)
    columns = {
        "padding waste": [percent(plan.padding_waste) for plan in figures],
        "padded tokens": _short([plan.padded_tokens for plan in figures]),
        f"  beside {figures[0].strategy}": [
            f"{plan.padded_tokens / computed:.2f}x" for plan in figures
        ],
        "batches": [f"{plan.batches:,}" for plan in figures],
        "steps per rank": [f"{plan.steps_per_rank:,}" for plan in figures],
        "tokens in a batch": [f"{plan.tokens_per_batch.mean:,.1f}" for plan in figures],
        "  least": [f"{plan.tokens_per_batch.least:,}" for plan in figures],
        "  most": [f"{plan.tokens_per_batch.most:,}" for plan in figures],
        "  variation": [f"{plan.tokens_per_batch.variation:.1%}" for plan in figures],
        "imbalance of ranks": [f"{plan.imbalance:.3f}x" for plan in figures],
        "time to plan": _durations([plan.seconds for plan in figures]),
    }
    return [[name, *cells] for name, cells in columns.items()]
