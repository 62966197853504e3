"""Strategic merge patches, with all the habits of kustomize's implementation.

The whole of the patched object is walked, also where the patch says nothing: merged lists with
keys are put in order there too, and `key:` without a value vanishes.
"""

from __future__ import annotations

from typing import cast

from kustomize.associative_list import merged_list
from kustomize.field import node_kind, wrong_kind
from kustomize.merge_keys import Schema, Schemas
from kustomize.problem import BuildError
from kustomize.scalar import EMPTY, EMPTY_IN_FLOW, MISSING, is_null, is_quoted, text_of
from shared.manifest.identity import Manifest

_DIRECTIVE = "$patch"


def merged(manifest: Manifest, patch: Manifest, schemas: Schemas) -> Manifest:
    """A manifest with a patch applied; empty if the patch deletes it. Both may be changed and
    shared by the result. Raises BuildError where they do not fit each other.

    As in kustomize a whole object that a patch says it replaces stays as it is.
    """
    if text_of(patch.get(_DIRECTIVE, "")) == "replace":
        return manifest
    result = Merge(schemas).walk(manifest, patch, None)
    return cast("Manifest", result) if isinstance(result, dict) else {}


class Merge:
    """One patch on its way through one object."""

    __slots__ = ("_schemas",)

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas

    def walk(self, own: object, patch: object, schema: Schema | None) -> object:
        """The merged value of a field, MISSING where none is left."""
        present = patch if _is_nothing(own) else own
        if isinstance(present, dict):
            self._check_kinds(dict, own, patch)
            return self._mapping(own, patch, schema or self._schema_of(own, patch))
        if isinstance(present, list):
            self._check_kinds(list, own, patch)
            if schema is not None and schema.merged:
                return self._list(own, patch, schema)
            return _latest(own, patch)
        if _is_nothing(present):
            return _nothing(own, patch)
        self._check_kinds(None, own, patch)
        return _latest(own, patch)

    def _schema_of(self, *values: object) -> Schema | None:
        """The schema of a value that says itself what it is."""
        for value in values:
            if isinstance(value, dict):
                kind = text_of(value.get("kind", "")), text_of(value.get("apiVersion", ""))
                if all(kind) and (found := self._schemas.get((kind[1], kind[0]))):
                    return found
        return None

    def _check_kinds(self, kind: type | None, *values: object) -> None:
        for value in values:
            if _is_nothing(value):
                continue
            is_of_kind = isinstance(value, kind) if kind else not isinstance(value, dict | list)
            if not is_of_kind:
                raise wrong_kind(node_kind(kind() if kind else ""), value)

    def _mapping(self, own: object, patch: object, schema: Schema | None) -> object:
        if _is_nothing(own):
            if directive(patch) == "delete":
                return MISSING
            own = patch
        elif is_null(patch):
            return MISSING
        elif patch is not MISSING:
            said = directive(patch)
            if said == "delete":
                return MISSING
            own = patch if said == "replace" else own
        target = cast("Manifest", own)
        self._fields(target, patch, schema)
        return target

    def _fields(self, own: Manifest, patch: object, schema: Schema | None) -> None:
        given = cast("Manifest", patch) if isinstance(patch, dict) else {}
        names = own if given is own or not given else {**own, **given}
        if "" in names:
            raise wrong_kind("ScalarNode", own)
        for name in sorted(names):
            old = own.get(name, MISSING)
            known = schema.below(name) if schema else None
            new = self.walk(old, given.get(name, MISSING), known)
            if new is MISSING:
                own.pop(name, None)
            elif new is not old:
                own[name] = new

    def _list(self, own: object, patch: object, schema: Schema) -> object:
        if _is_nothing(own):
            own = patch
        elif is_null(patch):
            return MISSING
        elif patch is not MISSING:
            said = list_directive(cast("list[object]", patch))
            if said == "delete":
                return MISSING
            own = patch if said == "replace" else own
        entries = None if patch is MISSING else cast("list[object]", patch)
        return merged_list(self, cast("list[object]", own), entries, schema)


def _is_nothing(value: object) -> bool:
    return value is MISSING or is_null(value)


def _latest(own: object, patch: object) -> object:
    if patch is MISSING:
        return own
    if is_null(patch):
        return MISSING
    if is_quoted(own) and not isinstance(patch, str | dict | list):
        return text_of(patch)
    return patch


def _nothing(own: object, patch: object) -> object:
    """A null that the patch does not speak of stays if it was written out."""
    if patch is MISSING and own is not MISSING and own is not EMPTY and own is not EMPTY_IN_FLOW:
        return own
    return MISSING


def directive(patch: object) -> str:
    """What a mapping says about itself with `$patch` (`merge` if nothing), taken out of it."""
    if not isinstance(patch, dict) or _DIRECTIVE not in patch:
        return "merge"
    return _known(text_of(patch.pop(_DIRECTIVE)))


def list_directive(patch: list[object]) -> str:
    """What a list says about itself with an entry that is only `$patch`, taken out of it."""
    for entry in patch:
        if isinstance(entry, dict) and _DIRECTIVE in entry:
            if len(entry) > 1:
                return "merge"
            said = _known(text_of(entry[_DIRECTIVE]))
            patch[:] = [
                other
                for other in patch
                if other and not (isinstance(other, dict) and _says(other, said))
            ]
            return said
    return "merge"


def _says(entry: Manifest, said: str) -> bool:
    return _DIRECTIVE in entry and text_of(entry[_DIRECTIVE]) == said


def _known(said: str) -> str:
    if said not in ("replace", "delete", "merge"):
        raise BuildError(f"unknown patch strategy '{said}'")
    return said
