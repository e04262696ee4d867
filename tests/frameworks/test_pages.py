"""The code of the pages for frameworks runs, and names what there is."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.package.markdown_code import blocks_of
from tests.package.public_names import names_in

ROOT = Path(__file__).parents[2]
PAGES = [
    page
    for page in sorted((ROOT / "docs" / "frameworks").glob("*.md"))
    if blocks_of(page.read_text(encoding="utf-8"))
]
BEFORE = {
    "accelerate": """
import torch
from accelerate import Accelerator
from torch.utils.data import DataLoader, TensorDataset
import fastsamplers
accelerator, model = Accelerator(cpu=True), torch.nn.Linear(1, 1)
optimizer = torch.optim.SGD(model.parameters())
dataset = TensorDataset(torch.ones(100, 1))
loader = DataLoader(dataset, batch_size=8, shuffle=True)
lengths, epoch, batches_done = torch.arange(1, 101), 1, 2
""",
    "ray": "from torch.utils.data import DataLoader",
}
# By their number, blocks that are not run here: what they need. The other tests of this folder
# make the same calls, and run examples/with_*.py.
NOT_RUN = {
    "lightning": {0: "starts eight processes"},
    "transformers": {1: "trains a model, which has to be downloaded"},
}


def test_there_are_pages():
    assert {page.stem for page in PAGES} == {"accelerate", "lightning", "ray", "transformers"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_code_runs(page, tmp_path):
    """In a process of its own: what a page imports and starts stays out of the other tests."""
    if importlib.util.find_spec(page.stem) is None:
        pytest.skip(f"{page.stem} is not installed")
    program = (
        "from pathlib import Path; from tests.package.markdown_code import run;"
        f"run(Path({str(page)!r}), {BEFORE.get(page.stem, '')!r}, {[*NOT_RUN.get(page.stem, ())]})"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_code_names_what_there_is(page):
    """That of blocks that are not run, too."""
    for block in blocks_of(page.read_text(encoding="utf-8")):
        for node in ast.walk(ast.parse(block.code)):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("fastsamplers."):
                module = str(node.module).removeprefix("fastsamplers.")
                assert {alias.name for alias in node.names} <= set(names_in(module))
