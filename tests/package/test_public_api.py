"""Nothing that a release offers is taken away within its major version: tests/data/api."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import pytest

import fastsamplers
from release import public_api

VERSION = version("fastsamplers")
RELEASES = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(public_api.FOLDER.glob(f"{VERSION.partition('.')[0]}.*.json"))
}
# The line of a change that is meant, and why it is no harm.
ALLOWED: dict[str, str] = json.loads(public_api.ALLOWED.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def present() -> public_api.Description:
    return public_api.present()


@pytest.mark.parametrize("release", RELEASES)
def test_what_a_release_offers_is_still_there(present, release: str) -> None:
    found = public_api.breakages(RELEASES[release], present)
    assert [line for line in found if line not in ALLOWED] == []


def test_what_is_allowed_is_needed_and_has_a_reason(present) -> None:
    found = {line for old in RELEASES.values() for line in public_api.breakages(old, present)}
    assert ALLOWED.keys() <= found
    assert all(ALLOWED.values())


def test_the_present_version_has_its_file() -> None:
    """`python -m release.public_api` writes it, before a release."""
    assert VERSION in RELEASES
    text = (public_api.FOLDER / f"{VERSION}.json").read_text(encoding="utf-8")
    assert text == public_api.as_text(RELEASES[VERSION])


def test_every_public_name_is_described(present) -> None:
    modules = {"functional", "integrations", "planning"}
    assert present["fastsamplers"].keys() == {*fastsamplers.__all__} - modules
    assert present["fastsamplers.functional"].keys() == {*fastsamplers.functional.__all__}
    # With what is inherited within the package.
    assert {"seek", "blocks"} <= present["fastsamplers"]["RandomSampler"]["members"].keys()
    assert all(members for members in present.values())


def parameters(api: Any) -> list[dict[str, Any]]:
    return api["fastsamplers"]["RandomSampler"]["members"]["__init__"]["parameters"]


def added(default: str | None) -> dict[str, Any]:
    return {"name": "new", "kind": "keyword-only", "annotation": "int", "default": default}


INIT = "fastsamplers.RandomSampler.__init__"
BREAKING: dict[str, Callable[[Any], object]] = {
    "fastsamplers.RandomSampler: Public object was removed": (
        lambda api: api["fastsamplers"].pop("RandomSampler")
    ),
    "fastsamplers.RandomSampler.seek: Public object was removed": (
        lambda api: api["fastsamplers"]["RandomSampler"]["members"].pop("seek")
    ),
    "fastsamplers.RandomSampler: Base class was removed": (
        lambda api: api["fastsamplers"]["RandomSampler"].update(bases=[])
    ),
    "fastsamplers.functional.pack: Public object was removed": (
        lambda api: api.pop("fastsamplers.functional")
    ),
    f"{INIT}(algorithm): Parameter was removed": lambda api: parameters(api).pop(),
    f"{INIT}(num_samples): Parameter was removed": lambda api: parameters(api)[3].update(name="k"),
    f"{INIT}(replacement): Positional parameter was moved": (
        lambda api: parameters(api).insert(1, parameters(api).pop(2))
    ),
    f"{INIT}(num_samples): Parameter kind was changed": (
        lambda api: parameters(api)[3].update(kind="keyword-only")
    ),
    f"{INIT}(num_samples): Parameter default was changed": (
        lambda api: parameters(api)[3].update(default="5")
    ),
    f"{INIT}(num_samples): Parameter is now required": (
        lambda api: parameters(api)[3].update(default=None)
    ),
    f"{INIT}: Parameter was added as required": lambda api: parameters(api).append(added(None)),
}


@pytest.mark.parametrize("line", BREAKING)
def test_what_breaks_a_caller_is_found(present, line: str) -> None:
    later = copy.deepcopy(present)
    BREAKING[line](later)
    assert line in public_api.breakages(present, later)


def test_additions_break_nobody(present) -> None:
    later = copy.deepcopy(present)
    parameters(later).append(added("3"))
    later["fastsamplers"]["NewSampler"] = later["fastsamplers"]["RandomSampler"]
    later["fastsamplers.new"] = {}
    assert public_api.breakages(present, later) == []
