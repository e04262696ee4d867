"""Writes the tables of README.md and docs, and the plots: ``python -m bench.report``.

``--check`` writes nothing, draws nothing, and fails when a table or a plot is not what the
committed results make.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import beside_torch, framework_tables, lengths, plots, tables
from bench.figures import Bars, Figure, figures
from bench.quality import tables as quality
from trust import tables as trust

ROOT = Path(__file__).parent.parent
BEGIN, END = "<!-- benchmarks -->\n", "<!-- /benchmarks -->"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, say what is stale")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder that has README.md")
    options = parser.parse_args(arguments)
    root: Path = options.root
    results = root / "bench" / "results"
    result = json.loads((results / "samplers.json").read_text())
    shuffle = json.loads((results / "index_shuffle.json").read_text())
    kills = json.loads((results / "kills.json").read_text())
    by_length = json.loads((results / "lengths.json").read_text())
    conformance = json.loads((results / "conformance.json").read_text())
    within = json.loads((results / "frameworks.json").read_text())
    beside = json.loads((results / "beside_torch.json").read_text())
    bits = json.loads((results / "dieharder.json").read_text())
    weighted = json.loads((results / "weighted_draws.json").read_text())
    tried = [json.loads(file.read_text()) for file in sorted((results / "trust").glob("*.json"))]
    drawn, bars = figures(result, beside), lengths.figure(by_length)
    plotted: list[Figure | Bars | beside_torch.Plot] = [*drawn, bars, beside_torch.Plot(beside)]
    pages = {
        root / "README.md": beside_torch.page(beside),
        root / "docs" / "benchmarks.md": tables.page(result) + _images(drawn),
        root / "docs" / "algorithms" / "index-shuffle.md": quality.page(shuffle, bits),
        root / "docs" / "algorithms" / "weighted.md": quality.weighted_page(weighted, bits),
        root / "docs" / "guarantees.md": trust.page(tried),
        root / "docs" / "resume.md": tables.kills(kills),
        root / "docs" / "frameworks.md": framework_tables.page(conformance, within),
        root / "docs" / "bucketing.md": lengths.page(by_length) + _images([bars]),
    }
    stale_pages = {
        page: _with_block(page, block)
        for page, block in pages.items()
        if page.read_text() != _with_block(page, block)
    }
    files = {root / "docs" / "plots" / f"{figure.name}.svg": figure for figure in plotted}
    stale_plots = [file for file, figure in files.items() if _shown(file) != figure.digest()]
    left_over = sorted({*(root / "docs" / "plots").glob("*.svg")} - files.keys())
    if options.check:
        stale = [path.name for path in (*stale_pages, *stale_plots, *left_over)]
        if stale:
            print(f"not what bench/results makes: {', '.join(stale)}; run make report")
        return 1 if stale else 0
    for page, text in stale_pages.items():
        page.write_text(text)
    for file, figure in files.items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(plots.draw(figure))
    for file in left_over:
        file.unlink()
    return 0


def _with_block(page: Path, block: str) -> str:
    head, _, rest = page.read_text().partition(BEGIN)
    _, _, tail = rest.partition(END)
    return head + BEGIN + block + END + tail


def _images(drawn: Sequence[Figure | Bars]) -> str:
    return "".join(f"\n![{figure.title}](plots/{figure.name}.svg)\n" for figure in drawn)


def _shown(file: Path) -> str | None:
    return plots.shown_digest(file.read_text()) if file.exists() else None


if __name__ == "__main__":
    sys.exit(main())
