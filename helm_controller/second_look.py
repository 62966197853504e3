"""Charts that look things up are rendered once more, to see whether they would make something else.

Asked for by an annotation on the HelmRelease (docs/decisions/0021-charts-that-look-things-up.md).
What renders to something else every time (random passwords, the time) is no news.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from helm_controller.kitchen import Dish, Kitchen
from helm_controller.release_record import Record
from helm_controller.rendering import Rendering
from helm_controller.values import merged
from shared.api.helm_release import HelmRelease
from shared.manifest.identity import Manifest, section, text

ANNOTATION = "penstock.dev/render-at-interval"

Look = Literal["same", "changed", "fickle"]
"""What rendering once more came to: as it is recorded, something else, or something else each time.
"""

Made = tuple[str, frozenset[tuple[str, str]]]
"""What a chart renders to: the manifest, and the hooks with their paths."""


def looks_again(hr: HelmRelease) -> bool:
    """Whether a HelmRelease asks for it."""
    return hr.metadata.annotations.get(ANNOTATION, "").lower() == "enabled"


@dataclass(frozen=True, slots=True)
class SecondLook:
    """Renders a release as it was rendered. `preserves`: whether its values went over those of the
    release before."""

    kitchen: Kitchen
    preserves: bool = False

    async def of(self, dish: Dish, last: Record) -> Look:
        """What a release would render to now. Raises HelmError, ClusterError."""
        first = await self._made(dish, last)
        if first == _recorded(last):
            return "same"
        return "changed" if await self._made(dish, last) == first else "fickle"

    async def _made(self, dish: Dish, last: Record) -> Made:
        values = section(last.release, "config")
        over: Manifest | None = None
        if self.preserves:
            over = merged(section(section(last.release, "chart"), "values"), values)
        draft = await self.kitchen.rendered(
            replace(dish, values=values), last.revision, is_upgrade=last.revision > 1, over=over
        )
        return _rendered(draft.rendering)


def _rendered(rendering: Rendering) -> Made:
    return rendering.manifest, frozenset((one.path, one.text) for one in rendering.hooks)


def _recorded(record: Record) -> Made:
    hooks = ((text(one, "path"), text(one, "manifest")) for one in record.hooks)
    return text(record.release, "manifest"), frozenset(hooks)
