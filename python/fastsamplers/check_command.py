"""``fastsamplers check``: this installation, and the installed torch beside every parity rule."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from importlib.metadata import version
from typing import Any


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to the command line."""
    parser = commands.add_parser(
        "check",
        help="show versions and kernels, and check the installed torch against every parity rule",
        description="Shows versions and kernels, and checks the installed torch against every rule "
        "that the kernels reproduce. Exit status 1 when a rule fails, 2 when it cannot be checked.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints the state of this installation; 0 if every parity rule holds, else 1."""
    from fastsamplers import _core, _parity  # imports torch

    environment, kernels = _environment(), _core.kernel_levels()
    differences = {rule: _parity.difference(rule) for rule in _parity.RULES}
    failed = sum(difference is not None for difference in differences.values())
    if options.json:
        found = {"environment": environment, "kernels": kernels, "differences": differences}
        print(json.dumps(found, indent=1))
        return 1 if failed else 0
    _show_environment(environment, kernels)
    print()
    width = max(map(len, differences))
    for rule, (text, _) in _parity.RULES.items():
        difference = differences[rule]
        print(f"{'pass' if difference is None else 'FAIL'}  {rule:<{width}}  {difference or text}")
    print()
    if failed:
        print(f"{failed} of {len(differences)} rules fail: samplers that depend on them use torch")
        return 1
    print(f"all {len(differences)} rules hold: indices and generator states are torch's")
    return 0


def _environment() -> dict[str, Any]:
    from fastsamplers import _core, _threads

    return {
        **{package: version(package) for package in ("fastsamplers", "torch", "numpy")},
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "instructions": _core.active_isa(),
        "supported_instructions": _core.supported_isa(),
        "threads": _threads.get_num_threads(),
        "processors": _available_cpus(),
        "available_memory": _core.available_memory(),
    }


def _show_environment(found: dict[str, Any], kernels: dict[str, str]) -> None:
    supported = found["supported_instructions"]
    lines = {name: found[name] for name in ("fastsamplers", "torch", "numpy")}
    lines["python"] = f"{found['python']} on {found['system']}"
    lines["instructions"] = f"{found['instructions']} (this machine supports {supported})"
    lines |= {f"  {kernel}": level for kernel, level in kernels.items()}
    lines["threads"] = f"{found['threads']} ({found['processors']} processors)"
    lines["memory"] = f"{found['available_memory'] / 2**30:.1f} GiB available"
    width = max(map(len, lines))
    for name, value in lines.items():
        print(f"{name:<{width}}  {value}")


def _available_cpus() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
