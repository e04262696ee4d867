"""What importing the package does, and what it exports."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch.utils.data

import fastsamplers


def modules_after(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_the_kernels_need_no_torch() -> None:
    assert "torch" not in modules_after("import fastsamplers._core")


def test_the_samplers_need_torch_and_numpy_alone() -> None:
    torch_alone = modules_after("import numpy, torch.utils.data")
    ours = modules_after("from fastsamplers import RandomSampler, functional")
    # More of the standard library and of NumPy may come in, and nothing else.
    added = {name.partition(".")[0] for name in ours - torch_alone}
    assert added - set(sys.stdlib_module_names) - {"numpy"} == {"fastsamplers"}


@pytest.mark.parametrize("name", fastsamplers.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    assert getattr(fastsamplers, name).__doc__
    assert name in dir(fastsamplers)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Sampler9'"):
        _ = fastsamplers.Sampler9


@pytest.mark.parametrize(
    "name", ["SequentialSampler", "RandomSampler", "SubsetRandomSampler", "BatchSampler"]
)
def test_samplers_are_subclasses_of_torchs(name: str) -> None:
    assert issubclass(getattr(fastsamplers, name), getattr(torch.utils.data, name))


def test_the_distributed_sampler_is_a_subclass_of_torchs() -> None:
    assert issubclass(fastsamplers.DistributedSampler, torch.utils.data.DistributedSampler)
