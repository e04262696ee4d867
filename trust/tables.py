"""The tables of docs/guarantees.md, as Markdown, from what runs found."""

from __future__ import annotations

from typing import Any

from bench.tables import line
from trust import modulo_bias

Result = dict[str, Any]


def page(results: list[Result]) -> str:
    """What was tried to break the samplers, and how unevenly torch's rule draws."""
    return _tried(results) + BIAS + "\n" + _bias()


def _tried(results: list[Result]) -> str:
    lines = [line("tried", "how often", "failed", "by"), "|---|--:|--:|---|"]
    for result in results:
        for row in result["rows"]:
            count = f"{row['count']:,} {row['unit']}"
            by = f"`{result['command']}`, {result['date']}"
            lines.append(line(row["what"], count, str(row["failed"]), by))
    return "\n".join(lines) + "\n"


BIAS = """
## How even torch's draws are

One draw of torch's, exactly:
"""


def _bias() -> str:
    lines = [
        line("n", "bits", "likelier", "by", "probability moved", "draws to notice it"),
        "|--:|--:|---|--:|--:|--:|",
    ]
    for row in modulo_bias.table():
        even = "none" if not row.favoured else f"the first {row.favoured:,}"
        lines.append(
            line(
                f"{row.n:,}",
                str(row.bits),
                even,
                _percent(float(row.excess)),
                _percent(float(row.moved)),
                f"{row.draws_to_notice:.2g}" if row.favoured else "never",
            )
        )
    return "\n".join(lines) + "\n"


def _percent(share: float) -> str:
    return f"{100 * share:.2g}%"
