"""The command line: ``fastsamplers check``, ``bench`` and ``plan``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version

from fastsamplers import bench_command, check_command, plan_command

# Of files, options, the environment and the machine: said in one line, without a traceback.
_SAID = (ImportError, MemoryError, OSError, RuntimeError, TypeError, ValueError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status, 2 where a command cannot do its work."""
    parser = argparse.ArgumentParser(
        prog="fastsamplers", description="Samplers of torch.utils.data as C++ kernels."
    )
    parser.add_argument("--version", action="version", version=version("fastsamplers"))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (check_command, bench_command, plan_command):
        command.add_to(commands)
    options = parser.parse_args(arguments)
    try:
        status: int = options.run(options)
        print(end="", flush=True)  # what cannot be written fails here, not at exit
    except _SAID as error:
        print(f"fastsamplers {options.command}: {error}", file=sys.stderr)
        _drop_unwritten()
        return 2
    return status


def _drop_unwritten() -> None:
    """Gives up what standard output does not take: at exit it would fail once more."""
    try:
        print(end="", flush=True)
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
