"""Where the tables of these tests are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parents[1] / "data/apiserver/unit"


def rows(name: str) -> list[dict[str, Any]]:
    """The rows of one table."""
    found: list[dict[str, Any]] = yaml.safe_load((DATA / f"{name}.yaml").read_text())
    return found
