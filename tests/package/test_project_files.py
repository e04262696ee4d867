"""What several files say of one thing: make's targets, the version, the workflows, the wheels."""

from __future__ import annotations

import re
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def files(*patterns: str) -> list[Path]:
    """Of the project: what git knows or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]


def targets() -> set[str]:
    (line,) = re.findall(r"^\.PHONY: (.*)$", text_of("Makefile"), re.MULTILINE)
    return set(line.split())


def makes_in(text: str) -> set[str]:
    return set(re.findall(r"\bmake ([a-z][\w-]*)", text))


def test_every_target_is_a_rule() -> None:
    rules = set(re.findall(r"^([a-z][\w-]*):(?!=)", text_of("Makefile"), re.MULTILINE))
    assert rules == targets()


def test_help_and_contributing_show_every_target() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    # What a reader is not told: help itself, which is how it came.
    assert makes_in(shown.stdout) == targets() - {"help"}
    rows = [line for line in text_of("CONTRIBUTING.md").splitlines() if line.startswith("| `make")]
    assert set().union(*(makes_in(row.split("|")[1]) for row in rows)) == targets() - {"help"}


def test_no_document_names_a_target_that_is_not_there() -> None:
    named = {
        (path.name, target)
        for path in files("*.md")
        for target in re.findall(r"`make ([a-z][\w-]*)", path.read_text(encoding="utf-8"))
    }
    assert {target for _, target in named} <= targets(), named


WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows(path: Path) -> None:
    workflow: dict[Any, Any] = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    assert set(workflow["concurrency"]) == {"group", "cancel-in-progress"}
    assert workflow[True]  # what YAML makes of "on"
    for job in workflow["jobs"].values():
        assert "permissions" not in job
        assert job["timeout-minutes"] > 0
        matrix = job.get("strategy", {}).get("matrix", {})
        called = {target.split()[0] for target in matrix.get("target", [])}
        for step in job["steps"]:
            if "uses" in step:
                assert re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"])
            else:
                called |= makes_in(step["run"])
        assert called <= targets()
        assert "make ${{ matrix.target }}" in str(job["steps"]) or "target" not in matrix


def test_there_are_workflows() -> None:
    assert {path.stem for path in WORKFLOWS} == {"docs", "nightly", "tests", "wheels"}


@pytest.mark.parametrize("path", files(".github/ISSUE_TEMPLATE/*.yml"), ids=lambda path: path.name)
def test_forms_of_issues(path: Path) -> None:
    form = yaml.safe_load(path.read_text())
    if path.name == "config.yml":
        assert form == {"blank_issues_enabled": False}
        return
    names = [field["id"] for field in form["body"]]
    assert form["name"]
    assert form["description"]
    assert len(set(names)) == len(names) > 0
    assert all(field["attributes"]["label"] for field in form["body"])


def test_the_version_stands_in_one_place() -> None:
    (there,) = re.findall(r'^version = "(.+)"$', text_of("pyproject.toml"), re.MULTILINE)
    assert there == version("fastsamplers")
    elsewhere = files("*.cff", "*.py", "*.pyi", "*.cpp", "*.hpp", "*CMakeLists.txt", "*.yml")
    assert [path for path in elsewhere if f'"{there}"' in path.read_text(encoding="utf-8")] == []
    assert (
        "VERSION" not in re.findall(r"^project\(.*\)", text_of("CMakeLists.txt"), re.MULTILINE)[0]
    )


def test_the_citation() -> None:
    citation = yaml.safe_load(text_of("CITATION.cff"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["authors"] == [{"name": "fastsamplers developers"}]
    assert {"message", "title"} <= set(citation)
    assert "version" not in citation  # which stands in pyproject.toml
    assert f'license = "{citation["license"]}"' in text_of("pyproject.toml")


def test_the_changelog_keeps_its_form() -> None:
    heads = re.findall(r"^## (.*)$", text_of("CHANGELOG.md"), re.MULTILINE)
    assert heads[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", head) for head in heads[1:])
    kinds = re.findall(r"^### (.*)$", text_of("CHANGELOG.md"), re.MULTILINE)
    assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
