"""The goldens of the torch-free tests are what the installed torch draws."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
import torch

DATA = Path(__file__).parents[1] / "data"


def test_the_file_is_what_its_script_makes() -> None:
    script = runpy.run_path(str(DATA / "make_goldens.py"))
    text = (DATA / "goldens.json").read_text()
    kept, made = json.loads(text), script["small"]()
    assert script["text"](kept) == text
    if kept["torch"] != torch.__version__:
        made["torch"] = kept["torch"]
    for name in made:
        assert made[name] == kept[name], name
    assert kept.keys() == made.keys() | {"large"}


@pytest.mark.large
def test_the_large_order_too() -> None:
    script = runpy.run_path(str(DATA / "make_goldens.py"))
    assert script["large"]() == json.loads((DATA / "goldens.json").read_text())["large"]
