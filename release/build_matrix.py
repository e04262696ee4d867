"""Shows which wheels a release has: what cibuildwheel would build, by pyproject.toml.

python -m release.build_matrix
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHONS = ("cp310", "cp311", "cp312", "cp313", "cp314", "cp314t")
# cibuildwheel's platform: its architectures, and the tags of the wheels.
PLATFORMS = {
    "linux": (
        "x86_64 aarch64",
        ("manylinux_x86_64", "manylinux_aarch64", "musllinux_x86_64", "musllinux_aarch64"),
    ),
    "macos": ("x86_64 arm64", ("macosx_x86_64", "macosx_arm64")),
    "windows": ("AMD64 ARM64", ("win_amd64", "win_arm64")),
}


def configured(platform: str, architectures: str) -> set[str]:
    """The identifiers that cibuildwheel would build."""
    command = [sys.executable, "-m", "cibuildwheel", "--print-build-identifiers"]
    listed = subprocess.run(
        [*command, "--platform", platform, "--archs", architectures.replace(" ", ",")],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        # Settings of the surroundings are not what is checked.
        env={name: value for name, value in os.environ.items() if not name.startswith("CIBW_")},
    )
    return set(listed.stdout.split())


def main() -> int:
    is_right = True
    for platform, (architectures, tags) in PLATFORMS.items():
        found = configured(platform, architectures)
        wanted = {f"{python}-{tag}" for python in PYTHONS for tag in tags}
        print(f"{platform}: {len(found)} wheels configured: {', '.join(tags)}")
        for name in sorted(found ^ wanted):
            is_right = False
            print(f"{platform}: {name} {'missing' if name in wanted else 'too much'}")
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
