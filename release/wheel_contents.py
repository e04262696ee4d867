"""Gives a wheel built on this machine its manylinux tag, and shows what is in it.

python -m release.wheel_contents build/wheels/cp311/built build/wheels/cp311/repaired
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

LARGEST = 2_000_000  # bytes
NEEDED = ("fastsamplers/__init__.py", "fastsamplers/_core.pyi", "fastsamplers/py.typed")
# Of a source tree, and of no installed package.
NOT_WANTED_FOLDERS = {"bench", "csrc", "docs", "examples", "release", "tests"}
NOT_WANTED_SUFFIXES = (".a", ".cpp", ".h", ".hpp", ".o")


def repair(built: Path, folder: Path) -> Path:
    """The wheel with the oldest manylinux tag that its symbols allow, alone in ``folder``."""
    shutil.rmtree(folder, ignore_errors=True)
    auditwheel = [sys.executable, "-m", "auditwheel"]
    subprocess.run([*auditwheel, "repair", "-w", folder, built], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([*auditwheel, "show", wheel], check=True, stdout=subprocess.DEVNULL)
    return wheel


def problems_of(names: list[str], size: int) -> list[str]:
    """What is wrong with a wheel of these files and of so many bytes."""
    problems = [f"{name} is missing" for name in NEEDED if name not in names]
    if not any(name.startswith("fastsamplers/_core.") and name[-3:] == ".so" for name in names):
        problems.append("the extension is missing")
    if not any(name.endswith(".dist-info/licenses/LICENSE") for name in names):
        problems.append("the licence is missing")
    for name in names:
        folders = name.split("/")[:-1]
        if set(folders) & NOT_WANTED_FOLDERS or name.endswith(NOT_WANTED_SUFFIXES):
            problems.append(f"{name} is not wanted")
        elif not folders or not folders[0].startswith("fastsamplers"):
            problems.append(f"{name} is outside the package")
    if size >= LARGEST:
        problems.append(f"{size:,} bytes are not below {LARGEST:,}")
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("built", type=Path, help="the folder of one wheel, as built")
    parser.add_argument("repaired", type=Path, help="the folder it goes to, with its tag")
    arguments = parser.parse_args()
    (built,) = arguments.built.glob("*.whl")
    wheel = repair(built, arguments.repaired)
    with zipfile.ZipFile(wheel) as opened:
        names = [name for name in opened.namelist() if not name.endswith("/")]
    problems = problems_of(names, wheel.stat().st_size)
    print(f"{wheel.name}: {wheel.stat().st_size:,} bytes, {len(names)} files")
    for problem in problems:
        print(f"{wheel.name}: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
