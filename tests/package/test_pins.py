"""Every package that make, nox and the workflows install has one version: constraints.txt."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomllib
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OWN = "fastsamplers"


def pins() -> dict[str, Requirement]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return {canonicalize_name(Requirement(line).name): Requirement(line) for line in lines}


def in_groups() -> Iterator[str]:
    for group in PROJECT["dependency-groups"].values():
        yield from (each for each in group if isinstance(each, str))
    for extra in PROJECT["project"]["optional-dependencies"].values():
        yield from extra
    yield from PROJECT["project"]["dependencies"]
    yield from PROJECT["build-system"]["requires"]
    yield from PROJECT["tool"]["cibuildwheel"]["test-requires"]


def words_of_installs(text: str, command: str) -> Iterator[str]:
    """What stands after ``pip install``, without options and what is no package of an index."""
    for line in re.findall(rf"{command} install ([^\n&|]+)", text):
        words = line.replace('"', "").split()
        values = {
            words[k + 1] for k, word in enumerate(words) if word in ("--group", "--constraint")
        }
        yield from (word for word in words if word[0] not in "-." and word not in values)


def in_commands() -> Iterator[str]:
    yield from words_of_installs((ROOT / "Makefile").read_text(), re.escape("$(PIP)"))
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        yield from words_of_installs(path.read_text(), "pip")
    for node in ast.walk(ast.parse((ROOT / "noxfile.py").read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "session.install":
            given = (each.value for each in node.args if isinstance(each, ast.Constant))
            yield from (word for word in given if word[0] not in "-.")


def required() -> dict[str, Requirement]:
    """By name, for this platform and Python."""
    all_of_them = [Requirement(text) for text in (*in_groups(), *in_commands())]
    here = [each for each in all_of_them if each.marker is None or each.marker.evaluate()]
    return {canonicalize_name(each.name): each for each in here if each.name != OWN}


def test_what_is_asked_for_is_pinned() -> None:
    names = required().keys()
    assert {"torch", "pip", "scikit-build-core", "pytest", "cibuildwheel", "ray"} <= names
    assert names - pins().keys() == set()


def test_a_pin_is_one_version_that_fits() -> None:
    asked = required()
    for name, pin in pins().items():
        (specifier,) = pin.specifier
        assert specifier.operator == "=="
        assert "*" not in specifier.version
        if name in asked:
            assert asked[name].specifier.contains(specifier.version), name


def installed_with(requirement: Requirement, seen: set[str]) -> Iterator[tuple[str, str]]:
    """A requirement that is installed here and all it pulls in, with versions."""
    name = canonicalize_name(requirement.name)
    try:
        found = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return  # of a target that has not been run in this environment
    key = f"{name}[{','.join(sorted(requirement.extras))}]"
    if name == OWN or key in seen:
        return
    seen.add(key)
    yield name, found.version
    for text in found.requires or []:
        needed = Requirement(text)
        extras = requirement.extras or {""}
        if needed.marker and not any(needed.marker.evaluate({"extra": of}) for of in extras):
            continue
        # torch names one version of each library for GPUs itself.
        if not any(specifier.operator == "==" for specifier in needed.specifier):
            yield from installed_with(needed, seen)


def test_what_comes_with_it_is_pinned_and_has_that_version() -> None:
    seen: set[str] = set()
    present = {
        pair for requirement in required().values() for pair in installed_with(requirement, seen)
    }
    pinned = pins()
    assert {name for name, _ in present} - pinned.keys() == set()
    others = {pair for pair in present if not pinned[pair[0]].specifier.contains(pair[1])}
    assert others == set()
    assert len(present) > 30


@pytest.mark.parametrize("name", ["PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT"])
def test_make_hands_the_pins_to_pip(name: str) -> None:
    """Build requirements included: pip makes an environment of its own for them."""
    shown = subprocess.run(
        ["make", "--no-print-directory", f"--eval=show: ; @printenv {name}", "show"],
        cwd=ROOT,
        env={
            key: value for key, value in os.environ.items() if not key.startswith(("PIP", "MAKE"))
        },
        check=True,
        capture_output=True,
        text=True,
    )
    assert shown.stdout == f"{ROOT / 'constraints.txt'}\n"
