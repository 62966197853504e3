"""Values from several places, in Helm's order. Pure.

Files first, each over the one before; then `--set-json`, `--set`, `--set-string`, `--set-file` and
`--set-literal`, in this order whatever that of the command line.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from helm_controller.problem import HelmError
from helm_controller.set_grammar import Mode, ReadFile, apply
from shared.manifest.identity import Manifest
from shared.manifest.merging import merged

__all__ = ["Settings", "apply", "merged", "values_of"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The expressions of the `--set` family, each kind in the order they were given."""

    json: tuple[str, ...] = ()
    typed: tuple[str, ...] = ()
    string: tuple[str, ...] = ()
    file: tuple[str, ...] = ()
    literal: tuple[str, ...] = ()


FLAGS: Mapping[Mode, str] = {
    "json": "--set-json",
    "typed": "--set",
    "string": "--set-string",
    "file": "--set-file",
    "literal": "--set-literal",
}
"""The modes in the order in which Helm applies them."""


def values_of(
    files: Iterable[Manifest], settings: Settings, read: ReadFile | None = None
) -> Manifest:
    """The values of a command line. `read` gives the files that `settings.file` names.

    Raises HelmError, in Helm's words, for an expression that cannot be read.
    """
    values: Manifest = {}
    for one in files:
        values = merged(values, one)
    values = copy.deepcopy(values)
    for mode, flag in FLAGS.items():
        for expression in cast("tuple[str, ...]", getattr(settings, mode)):
            values = _with(values, expression, mode, flag, read)
    return values


def _with(
    values: Manifest, expression: str, mode: Mode, flag: str, read: ReadFile | None
) -> Manifest:
    if mode == "json" and expression.strip().startswith("{"):
        return merged(values, _object(expression))
    try:
        apply(values, expression, mode, read)
    except HelmError as error:
        # Helm does not say why where it is JSON.
        reason = f" {expression}" if mode == "json" else f": {error}"
        raise HelmError("values", f"failed parsing {flag} data{reason}") from error
    return values


def _object(expression: str) -> Manifest:
    """`--set-json` may be a whole object instead of keys with values."""
    try:
        found = json.loads(expression)
    except (ValueError, RecursionError) as error:
        raise HelmError("values", f"failed parsing --set-json data JSON: {expression}") from error
    return cast("Manifest", found)
