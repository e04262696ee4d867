"""The command line, as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from fastsamplers import _core, _parity, cli

COMMANDS = {
    "module": [sys.executable, "-m", "fastsamplers"],
    "script": [str(Path(sys.executable).with_name("fastsamplers"))],
}


def run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_check_shows_versions_kernels_and_every_rule(command: list[str]) -> None:
    done = run([*command, "check"])
    assert done.returncode == 0, done.stderr
    for package in ("fastsamplers", "torch", "numpy"):
        assert version(package) in done.stdout
    for name in (*_core.kernel_levels(), *_parity.RULES, "threads", "instructions"):
        assert name in done.stdout
    assert done.stdout.count("pass  ") == len(_parity.RULES)
    assert "FAIL" not in done.stdout


def test_a_rule_that_fails_is_named_and_fails_the_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(_parity.RULES, "randint", ("text", lambda: "randint(7) differs"))
    _parity.forget()
    try:
        assert cli.main(["check"]) == 1
    finally:
        _parity.forget()
    shown = capsys.readouterr().out
    assert "FAIL  randint         randint(7) differs" in shown
    assert shown.count("pass  ") == len(_parity.RULES) - 1


def test_check_as_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["differences"] == dict.fromkeys(_parity.RULES)
    assert found["environment"]["torch"] == version("torch")
    monkeypatch.setitem(_parity.RULES, "randint", ("text", lambda: "randint(7) differs"))
    _parity.forget()
    try:
        assert cli.main(["check", "--json"]) == 1
    finally:
        _parity.forget()
    assert json.loads(capsys.readouterr().out)["differences"]["randint"] == "randint(7) differs"


def test_an_instruction_set_level_can_be_forced() -> None:
    shown = run([*COMMANDS["module"], "check"], FASTSAMPLERS_ISA="scalar").stdout
    assert f"scalar (this machine supports {_core.supported_isa()})" in shown
    levels = [line.split()[-1] for line in shown.splitlines() if line.startswith("  ")]
    assert levels == ["scalar"] * len(_core.kernel_levels())


def test_an_unknown_level_is_refused_with_the_names_there_are() -> None:
    done = run([*COMMANDS["module"], "check"], FASTSAMPLERS_ISA="sse9")
    assert done.returncode != 0
    assert "FASTSAMPLERS_ISA should be one of scalar, avx2, avx512, neon" in done.stderr
    assert "FASTSAMPLERS_ISA=sse9" in done.stderr


def test_no_command_shows_the_usage() -> None:
    done = run(COMMANDS["module"])
    assert done.returncode == 2
    assert "usage: fastsamplers" in done.stderr


def test_version() -> None:
    assert run([*COMMANDS["module"], "--version"]).stdout.strip() == version("fastsamplers")
