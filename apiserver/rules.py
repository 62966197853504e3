"""The rules of the built-in kinds, gathered from the rooms that know them."""

from __future__ import annotations

from apiserver.namespace import NAMESPACE
from apiserver.strategy import Strategy

RULES: dict[tuple[str, str], Strategy] = {
    ("", "Namespace"): NAMESPACE,
}
