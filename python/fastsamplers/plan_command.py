"""``fastsamplers plan``: what ways of batching cost on the user's own lengths."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fastsamplers import _validate

DESCRIPTION = """\
Plans one epoch of your data in four ways and shows what each of them costs:

  random      batches of shuffled samples, as they come
  bucketed    batches of like length (BucketBatchSampler)
  max-tokens  batches within a budget of padded tokens (MaxTokensBatchSampler)
  packed      sequences packed into bins, a bin a batch (PackedBatchSampler)
"""
EPILOG = """\
examples:
  fastsamplers plan lengths.npy --batch-size 32 --num-replicas 8
  fastsamplers plan lengths.txt --max-tokens 16384 --capacity 4096 --plot plan.png

The table, or the JSON, goes to standard output. Exit status 2 when the lengths or an option cannot
be used. `pip install matplotlib rich` brings plots and a progress bar.
"""

# Fewer lengths are planned in less than half a second: a bar would only flicker.
_SHOWN_FROM = 2_000_000


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to the command line."""
    parser = commands.add_parser(
        "plan",
        help="show padding, batches and imbalance of each way of batching, on your own lengths",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    add = parser.add_argument
    add(
        "lengths",
        metavar="LENGTHS",
        type=Path,
        help="tokens of each sample: a .npy file of integers, or text with one integer a line",
    )
    add(
        "--batch-size",
        metavar="N",
        type=int,
        default=64,
        help="samples in a batch, random and bucketed (default: %(default)s)",
    )
    add(
        "--max-tokens",
        metavar="N",
        type=int,
        help="padded tokens in a batch at most (default: what --batch-size samples of mean length "
        "have, or the longest sample if that is more)",
    )
    add(
        "--capacity",
        metavar="N",
        type=int,
        help="tokens in a bin at most (default: the longest length)",
    )
    add(
        "--window",
        metavar="N",
        type=int,
        default=50,
        help="batches that are sorted by length together, bucketed (default: %(default)s)",
    )
    add(
        "--algorithm",
        choices=_validate.PACKINGS,
        default="bfd",
        help="of packing: best-fit decreasing, first-fit decreasing, or in the order of the data "
        "(default: %(default)s)",
    )
    add(
        "--num-replicas",
        metavar="N",
        type=int,
        default=1,
        help="ranks that train together (default: %(default)s)",
    )
    add("--seed", metavar="N", type=int, default=0, help="of the shuffles (default: %(default)s)")
    add("--plot", metavar="FILE", type=Path, help="draw the figures: .png, .svg or .pdf")
    add("--json", action="store_true", help="print JSON instead of a table")


def run(options: argparse.Namespace) -> int:
    """Plans and prints."""
    # These import torch, which --help does without.
    from fastsamplers import _lengths, plan_plot, plan_report, plot_file
    from fastsamplers.length_file import read_lengths
    from fastsamplers.planning import compare_strategies
    from fastsamplers.progress import shown_progress

    if options.plot is not None:
        plot_file.require_drawable(options.plot)
    lengths = read_lengths(options.lengths)
    surveyed = _lengths.survey(lengths)
    with shown_progress(sys.stderr, len(lengths) >= _SHOWN_FROM) as progress:
        figures = compare_strategies(
            lengths,
            batch_size=options.batch_size,
            max_tokens=options.max_tokens,
            capacity=options.capacity,
            window=options.window,
            algorithm=options.algorithm,
            num_replicas=options.num_replicas,
            seed=options.seed,
            progress=progress,
        )
    if options.json:
        print(plan_report.as_json(figures, surveyed, options.num_replicas, options.seed))
    else:
        plan_report.show(figures, surveyed, options.num_replicas, sys.stdout)
    if options.plot is not None:
        plan_plot.draw(figures, options.plot, plan_report.headline(surveyed))
    return 0
