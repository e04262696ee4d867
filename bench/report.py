"""Writes the tables of README.md and docs/benchmarks.md: ``python -m bench.report``.

``--check`` writes nothing and fails when a table is not what the committed results make.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULT = ROOT / "bench" / "results" / "samplers.json"
BEGIN, END = "<!-- benchmarks -->\n", "<!-- /benchmarks -->"
# What README shows; docs/benchmarks.md shows every row.
README_ROWS = (
    "RandomSampler as ints, n = 4,000,000",
    "BatchSampler(RandomSampler, 256) as lists",
    "the same, output='torch'",
    "first index",
    "passes over n = 1,000",
    "one rank of 8, shuffled",
    "1e6 of 1e7, the global generator",
    "DataLoader",
    "SequentialSampler as ints",
)


def main() -> int:
    result = json.loads(RESULT.read_text())
    chosen = [row for row in result["time"] if any(name in row["work"] for name in README_ROWS)]
    pages = {
        ROOT / "README.md": _table(chosen, result),
        ROOT / "docs" / "benchmarks.md": _table(result["time"], result),
    }
    stale = []
    for page, table in pages.items():
        before = page.read_text()
        head, _, rest = before.partition(BEGIN)
        _, _, tail = rest.partition(END)
        after = head + BEGIN + table + END + tail
        if after != before:
            stale.append(page.name)
            if "--check" not in sys.argv:
                page.write_text(after)
    if "--check" in sys.argv and stale:
        print(f"not what bench/results makes: {', '.join(stale)}; run make report")
        return 1
    return 0


def _table(rows: list[dict[str, Any]], result: dict[str, Any]) -> str:
    lines = ["| work | torch | fastsamplers | faster by |", "|---|--:|--:|--:|"]
    for row in rows:
        torch, ours = (_duration(row[side]) for side in ("torch", "fastsamplers"))
        lines.append(f"| {row['work']} | {torch} | {ours} | {_ratio(row['ratio'])} |")
    memory = result["memory"]
    torch, ours = memory["torch"], memory["fastsamplers"]
    lines.append(
        f"| {memory['work']} | {_per_index(torch, memory['n'])} | {_per_index(ours, memory['n'])} "
        f"| {_ratio(torch / ours)} less |"
    )
    machine, versions = result["machine"], result["versions"]
    lines += [
        "",
        f"Measured {result['date']} by `{result['command']}` on {machine['processor']}, "
        f"{machine['cores']} cores, {machine['system']} ({result['instructions']}), "
        f"torch {versions['torch']}, Python {versions['python']}. Both sides in one process, "
        "least of the rounds; a virtual machine with neighbours: trust ratios more than times.",
        "",
    ]
    return "\n".join(lines)


def _duration(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def _ratio(ratio: float) -> str:
    return f"{ratio:,.0f}x" if ratio >= 100 else f"{ratio:.1f}x"


def _per_index(size: int, n: int) -> str:
    return f"{size / 2**20:,.0f} MiB ({size / n:.1f} B/index)"


if __name__ == "__main__":
    sys.exit(main())
