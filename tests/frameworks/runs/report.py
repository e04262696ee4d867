"""How a process of a run says what it found."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def report(found: Any) -> None:
    """Leaves it where the test that launched this process looks."""
    Path(os.environ["FOUND"], f"{os.environ['RANK']}.json").write_text(json.dumps(found))
