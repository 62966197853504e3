"""The annotation of client-side `kubectl apply`, which server-side apply by `kubectl` takes over.

Fields that the annotation holds with the value that the object still has are no conflict for the
manager `kubectl`, and where the annotation exists, an apply by `kubectl` rewrites it. Behaviour:
apimachinery managedfields, lastAppliedManager and lastAppliedUpdater.
"""

import json

from apiserver.fieldset import NOTHING, FieldSet, difference
from apiserver.go_json import go_json
from apiserver.ownership_conflict import ApplyConflict
from apiserver.schema import Schema
from apiserver.typed_comparison import compare
from apiserver.typed_fields import fields_of
from apiserver.typed_validation import mismatches
from apiserver.value import Object, section

ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"
_MOST_BYTES = 256 * 1024


def require_overwritable(
    conflict: ApplyConflict, live: Object, schema: Schema, version: str
) -> None:
    """Return where every field in conflict is one that client-side apply left as it is.

    Raises ApplyConflict with the fields that are not: all of them where there is no usable
    annotation.
    """
    allowed = _left_by_client(live, schema, version)
    rest = [(owner, path) for owner, path in conflict.fields if path not in allowed]
    if rest:
        raise ApplyConflict(rest)


def _left_by_client(live: Object, schema: Schema, version: str) -> FieldSet:
    applied = _configuration(live)
    if applied.get("apiVersion") != version:
        return NOTHING
    if any(mismatches(applied, schema.root, duplicates=False)):
        return NOTHING
    change = compare(applied, live, schema.root)
    fields = fields_of(applied, schema.root)
    for moved in (change.modified, change.added, change.removed):
        fields = difference(fields, moved)
    return fields


def _configuration(live: Object) -> Object:
    text = section(live, "metadata", "annotations").get(ANNOTATION)
    try:
        read = json.loads(text) if isinstance(text, str) and text else {}
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def keep_level(live: Object, wanted: Object) -> Object:
    """Return `live` with the annotation, where it has one, telling what is applied now.

    It is dropped where the annotations would become too large.
    """
    metadata = section(live, "metadata")
    annotations = section(metadata, "annotations")
    if not annotations.get(ANNOTATION):
        return live
    renewed = annotations | {ANNOTATION: go_json(_without_annotation(wanted)) + "\n"}
    if sum(len(f"{key}{value}".encode()) for key, value in renewed.items()) > _MOST_BYTES:
        del renewed[ANNOTATION]
    return live | {"metadata": metadata | {"annotations": renewed}}


def _without_annotation(wanted: Object) -> Object:
    metadata = section(wanted, "metadata")
    annotations = section(metadata, "annotations")
    if ANNOTATION not in annotations:
        return wanted
    kept = {key: value for key, value in annotations.items() if key != ANNOTATION}
    return wanted | {"metadata": metadata | {"annotations": kept}}
