"""The command line: ``fastsamplers check``, ``bench`` and ``plan``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version

from fastsamplers import bench_command, plan_command


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="fastsamplers", description="Samplers of torch.utils.data as C++ kernels."
    )
    parser.add_argument("--version", action="version", version=version("fastsamplers"))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    parity = commands.add_parser(
        "check",
        help="show versions and kernels, and check the installed torch against every parity rule",
        description="Shows versions and kernels, and checks the installed torch against every rule "
        "that the kernels reproduce. Exit status 1 when a rule fails.",
    )
    parity.add_argument("--json", action="store_true", help="print JSON instead")
    parity.set_defaults(run=lambda options: check(as_json=options.json))
    bench_command.add_to(commands)
    plan_command.add_to(commands)
    options = parser.parse_args(arguments)
    status: int = options.run(options)
    return status


def check(as_json: bool = False) -> int:
    """Prints the state of this installation; 0 if every parity rule holds, else 1."""
    from fastsamplers import _parity  # imports torch

    differences = {rule: _parity.difference(rule) for rule in _parity.RULES}
    failed = sum(difference is not None for difference in differences.values())
    if as_json:
        environment = {name.strip(): value for name, value in _environment()}
        print(json.dumps({"environment": environment, "differences": differences}, indent=1))
        return 1 if failed else 0
    for name, value in _environment():
        print(f"{name:<14} {value}")
    print()
    for rule, (text, _) in _parity.RULES.items():
        difference = differences[rule]
        print(f"{'pass' if difference is None else 'FAIL'}  {rule:<15} {difference or text}")
    print()
    if failed:
        print(f"{failed} of {len(differences)} rules fail: samplers that depend on them use torch")
        return 1
    print(f"all {len(differences)} rules hold: indices and generator states are torch's")
    return 0


def _environment() -> Iterator[tuple[str, str]]:
    from fastsamplers import _core, _threads

    for package in ("fastsamplers", "torch", "numpy"):
        yield package, version(package)
    yield "python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    yield "instructions", f"{_core.active_isa()} (this machine supports {_core.supported_isa()})"
    for kernel, level in _core.kernel_levels().items():
        yield f"  {kernel}", level
    yield "threads", f"{_threads.get_num_threads()} ({_available_cpus()} processors)"
    yield "memory", f"{_core.available_memory() / 2**30:.1f} GiB available"


def _available_cpus() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
