"""Objects that are applied together, and the terms on which they are. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from shared.manifest.identity import Manifest
from shared.manifest.order import Stage
from shared.operation.ignoring import NOTHING, Ignored


@dataclass(frozen=True, slots=True)
class Batch:
    """Objects of one stage, in their order; many are best given as a Bundle."""

    stage: Stage
    manifests: Collection[Manifest]


@dataclass(frozen=True, slots=True)
class Terms:
    """How objects are applied. `forced`: whether those that cannot be changed in place may be
    deleted and made anew; `asked`: whether somebody wants to see it done now, so that nothing may
    be overlooked; `ignored`: the fields of an object that are left to others."""

    forced: bool = False
    asked: bool = False
    ignored: Callable[[Manifest], Ignored] = lambda _: NOTHING
