"""The tables of docs/frameworks.md, as Markdown: what works inside frameworks, and at what cost."""

from __future__ import annotations

import itertools
from typing import Any

from bench.tables import line

Result = dict[str, Any]
_HOW = {"untouched": "untouched", "adapter": "with the adapter", "cannot": "does not work"}
_ORDER = ("untouched", "adapter", "cannot")
# The package that a framework's name stands for.
_PACKAGES = {
    "Accelerate": "accelerate",
    "Lightning": "lightning",
    "Transformers": "transformers",
    "torchdata": "torchdata",
    "Ray Train": "ray",
    "PyTorch DDP": "torch",
}


def page(conformance: Result, measured: Result) -> str:
    """What the tests have proven, then what was measured."""
    return _conformance(conformance) + "\n### Time and memory\n\n" + _measured(measured)


def _conformance(result: Result) -> str:
    lines = [line("framework", "version", "what", "", "tests"), "|---|---|---|---|--:|"]
    for name, rows in _by_framework(result["rows"]):
        version = result["versions"][_PACKAGES[name]]
        for number, row in enumerate(rows):
            first = (name, version) if number == 0 else ("", "")
            how = _HOW[row["how"]] if row["passed"] == row["tests"] > 0 else "**not proven**"
            if row["why"]:
                how += f": {row['why']}"
            lines.append(line(*first, row["feature"], how, str(row["tests"])))
    total = sum(row["tests"] for row in result["rows"])
    lines += [
        "",
        f"{total:,} tests, run {result['date']} by `{result['command']}`, Python "
        f"{result['python']}. Each compares the indices that reach the model with those of torch's "
        "samplers; what does not work is shown by a test as well.",
    ]
    return "\n".join(lines) + "\n"


def _by_framework(rows: list[Any]) -> list[tuple[str, list[Any]]]:
    def key(row: Any) -> tuple[int, int, str]:
        names = [*_PACKAGES]
        return names.index(row["framework"]), _ORDER.index(row["how"]), row["feature"]

    groups = itertools.groupby(sorted(rows, key=key), key=lambda row: row["framework"])
    return [(name, list(group)) for name, group in groups]


def _measured(result: Result) -> str:
    lines = [
        line(
            "loader of", "first batch, torch", "first batch, ours", "sooner",
            "memory of a rank, torch", "memory of a rank, ours",
        ),
        "|---|" + "--:|" * 5,
    ]  # fmt: skip
    for row in result["rows"]:
        theirs, ours = row["torch_seconds"], row["fastsamplers_seconds"]
        lines.append(
            line(
                row["framework"],
                f"{1000 * theirs:,.0f} ms",
                f"{1000 * ours:,.{1 if ours < 0.1 else 0}f} ms",
                f"{theirs / ours:,.{0 if theirs / ours >= 20 else 1}f}x",
                f"{row['torch_bytes'] / 2**20:,.0f} MiB",
                f"{row['fastsamplers_bytes'] / 2**20:,.0f} MiB",
            )
        )
    machine, versions = result["machine"], result["versions"]
    lines += [
        "",
        f"Measured {result['date']} by `{result['command']}` on {machine['processor']}, "
        f"{machine['cores']} cores, torch {versions['torch']}, Python {versions['python']}: "
        f"{result['ranks']} processes, n = {result['n']:,}, batches of {result['batch_size']}; "
        f"sides in turn, the best of {result['repeats']} runs each, in the mean over ranks. With "
        "Lightning and Transformers the time is that from `fit` or `train` to the first step, the "
        "framework's own work included. Memory is the peak beyond that of a process that has not "
        "begun to read.",
    ]
    return "\n".join(lines) + "\n"
