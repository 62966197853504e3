"""Whether an object is other than it should be, told from two answers of the API server."""

from __future__ import annotations

from typing import cast

import orjson

from shared.manifest.field_path import FieldPath, differing
from shared.manifest.identity import Manifest, annotations_of, labels_of, section, text

_NOT_OURS = frozenset({"metadata", "status"})


def differs(live: Manifest, wanted: Manifest) -> bool:
    """Whether the object differs from what a dry run would make of it: in labels, annotations, or
    anything outside of metadata and status."""
    if labels_of(live) != labels_of(wanted) or annotations_of(live) != annotations_of(wanted):
        return True
    return _substance(live) != _substance(wanted)


def differing_fields(one: Manifest, other: Manifest) -> list[FieldPath]:
    """The fields that `differs` goes by, and that differ."""
    return list(differing(_compared(one), _compared(other)))


def _compared(manifest: Manifest) -> Manifest:
    meta = {"labels": labels_of(manifest), "annotations": annotations_of(manifest)}
    return {"metadata": meta, **_substance(manifest)}


def _substance(manifest: Manifest) -> Manifest:
    kept = {key: value for key, value in manifest.items() if key not in _NOT_OURS}
    if text(manifest, "kind") == "HorizontalPodAutoscaler":
        kept["spec"] = _with_sorted_metrics(section(manifest, "spec"))
    return kept


def _with_sorted_metrics(spec: Manifest) -> Manifest:
    """The API server sorts the metrics of an autoscaler when it converts between versions."""
    metrics = spec.get("metrics")
    if not isinstance(metrics, list):
        return spec
    listed = cast("list[Manifest]", metrics)
    return spec | {"metrics": sorted(listed, key=lambda one: orjson.dumps(one, option=_SORTED))}


_SORTED = orjson.OPT_SORT_KEYS
