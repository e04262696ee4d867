"""The table of docs/bucketing.md, as Markdown, from the results of examples/lengths.py."""

from __future__ import annotations

from typing import Any

from bench.figures import Bars, Series
from bench.tables import line

Result = dict[str, Any]


def page(result: Result) -> str:
    """What each strategy pads, takes and learns."""
    lines = [
        line(
            "batches by", "batches an epoch", "tokens", "with padding", "waste", "time of an epoch",
            "time beside random", "held-out loss", "loss beside random",
        ),
        "|---|" + "--:|" * 8,
    ]  # fmt: skip
    for row in result["strategies"]:
        base = row is result["strategies"][0]
        lines.append(
            line(
                f"`{row['strategy']}`",
                f"{row['batches']:,}",
                f"{row['tokens']:,}",
                f"{row['padded_tokens']:,}",
                f"{100 * row['waste']:.1f} %",
                f"{row['seconds']:.1f} s",
                f"{100 * row['time_ratio']:.0f} %",
                f"{row['loss']:.3f} ± {row['loss_deviation']:.3f}",
                "" if base else f"{row['difference']:+.3f} ± {row['difference_deviation']:.3f}",
            )
        )
    return "\n".join(lines) + "\n\n" + _stamp(result)


def figure(result: Result) -> Bars:
    """Padding and time of each strategy, the time beside that of random batches."""
    rows = result["strategies"]
    return Bars(
        "lengths",
        f"Batches of {result['snippets']:,} texts of 1 to {result['longest']} bytes",
        "percent",
        [row["strategy"] for row in rows],
        [
            Series("padding, of all tokens in batches", [_percent(row["waste"]) for row in rows]),
            Series(
                "time of an epoch, of that with random batches",
                [_percent(row["time_ratio"]) for row in rows],
            ),
        ],
    )


def _percent(share: float) -> float:
    return round(100 * share, 1)


def _count(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _stamp(result: Result) -> str:
    machine, versions = result["machine"], result["versions"]
    epochs, seeds = _count(result["epochs"], "epoch"), _count(result["seeds"], "seed")
    return (
        f"Measured {result['date']} by `{result['command']}` on {machine['processor']}, "
        f"{machine['cores']} cores, {machine['system']}, torch {versions['torch']}, Python "
        f"{versions['python']}: {result['snippets']:,} snippets, {result['mean_length']:g} bytes "
        f"in the mean, {result['longest']} at most; {epochs} with each of {seeds}, strategies in "
        "turn in one process, one thread. Time: the median, of the processor's seconds and of the "
        f"ratios epoch by epoch. Loss: nats a byte of {result['held_out']:,} other snippets after "
        "the last epoch; the mean and the standard deviation over seeds, of the difference seed by "
        "seed.\n"
    )
