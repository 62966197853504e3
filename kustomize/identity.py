"""What a resource is called: group, version, kind, name, namespace, as kustomize compares them."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

CLUSTER = "_non_namespaceable_"
"""The namespace of what has none, in comparisons."""

Key = tuple[str, str, str, str, str]
"""Group, version, kind, name and effective namespace: equal keys are the same object."""


class Gvk(NamedTuple):
    """Group, version and kind; in a selector an empty part matches everything."""

    group: str = ""
    version: str = ""
    kind: str = ""

    @property
    def api_version(self) -> str:
        """`apps/v1`, or `v1` for the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def selected_by(self, selector: Gvk) -> bool:
        """Whether every part that the selector names is ours."""
        return (
            selector.kind in ("", self.kind)
            and selector.group in ("", self.group)
            and selector.version in ("", self.version)
        )

    def __str__(self) -> str:
        return f"{self.kind or '[noKind]'}.{self.version or '[noVer]'}.{self.group or '[noGrp]'}"


_LONGEST = 253


def gvk(api_version: str, kind: str) -> Gvk:
    """`apps/v1`, `Deployment` → Gvk; everything before the first slash is the group."""
    if len(api_version) + len(kind) > _LONGEST:
        return _gvk(api_version, kind)
    return _known_gvk(api_version, kind)


@lru_cache(maxsize=4096)
def _known_gvk(api_version: str, kind: str) -> Gvk:
    return _gvk(api_version, kind)


def _gvk(api_version: str, kind: str) -> Gvk:
    group, slash, version = api_version.partition("/")
    return Gvk(group, version, kind) if slash else Gvk("", api_version, kind)


class Id(NamedTuple):
    """A kind with a name and the namespace as it is written (maybe empty)."""

    gvk: Gvk
    name: str = ""
    namespace: str = ""

    def __str__(self) -> str:
        return f"{self.gvk}/{self.name or '[noName]'}.{self.namespace or '[noNs]'}"
