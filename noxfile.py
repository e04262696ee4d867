"""Sessions over several Pythons; the daily targets are in the Makefile."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import nox

nox.options.default_venv_backend = "virtualenv"
PYTHONS = ["3.10", "3.11", "3.12", "3.13"]


def _show_pyenv_versions() -> None:
    """Puts the interpreters that pyenv keeps on the path, where nox looks for them."""
    if shutil.which("pyenv") is None:
        return
    root = subprocess.run(["pyenv", "root"], check=True, capture_output=True, text=True)
    versions = sorted(Path(root.stdout.strip(), "versions").glob("3.*/bin"))
    os.environ["PATH"] = os.pathsep.join([os.environ["PATH"], *map(str, versions)])


_show_pyenv_versions()


@nox.session(python=PYTHONS)
def kernels(session: nox.Session) -> None:
    """Builds the extension for one Python and runs the tests that need no torch."""
    # The pins are those of the development Python; older ones lack some of these versions.
    environment = {"PIP_CONSTRAINT": "", "PIP_BUILD_CONSTRAINT": ""}
    session.install("numpy", "pytest", "scipy", env=environment)
    session.install("--no-deps", ".", env=environment)
    session.run("python", "-m", "pytest", "tests/core")
