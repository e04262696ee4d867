"""Fixtures of every test folder. Without torch: tests/core runs where it is not installed."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from fastsamplers import _core

# Of this architecture, each wider than the one before it.
ARM = platform.machine() in ("aarch64", "arm64")
ISA_LEVELS = ("scalar", "neon") if ARM else ("scalar", "avx2", "avx512")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files whose tests fork come first, while the process that is copied is small."""
    forking = ("test_dataloader", "test_loader", "test_stateful")
    items.sort(key=lambda item: not item.path.name.startswith(forking))


@pytest.fixture(params=ISA_LEVELS)
def isa(request: pytest.FixtureRequest) -> Iterator[str]:
    """Runs a test once with each instruction-set level that this machine has."""
    level = request.param
    if ISA_LEVELS.index(level) > ISA_LEVELS.index(_core.supported_isa()):
        pytest.skip(f"this machine has no {level}")
    before = _core.active_isa()
    _core.set_active_isa(level)
    yield level
    _core.set_active_isa(before)


@pytest.fixture(scope="session")
def run_child() -> Callable[..., str]:
    """Runs Python code in a process of its own and returns what it printed."""

    def run(code: str, *arguments: object, timeout: float = 300) -> str:
        child = subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if child.returncode != 0:
            raise AssertionError(f"exit code {child.returncode}\n{child.stdout}\n{child.stderr}")
        return child.stdout.strip()

    return run
