"""The kernels where torch is not installed: importing the package does not import it."""

from __future__ import annotations

BLOCKED = """
import sys
sys.modules["torch"] = None  # as if it were not installed
import fastsamplers
from fastsamplers import _core
"""


def test_the_kernels_work(run_child) -> None:
    code = """
print(_core.permutation_stream(_core.Mt19937(0), 5, 5).next(5).tolist(), fastsamplers.__version__)
"""
    order, version = run_child(BLOCKED + code).rsplit(" ", 1)
    assert order == "[4, 0, 1, 3, 2]"
    assert version


def test_what_needs_torch_says_so(run_child) -> None:
    code = """
for name in fastsamplers.__all__:
    assert name in dir(fastsamplers)
    try:
        getattr(fastsamplers, name)
    except ImportError as error:
        assert "torch" in str(error), error
    else:
        raise SystemExit(f"{name} came without torch")
try:
    fastsamplers.Missing
except AttributeError as error:
    print(error)
"""
    assert run_child(BLOCKED + code) == "module 'fastsamplers' has no attribute 'Missing'"


def test_importing_the_package_does_not_import_torch(run_child) -> None:
    code = "import sys, fastsamplers, fastsamplers._core; print('torch' in sys.modules)"
    assert run_child(code) == "False"
