"""Ray's run, launched once for all test files: a real TorchTrainer with two workers."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


@functools.cache
def launched() -> dict[str, Any]:
    """What workers "0" and "1" found, and "one", which was alone."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        # Nothing is sent anywhere, and what Ray keeps in the home folder goes with this one.
        environment |= {"RAY_USAGE_STATS_ENABLED": "0", "HOME": folder}
        script = "tests.frameworks.runs.ray_training"
        child = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", script, folder],
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
            cwd=folder,
            env=environment,
        )
        if child.returncode != 0:
            raise AssertionError(f"exit code {child.returncode}\n{child.stdout}\n{child.stderr}")
        return {file.stem: json.loads(file.read_text()) for file in Path(folder).glob("*.json")}


def of_ranks(subject: str, *keys: str) -> list[Any]:
    """What each of two workers found of a subject."""
    found = [launched()[rank][subject] for rank in ("0", "1")]
    for key in keys:
        found = [rank[key] for rank in found]
    return found
