"""Builds the source archive of a clean clone, twice, and shows that both are the same bytes.

python -m release.source_archive build/wheels
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
# What a wheel is built from, and what its users want to read.
NEEDED = (
    "CHANGELOG.md",
    "CMakeLists.txt",
    "LICENSE",
    "PKG-INFO",
    "README.md",
    "csrc/python/module.cpp",
    "pyproject.toml",
    "python/fastsamplers/_core.pyi",
    "python/fastsamplers/py.typed",
    "tests/core/test_goldens.py",
    "tests/data/goldens.json",
)
NOT_WANTED = (".ci/", ".git/", ".github/", ".venv/", "bench/results/", "build/", "dist/")


def clone(folder: Path) -> None:
    """What `git clone` gives of this tree once it is committed: no file that git ignores."""
    shutil.rmtree(folder, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if not (ROOT / name).is_file():  # removed, not committed yet
            continue
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)


def build(source: Path, folder: Path) -> Path:
    """The source archive of ``source``, alone in ``folder``."""
    shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "build", "--sdist", "--outdir", str(folder), str(source)]
    # Any moment will do, as long as it is the same one.
    environment = os.environ | {"SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH", "0")}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    (archive,) = folder.glob("*.tar.gz")
    return archive


def problems_of(names: list[str]) -> list[str]:
    """What is wrong with the names in an archive, without its first folder."""
    missing = [f"{name} is missing" for name in NEEDED if name not in names]
    return missing + [f"{name} is not wanted" for name in names if name.startswith(NOT_WANTED)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.resolve()
    clone(folder / "clone")
    archive = build(folder / "clone", folder / "sdist")
    # Another clone: other moments in its files, another place.
    clone(folder / "other" / "clone")
    for path in (folder / "other" / "clone").rglob("*"):
        os.utime(path)
    again = build(folder / "other" / "clone", folder / "other" / "sdist")
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (archive, again)]
    with tarfile.open(archive) as opened:
        names = [name.partition("/")[2] for name in opened.getnames()]
    shutil.rmtree(folder / "other")
    problems = problems_of(names)
    if digests[0] != digests[1]:
        problems.append(f"two builds differ: {digests[0]} and {digests[1]}")
    print(f"{archive.name}: {archive.stat().st_size:,} bytes, {len(names)} files, {digests[0]}")
    print("two builds: the same bytes" if digests[0] == digests[1] else "two builds: they differ")
    for problem in problems:
        print(f"{archive.name}: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
