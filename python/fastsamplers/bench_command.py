"""``fastsamplers bench``: this package beside torch, on the user's own machine."""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path

DESCRIPTION = """\
Measures samplers of torch beside those of this package, on this machine: the time to the first
batch, the time of a whole pass in batches of 256, and the memory that a pass takes.

Both sides take turns in one process for the times, of which the best counts, and have a process
each for the memory.
"""
EPILOG = """\
examples:
  fastsamplers bench
  fastsamplers bench --n 1e8 --json > bench.json
  fastsamplers bench --n 1e6 --plot bench.png

With 10 million samples it takes about two minutes and a gigabyte, with 1e8 ten times as much: most
of both is torch's. What a side cannot do is left out: torch draws by no more than 2^24 weights, and
a pass has to fit into the memory available. Of passes that hold no more memory the more samples
there are, the first 1e9 indices are read. Exit status 2 when something cannot be measured.
`pip install matplotlib rich` brings plots and a progress bar.
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to the command line."""
    parser = commands.add_parser(
        "bench",
        help="measure time and memory beside torch, on this machine",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    add = parser.add_argument
    add(
        "--n",
        metavar="N",
        type=_count,
        default=10_000_000,
        help="samples; 1e8 is a way to write it (default: 1e7)",
    )
    add(
        "--rounds",
        metavar="N",
        type=_count,
        default=3,
        help="passes of each side; one where passes take seconds (default: %(default)s)",
    )
    add("--plot", metavar="FILE", type=Path, help="draw the figures: .png, .svg or .pdf")
    add("--json", action="store_true", help="print JSON instead of a table")


def _count(text: str) -> int:
    """A positive whole number, also as 1e8 or 10_000."""
    number = 0
    try:
        number = int(text)
    except ValueError:
        with contextlib.suppress(ValueError):
            number = int(value) if (value := float(text)).is_integer() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"should be a positive whole number, but got {text!r}")
    return number


def run(options: argparse.Namespace) -> int:
    """Measures and prints."""
    # These import torch, which --help does without.
    from fastsamplers import _core, plot_file
    from fastsamplers.beside_torch import plot, report
    from fastsamplers.beside_torch.measure import measure
    from fastsamplers.progress import shown_progress

    if options.plot is not None:
        plot_file.require_drawable(options.plot)
    _core.active_isa()  # ValueError for a level that there is not, now rather than in minutes
    with shown_progress(sys.stderr) as progress:
        rows = measure(options.n, options.rounds, progress)
    result = {**report.stamp(options.n, options.rounds), "rows": rows}
    if options.json:
        print(report.as_json(result))
    else:
        report.show(result, sys.stdout)
    if options.plot is not None:
        plot.draw(result, options.plot)
    return 0
