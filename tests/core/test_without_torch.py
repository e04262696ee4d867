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


def test_the_index_shuffle_works(run_child) -> None:
    code = """
import pickle
import numpy as np
shuffle = fastsamplers.IndexShuffle(100_000, 1, epoch=2)
values = shuffle[:]
assert list(shuffle) == values.tolist() == list(reversed(shuffle))[::-1]
assert shuffle[[3, -1]].tolist() == [shuffle[3], shuffle[-1]] == values[[3, -1]].tolist()
assert (shuffle.inverse(values) == np.arange(100_000)).all()
assert shuffle.index(values[7]) == 7 and 5 in shuffle
assert pickle.loads(pickle.dumps(shuffle)) == shuffle
fastsamplers.set_num_threads(2)
large = fastsamplers.IndexShuffle(2**62, 1)[: 2**19]
fastsamplers.set_num_threads(1)
assert (large == fastsamplers.IndexShuffle(2**62, 1)[: 2**19]).all()
print(fastsamplers.get_num_threads(), [name for name in sys.modules if name.startswith("torch")])
"""
    assert run_child(BLOCKED + code) == "1 ['torch']"  # which is the one that is blocked


def test_what_needs_torch_says_so(run_child) -> None:
    code = """
for name in fastsamplers.__all__:
    assert name in dir(fastsamplers)
    if name in ("IndexShuffle", "get_num_threads", "integrations", "set_num_threads"):
        getattr(fastsamplers, name)
        continue
    try:
        getattr(fastsamplers, name)
    except ImportError as error:
        assert "torch" in str(error), error
    else:
        raise SystemExit(f"{name} came without torch")
for name in dir(fastsamplers.integrations):  # a shelf of adapters, none of which is loaded with it
    try:
        getattr(fastsamplers.integrations, name)
    except ImportError:
        continue
    raise SystemExit(f"integrations.{name} came without torch")
try:
    fastsamplers.Missing
except AttributeError as error:
    print(error)
"""
    assert run_child(BLOCKED + code) == "module 'fastsamplers' has no attribute 'Missing'"


def test_importing_the_package_does_not_import_torch(run_child) -> None:
    code = "import sys, fastsamplers, fastsamplers._core; print('torch' in sys.modules)"
    assert run_child(code) == "False"


def test_using_what_needs_no_torch_does_not_import_it(run_child) -> None:
    code = """
import sys, fastsamplers
shuffle = fastsamplers.IndexShuffle(10**6, 1)
shuffle[:], shuffle.inverse([1]), list(shuffle), fastsamplers.get_num_threads()
print('torch' in sys.modules)
"""
    assert run_child(code) == "False"
