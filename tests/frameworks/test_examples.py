"""The examples with frameworks run, alone and in two processes, and show what they should."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]


def run(*arguments: str) -> str:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    environment |= {"RAY_USAGE_STATS_ENABLED": "0"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("name", "of_two"), [("with_accelerate", []), ("with_lightning", ["--devices", "2"])]
)
def test_digits(name: str, of_two: list[str]) -> None:
    pytest.importorskip(name.removeprefix("with_"))
    small = ["--epochs", "2", "--limit", "160"]
    alone = run("-m", f"examples.{name}", *small)
    assert alone.count("identical") == 1
    assert "10 batches, 320 images" in alone
    together = run(*TORCHRUN, "-m", f"examples.{name}", *small, *of_two)
    assert together.count("identical") == 2
    assert together.count("6 batches") == 2


def test_text_with_transformers() -> None:
    pytest.importorskip("transformers")
    shown = run("-m", "examples.with_transformers", "--snippets", "200").splitlines()
    wastes = [float(line.split()[-2]) for line in shown if line.strip().endswith("%")]
    assert len(wastes) == 2
    assert wastes[1] < wastes[0] / 2


def test_digits_with_ray() -> None:
    pytest.importorskip("ray")
    assert "balanced   2 workers" in run("-m", "examples.with_ray", "--limit", "600")
