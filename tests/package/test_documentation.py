"""The documentation: its code runs, its links lead somewhere, its pictures are what is drawn."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.package.markdown_code import blocks_of, run

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
# Those for frameworks are run where these are, by tests/frameworks/test_pages.py.
WITH_CODE = [
    page
    for page in PAGES
    if page.parent.name != "frameworks" and blocks_of(page.read_text(encoding="utf-8"))
]
BEFORE = {
    "README.md": "import torch, numpy\n"
    "lengths = numpy.random.default_rng(0).integers(1, 900, 5000)",
}


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(autouse=True)
def _as_in_a_fresh_process(tmp_path, monkeypatch):
    """The folder, the environment and torch's state are the same afterwards."""
    import fastsamplers

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    threads, state = fastsamplers.get_num_threads(), torch.get_rng_state()
    yield
    fastsamplers.set_num_threads(threads)
    torch.set_rng_state(state)


# Pages speak of more workers than a small machine has.
@pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning")
@pytest.mark.parametrize("page", WITH_CODE, ids=name_of)
def test_code_runs(page):
    assert run(page, BEFORE.get(page.name, "")) > 0


def test_every_block_that_is_not_run_says_why():
    blocks = [block for page in PAGES for block in blocks_of(page.read_text(encoding="utf-8"))]
    reasons = [block.not_run for block in blocks if block.not_run is not None]
    assert all(len(reason) > 20 for reason in reasons)
    assert len(reasons) <= 2  # node_shared; nothing should be added lightly


# Python under another name would not be run.
@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_python_hides_in_other_fences(page):
    text = page.read_text(encoding="utf-8")
    kinds = set(re.findall(r"^ *```(\S+)", text, re.MULTILINE))
    others = {"sh", "diff", "text", "{toctree}", "{include}", "{eval-rst}"}
    assert kinds <= {"python", "pycon"} | others


@pytest.mark.parametrize(
    "wrong",
    [
        "```python\nraise ValueError\n```\n",
        "```pycon\n>>> 1 + 1\n3\n```\n",
        "<!-- setup\nx = 1\n-->\n\n```python\nassert x == 2\n```\n",
        "- in a list:\n\n  ```python\n  assert False\n  ```\n",
    ],
)
def test_code_that_fails_is_noticed(tmp_path, wrong):
    page = tmp_path / "page.md"
    page.write_text(wrong)
    with pytest.raises((AssertionError, ValueError)):
        run(page)
    marked = re.sub(r"^( *)```p", r"\1<!-- not run: to see -->\n\1```p", wrong, flags=re.MULTILINE)
    page.write_text(marked)
    assert run(page) == 0


def headings_of(page: Path) -> set[str]:
    """The names by which GitHub, and the site, link to headings."""
    lines = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", line.lower()) for line in lines)
    return {line.strip().replace(" ", "-") for line in plain}


@pytest.mark.parametrize(
    "page", [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"], ids=name_of
)
def test_links_lead_somewhere(page):
    text = re.sub(r"^ *```.*?^ *```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("https://", "mailto:")):
            continue
        path, _, heading = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        assert not heading or heading in headings_of(file), target


def test_every_page_is_in_the_lists():
    """Of the site, and of what GitHub shows for the folder."""
    site = (DOCS / "index.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^([\w/-]+)$", site, re.MULTILINE))
    names = {str(page.relative_to(DOCS).with_suffix("")) for page in DOCS.rglob("*.md")}
    reference = {name for name in names if name.startswith("reference/")}
    assert listed == names - reference - {"README", "index"} | {"reference/index"}
    shown = set(re.findall(r"\]\(([\w/-]+)\.md\)", (DOCS / "README.md").read_text()))
    assert shown == names - {"README", "index", "contributing", "changelog", "reference/index"}


@pytest.mark.parametrize("page", sorted((DOCS / "algorithms").glob("*.md")), ids=name_of)
def test_algorithms_say_source_proof_cost_and_measurement(page):
    text = page.read_text(encoding="utf-8")
    assert "**Source:**" in text
    assert "**Code:**" in text
    assert re.search(r"\*\*It is a permutation\*\*|[Ww]hy it is right|[Ww]hy the result", text)
    assert re.search(r"^## Cost$|^\*\*Cost\.\*\*", text, re.MULTILINE)
    assert "../benchmarks.md" in text


def test_pictures_are_what_their_scripts_draw():
    done = subprocess.run(
        [sys.executable, str(DOCS / "pictures" / "draw.py"), "--check"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
