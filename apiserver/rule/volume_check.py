"""What is wrong with the volumes of a pod.

Behaviour: Kubernetes' validation of volumes as of 1.36.
"""

from __future__ import annotations

from collections.abc import Iterator

from apiserver import naming
from apiserver.cause import duplicate, forbidden, invalid, required
from apiserver.refusal import Cause
from apiserver.value import Object, text

_NEEDED = {
    "persistentVolumeClaim": "claimName",
    "hostPath": "path",
    "secret": "secretName",
    "configMap": "name",
    "nfs": "server",
    "csi": "driver",
}
"""What the sources of volumes cannot do without."""

_ORDER = ("emptyDir", "hostPath", "secret", "nfs", "persistentVolumeClaim", "configMap")
"""The order in which the real server looks at them; then come all others."""


def volume_faults(volumes: list[Object], path: str) -> Iterator[Cause]:
    """What is wrong with the volumes."""
    names: set[str] = set()
    for index, each in enumerate(volumes):
        where, name = f"{path}[{index}]", text(each, "name")
        found = [*_source_faults(each, where), *_name_faults(name, f"{where}.name")]
        if name in names:
            found.append(duplicate(f"{where}.name", name))
        yield from found
        # Only the name of a volume that is right is taken.
        if not found:
            names.add(name)


def _name_faults(name: str, path: str) -> Iterator[Cause]:
    if not name:
        yield required(path)
    else:
        yield from (invalid(path, name, why) for why in naming.label(name))


def _source_faults(volume: Object, path: str) -> Iterator[Cause]:
    kinds = [key for key, value in volume.items() if key != "name" and isinstance(value, dict)]
    kinds.sort(key=lambda kind: _ORDER.index(kind) if kind in _ORDER else len(_ORDER))
    if not kinds:
        yield required(path, "must specify a volume type")
    for index, kind in enumerate(kinds):
        if index:
            yield forbidden(f"{path}.{kind}", "may not specify more than 1 volume type")
        elif (needed := _NEEDED.get(kind)) and not text(volume, kind, needed):
            yield required(f"{path}.{kind}.{needed}")
