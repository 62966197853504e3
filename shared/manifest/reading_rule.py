"""How the scalars of YAML are understood: what Go's libraries differ in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shared.manifest.resolution import resolved, resolved_old
from shared.manifest.scalar_text import number_text

Resolve = Callable[[str], object]


class KeyRefused(ValueError):
    """A key of a mapping may not be what it is."""


def string_key(text: str, resolve: Resolve) -> str:
    """A key that has to be a string. Raises KeyRefused for `1:` and `true:`."""
    if isinstance(resolve(text), str):
        return text
    raise KeyRefused(f"mapping key {text} is not a string; put it in quotes")


def json_key(text: str, resolve: Resolve) -> str:
    """As sigs.k8s.io/yaml makes keys: `y: 1` becomes `"true": 1`, `0x1F: 1` becomes `"31": 1`.
    Raises KeyRefused for null."""
    value = resolve(text)
    if value is None:
        raise KeyRefused(f"mapping key {text or 'without text'} is null; put it in quotes")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value) if abs(value) < float("inf") else text
    return value if isinstance(value, str) else text


@dataclass(frozen=True, slots=True)
class Rules:
    """`resolve` makes plain scalars values, `key` makes plain keys strings (raising KeyRefused for
    what may not be one), `quoted` makes values of scalars that are not plain, `folded` of those
    written with `>` if they are another thing, `empty` and
    `empty_in_flow` stand for no text at all, `unique` refuses a key that is there twice (else the
    last one counts)."""

    resolve: Resolve
    key: Callable[[str, Resolve], str] = string_key
    quoted: Callable[[str], str] | None = None
    folded: Callable[[str], str] | None = None
    empty: object = None
    empty_in_flow: object = None
    unique: bool = True


MANIFEST = Rules(resolve=resolved)
"""Kubernetes manifests as kustomize reads them (yaml.v3)."""
CONFIGURATION = Rules(resolve=resolved_old, key=json_key, unique=False)
"""What sigs.k8s.io/yaml reads: YAML 1.1 as JSON; a repeated key is silently the last one."""
