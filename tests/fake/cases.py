"""Reads the tables of cases under tests/data."""

from pathlib import Path
from typing import Any

import pytest
import yaml

DATA = Path(__file__).parents[1] / "data"


def cases(path: str) -> pytest.MarkDecorator:
    """Parametrise a test with the cases of a YAML file, by their names."""
    read: list[dict[str, Any]] = yaml.safe_load((DATA / path).read_text())
    return pytest.mark.parametrize("case", read, ids=[case["name"] for case in read])
