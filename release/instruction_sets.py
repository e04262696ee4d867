"""Shows that wide instructions stand in the wheel only in functions made for them.

    python -m release.instruction_sets build/wheels/cp311/built build/wheels/sdist

A kernel for AVX2 or AVX-512 is a function called name_avx2 or name_avx512, which is called where
the processor has the level. Elsewhere one such instruction ends the process on other processors. A
flag for a whole file is enough, or a template that is compiled in such a function and then shared.
Names are stripped from what is released, so the wheel is built once more with them, and its machine
code must be the same bytes.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

_FUNCTION = re.compile(r"^[0-9a-f]+ <(?P<name>.+)>:$")
_INSTRUCTION = re.compile(r"^\s+[0-9a-f]+:\s+(?P<text>(?:\{\w+\} )?(?P<mnemonic>[a-z]\w*).*)$")
_TARGET = re.compile(r"<.*|#.*")  # the name of a function that is called is no operand
# The name of a function proper, before its arguments.
_LEVEL = re.compile(r"\w+_(?P<level>avx2|avx512)(?:\(|\.|$)")
_WIDE = re.compile(r"%ymm")
_WIDEST = re.compile(r"%(?:zmm|k[0-7]\b|[xy]mm(?:1[6-9]|2\d|3[01])\b)")


@dataclass
class Survey:
    """Instructions of each level in functions of that level, and all that stand elsewhere."""

    functions: int = 0
    inside: Counter[str] = field(default_factory=Counter)
    outside: dict[str, str] = field(default_factory=dict)  # function to its first such instruction


def level_of_function(name: str) -> str:
    """The level a function's demangled name says, parts the compiler splits off included."""
    found = _LEVEL.search(name.replace("(anonymous namespace)", ""))
    return found["level"] if found else "scalar"


def level_of_instruction(text: str, mnemonic: str) -> str:
    """The level that an instruction needs; every vector instruction beyond SSE begins with a v."""
    operands = _TARGET.sub("", text)
    if _WIDEST.search(operands):
        return "avx512"
    is_vector = mnemonic.startswith("v") and mnemonic not in ("verr", "verw")
    return "avx2" if is_vector or _WIDE.search(operands) else "scalar"


def survey(lines: Iterable[str]) -> Survey:
    """Reads what `objdump --disassemble --demangle --no-show-raw-insn` prints."""
    levels = ("scalar", "avx2", "avx512")
    result = Survey()
    name = ""
    allowed = "scalar"
    for line in lines:
        if begin := _FUNCTION.match(line):
            name = begin["name"]
            allowed = level_of_function(name)
            result.functions += 1
        elif instruction := _INSTRUCTION.match(line):
            needed = level_of_instruction(instruction["text"], instruction["mnemonic"])
            if levels.index(needed) > levels.index(allowed):
                result.outside.setdefault(name, instruction["text"].strip())
            elif needed != "scalar":
                result.inside[needed] += 1
    return result


def survey_of(extension: Path) -> Survey:
    """The survey of a shared library that has its names."""
    command = ["objdump", "--disassemble", "--demangle", "--no-show-raw-insn", str(extension)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        result = survey(line.rstrip("\n") for line in process.stdout)
    if process.returncode != 0:
        raise SystemExit(f"objdump ended with {process.returncode}")
    return result


def problems_of(result: Survey) -> list[str]:
    """What is wrong with a library that should have kernels of every level."""
    problems = [f"{name}: {text}" for name, text in result.outside.items()]
    missing = [level for level in ("avx2", "avx512") if not result.inside[level]]
    return problems + [f"no instruction of {level}: are there names at all?" for level in missing]


def build_with_names(archive: Path, folder: Path) -> Path:
    """The wheel of ``archive`` for this Python, as it is released but for the names in it."""
    shutil.rmtree(folder, ignore_errors=True)
    settings = ["-C", "install.strip=false", "-C", "cmake.define.CMAKE_STRIP="]
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", "wheel"]
    subprocess.run([*command, "--no-deps", *settings, "-w", str(folder), str(archive)], check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def extension_of(wheel: Path, folder: Path) -> Path:
    """The extension module of a wheel, unpacked."""
    with zipfile.ZipFile(wheel) as opened:
        (name,) = (name for name in opened.namelist() if name.startswith("fastsamplers/_core.c"))
        return Path(opened.extract(name, folder))


def machine_code(extension: Path) -> bytes:
    """The section of a shared library that is run."""
    copy = extension.with_suffix(".text")
    command = ["objcopy", "--output-target=binary", "--only-section=.text"]
    subprocess.run([*command, str(extension), str(copy)], check=True)
    return copy.read_bytes()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("built", type=Path, help="the folder of the wheel for this Python")
    parser.add_argument("archive", type=Path, help="the folder of the source archive it is of")
    arguments = parser.parse_args()
    if os.uname().machine != "x86_64":
        print("instruction sets: nothing to show here, every level is the baseline's")
        return 0
    (wheel,) = arguments.built.glob("*.whl")
    (archive,) = arguments.archive.glob("*.tar.gz")
    named = build_with_names(archive, arguments.built.with_name("named"))
    with tempfile.TemporaryDirectory() as folder:
        released = extension_of(wheel, Path(folder, "released"))
        with_names = extension_of(named, Path(folder, "named"))
        is_same = machine_code(released) == machine_code(with_names)
        result = survey_of(with_names)
    problems = problems_of(result)
    if not is_same:
        problems.append("the machine code with names is not that of the wheel")
    print(
        f"{wheel.name}: {result.functions:,} functions; {result.inside['avx2']:,} instructions of "
        f"AVX2 and {result.inside['avx512']:,} of AVX-512, {len(result.outside)} functions have "
        "some that are not made for them"
    )
    for problem in problems:
        print(f"{wheel.name}: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
