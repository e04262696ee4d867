"""The choice of instruction sets, and what is known of memory."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from fastsamplers import _core

LEVELS = ("scalar", "avx2", "avx512", "neon")


def test_levels_can_be_chosen(isa: str) -> None:
    assert _core.active_isa() == isa
    levels = _core.kernel_levels()
    assert levels
    assert all(LEVELS.index(level) <= LEVELS.index(isa) for level in levels.values())
    if isa != "scalar":
        assert isa in levels.values()


@pytest.mark.parametrize("name", ["", "AVX2", "sse", "avx1024", "NEON"])
def test_an_unknown_level_is_refused(name: str) -> None:
    before = _core.active_isa()
    with pytest.raises(ValueError, match="should be one of scalar, avx2, avx512, neon"):
        _core.set_active_isa(name)
    assert _core.active_isa() == before


def test_a_level_of_another_architecture_is_refused() -> None:
    before = _core.active_isa()
    name = "avx2" if _core.supported_isa() == "neon" else "neon"
    with pytest.raises(ValueError, match=f"FASTSAMPLERS_ISA={name} is not among the levels"):
        _core.set_active_isa(name)
    assert _core.active_isa() == before


CODE = "from fastsamplers import _core; print(_core.active_isa(), _core.Mt19937(1).words(1)[0])"


@pytest.mark.parametrize("name", ["", "scalar", _core.supported_isa()])
def test_an_environment_variable_forces_a_level(name: str) -> None:
    environment = {**os.environ, "FASTSAMPLERS_ISA": name}
    printed = subprocess.run(
        [sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=True
    ).stdout.split()
    assert printed == [name or _core.supported_isa(), "1791095845"]


def test_an_unknown_level_in_the_environment_is_an_error_not_a_crash() -> None:
    environment = {**os.environ, "FASTSAMPLERS_ISA": "sse9"}
    child = subprocess.run(
        [sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=False
    )
    assert child.returncode == 1
    assert "FASTSAMPLERS_ISA=sse9" in child.stderr


def test_memory_that_is_not_there_is_refused() -> None:
    available = _core.available_memory()
    assert available > 0
    _core.require_memory(0, "nothing", "nothing")
    _core.require_memory(2**20, "little", "nothing")
    with pytest.raises(MemoryError, match=r"^much needs 4611686018427387904 bytes, but only \d+ "
                                          "are available; take less$"):  # fmt: skip
        _core.require_memory(2**62, "much", "take less")
