"""How a build came about: enough to do a part of it again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kustomize.configuration import NameReference
from kustomize.context import Options
from kustomize.finish import Finish
from kustomize.load import Load
from kustomize.resource import Resource
from kustomize.warning import Warnings


@dataclass(frozen=True, slots=True)
class Trace:
    """The directory and options of a build; its `loads` by path, as far as each was read once and
    only for its objects; the `resources` its manifests came from, in the same order.

    `is_whole`: every object may depend on every other one, so that no part can be done alone.
    `warnings`: where what is done again warns.
    """

    directory: str
    options: Options
    loads: dict[str, Load]
    resources: tuple[Resource, ...]
    references: tuple[NameReference, ...]
    finish: Finish
    is_whole: bool
    warnings: Warnings


def by_path(loads: Iterable[Load], repeated: frozenset[str]) -> dict[str, Load]:
    """Those that can be done again alone; `repeated` are the files that were read more than once,
    maybe for something else."""
    return {
        load.path: load for load in loads if load.path not in repeated and not load.looks_around
    }
