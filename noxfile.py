"""Sessions over several Pythons; the daily targets are in the Makefile."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
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


# The pins are those of the development Python; older ones lack some of these versions.
NO_PINS = {"PIP_CONSTRAINT": "", "PIP_BUILD_CONSTRAINT": ""}


@nox.session(python=PYTHONS)
def kernels(session: nox.Session) -> None:
    """Builds the extension for one Python and runs the tests that need no torch."""
    session.install("numpy", "pytest", "scipy", env=NO_PINS)
    session.install("--no-deps", ".", env=NO_PINS)
    session.run("python", "-m", "pytest", "tests/core")


@nox.session(python=PYTHONS)
def wheels(session: nox.Session) -> None:
    """Makes the wheel of one Python from the source archive; the same tests, out of the tree."""
    release = Path("build/wheels").resolve()
    archive = next(iter(sorted((release / "sdist").glob("*.tar.gz"))), None)
    if archive is None:
        session.error("there is no source archive yet: `make wheels` makes it first")
    folder = release / f"cp{str(session.python).replace('.', '')}"
    shutil.rmtree(folder, ignore_errors=True)
    pins = {} if session.python == f"{sys.version_info[0]}.{sys.version_info[1]}" else NO_PINS
    wheel = ["python", "-m", "pip", "-q", "wheel", "--no-deps", "-w", folder / "built", archive]
    session.run(*wheel, env=pins)
    # The interpreter that runs nox: auditwheel need not be there for every Python.
    contents = [sys.executable, "-m", "release.wheel_contents"]
    session.run(*contents, folder / "built", folder / "repaired", external=True)
    # As cibuildwheel does it on every platform, which cannot be run here.
    configured = nox.project.load_toml("pyproject.toml")["tool"]["cibuildwheel"]
    pins = pins | configured["test-environment"]
    session.install(*configured["test-requires"], *folder.glob("repaired/*.whl"), env=pins)
    for name in configured["test-sources"]:
        source, target = release / "clone" / name, folder / "tree" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, target)
    with session.chdir(folder / "tree"):
        session.run(*shlex.split(configured["test-command"]))
