"""Metadata in formats that know no nesting: `age__list_0__map_enc`. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kustomize_controller.sops.value import SopsProblem

_STEPS = re.compile(r"__map_|__list_(\d{1,4})(?=__|$)")
_MOST = 1000


def nested(flat: Mapping[str, str]) -> dict[str, object]:
    """Flat keys and values as the mappings and lists that they mean. Raises SopsProblem where they
    contradict each other."""
    if len(flat) > _MOST:
        raise SopsProblem("has too much metadata")
    tree: dict[str, object] = {}
    for key, value in flat.items():
        _put(tree, _path(key), value.replace("\\n", "\n"))
    found = _listed(tree)
    return found if isinstance(found, dict) else {}


def _path(key: str) -> list[str | int]:
    """`age__list_0__map_enc` → age, 0, enc."""
    path: list[str | int] = []
    end = 0
    for step in [*_STEPS.finditer(key), None]:
        begin = step.start() if step else len(key)
        if begin > end or not path:
            path.append(key[end:begin])
        if step and step[1] is not None:
            path.append(int(step[1]))
        end = step.end() if step else end
    return path


def _put(node: dict[str, object], path: list[str | int], value: str) -> None:
    at: dict[object, object] = node  # type: ignore[assignment]
    for step in path[:-1]:
        below = at.setdefault(step, {})
        if not isinstance(below, dict):
            raise SopsProblem("its sops metadata contradicts itself")
        at = below
    at[path[-1]] = value


def _listed(node: object) -> object:
    """Mappings whose keys are numbers are lists."""
    if not isinstance(node, dict):
        return node
    if node and all(isinstance(key, int) for key in node):
        return [_listed(node[key]) for key in sorted(node)]
    return {str(key): _listed(value) for key, value in node.items()}
