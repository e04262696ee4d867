"""The command line, as a user runs it."""

from __future__ import annotations

import json
import os
import re
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

# As a shell has it: what is printed is written at the end.
BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


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
    environment = found["environment"]
    assert environment["torch"] == version("torch")
    for name in ("threads", "processors", "available_memory"):
        assert type(environment[name]) is int
        assert environment[name] > 0
    assert found["kernels"] == _core.kernel_levels()
    assert not environment.keys() & found["kernels"].keys()
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


@pytest.mark.parametrize("options", [["check"], ["check", "--json"]])
def test_an_unknown_level_is_refused_with_the_names_there_are(options: list[str]) -> None:
    done = run([*COMMANDS["module"], *options], FASTSAMPLERS_ISA="sse9")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "fastsamplers check: FASTSAMPLERS_ISA should be one of scalar, avx2, avx512, neon, "
        "but got FASTSAMPLERS_ISA=sse9\n"
    )


def test_the_columns_of_check_are_straight() -> None:
    lines = run([*COMMANDS["module"], "check"]).stdout.splitlines()
    first, second = lines.index(""), len(lines) - 2
    assert lines[second] == ""
    for block, before in ((lines[:first], ""), (lines[first + 1 : second], "(?:pass|FAIL)  ")):
        # Names have no two spaces in a row, and end with two at least.
        starts = {re.match(rf"{before} *\S+(?: \S+)*  +", line).end() for line in block}
        assert len(starts) == 1


@pytest.fixture
def commands(tmp_path: Path) -> dict[str, list[str]]:
    lengths = tmp_path / "lengths.txt"
    lengths.write_text("3\n4\n")
    return {"check": ["check"], "plan": ["plan", str(lengths)]}


@pytest.mark.parametrize("command", ["check", "plan"])
def test_any_encoding_will_do(command: str, commands: dict[str, list[str]]) -> None:
    done = run([*COMMANDS["module"], *commands[command]], PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", ["check", "plan"])
def test_a_reader_that_has_gone(command: str, commands: dict[str, list[str]]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*COMMANDS["module"], *commands[command]],
        stdout=writing, stderr=subprocess.PIPE, text=True, env=BUFFERED, check=False,
    )  # fmt: skip
    os.close(writing)
    assert done.returncode == 2
    assert done.stderr == f"fastsamplers {command}: [Errno 32] Broken pipe\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device that is full is Linux's")
def test_what_cannot_be_written() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMANDS["module"], "check"],
            stdout=full, stderr=subprocess.PIPE, text=True, env=BUFFERED, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "fastsamplers check: [Errno 28] No space left on device\n"


def test_no_command_shows_the_usage() -> None:
    done = run(COMMANDS["module"])
    assert done.returncode == 2
    assert "usage: fastsamplers" in done.stderr


def test_version() -> None:
    assert run([*COMMANDS["module"], "--version"]).stdout.strip() == version("fastsamplers")
