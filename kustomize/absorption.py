"""How generated objects join the others: as new ones, into one that is there, or in its place."""

from __future__ import annotations

from collections.abc import Iterable

from kustomize.generators import in_base64, put_data
from kustomize.identity import Id
from kustomize.metadata import set_name, set_namespace, set_texts, texts
from kustomize.problem import BuildError
from kustomize.resource import Resource
from kustomize.resources import Resources
from kustomize.scalar import is_null, scalar_text, text_of
from shared.manifest.identity import Manifest


def absorb(resources: Resources, generated: Iterable[Resource]) -> None:
    """Take in generated objects as their behaviour says. Raises BuildError where that is not
    possible: `create` (or nothing) for one that is there, `merge` or `replace` for one that is
    not."""
    for resource in generated:
        _absorb(resources, resource)


def _absorb(resources: Resources, new: Resource) -> None:
    joins = new.behavior in ("merge", "replace")
    found = resources.ever_called(new.key)
    if len(found) > 1:
        raise BuildError(f"found multiple objects that could accept merge of {new.id}")
    if not found:
        if joins:
            raise _refused(new, "does not exist; cannot merge or replace")
        resources.append(new)
        return
    if not joins:
        behavior = new.behavior if new.behavior == "create" else "unspecified"
        raise _refused(
            new, f"exists; can not use behavior: '{behavior}', behavior must be merge or replace"
        )
    old = found[0]
    if new.behavior == "merge":
        _merge_data(new.manifest, _as_stored(old, new.id))
        new.origin = old.origin or new.origin
    take_identity(new, old)
    resources.replace(old, new)


def _refused(resource: Resource, why: str) -> BuildError:
    return BuildError(f"merging from generator: id {resource.id} {why}")


def take_identity(new: Resource, old: Resource) -> None:
    """Name, history, labels and annotations of `old` go over to `new`, whose own entries count
    more. A hash is put behind the name only if both want it."""
    for field in ("labels", "annotations"):
        set_texts(new.manifest, field, {**texts(old.manifest, field), **texts(new.manifest, field)})
    set_name(new.manifest, old.name)
    set_namespace(new.manifest, old.namespace)
    new.previous, new.prefixes, new.suffixes = old.previous, old.prefixes, old.suffixes
    new.variables, new.behavior = old.variables, old.behavior
    new.hashed = new.hashed and old.hashed


def _as_stored(old: Resource, by: Id) -> Manifest:
    """A manifest as an API server keeps it: the `stringData` of a Secret in base64 among `data`."""
    manifest = old.manifest
    written = manifest.get("stringData")
    if not isinstance(written, dict) or (old.gvk.kind, old.gvk.api_version) != ("Secret", "v1"):
        return manifest
    for key, value in written.items():
        if isinstance(value, dict | list):
            raise BuildError(
                f"failed to normalize stringData for {by}: value for key {key!r} must be a scalar"
            )
    kept = manifest.get("data")
    encoded = {key: in_base64(scalar_text(value).encode()) for key, value in written.items()}
    return {**manifest, "data": {**(kept if isinstance(kept, dict) else {}), **encoded}}


def _merge_data(new: Manifest, old: Manifest) -> None:
    for field in ("data", "binaryData"):
        values = {**_values(old.get(field)), **_values(new.get(field))}
        new.pop(field, None)
        put_data(new, values, binary=field == "binaryData")


def _values(found: object) -> dict[str, bytes]:
    if not isinstance(found, dict):
        return {}
    return {key: b"" if is_null(v) else text_of(v).encode() for key, v in found.items()}
