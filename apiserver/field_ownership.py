"""Field ownership: server-side apply, and what any other write does to managedFields.

`apply` merges a configuration into the live object; `update` takes an object that was created,
replaced or patched otherwise, and says who owns its fields now. Both are pure: objects in, a new
object out. Fields that are owned in another version of the kind count by their names.
Behaviour: structured-merge-diff v6.3 and apimachinery managedfields as of Kubernetes 1.36.
"""

from dataclasses import dataclass, replace

from apiserver import managed_fields
from apiserver.fieldset import FieldSet, difference, fieldset_of, without
from apiserver.go_struct import as_struct
from apiserver.last_applied import keep_level, require_overwritable
from apiserver.managed_fields import Entries, Entry, Identity, identity_of
from apiserver.ownership_conflict import ApplyConflict, BadConfiguration, TypeMismatch
from apiserver.ownership_transfer import in_line, joined, left_to, pruned, require_unowned
from apiserver.schema import Schema
from apiserver.typed_comparison import NO_CHANGE, Comparison, compare
from apiserver.typed_fields import fields_of
from apiserver.typed_merge import merge
from apiserver.typed_validation import mismatches
from apiserver.typed_value import equal
from apiserver.value import Object, section

BEFORE_FIRST_APPLY = "before-first-apply"

_SYSTEM_METADATA = (
    "name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation",
    "managedFields", "resourceVersion",
)  # fmt: skip
_SYSTEM_FIELDS = fieldset_of(
    ("f:apiVersion",),
    ("f:kind",),
    ("f:metadata",),
    *(("f:metadata", f"f:{name}") for name in _SYSTEM_METADATA),
)


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, and in which version (`apps/v1`); `now` is RFC 3339, UTC, whole seconds."""

    manager: str
    api_version: str
    now: str
    subresource: str = ""


def apply(
    live: Object | None, wanted: Object, schema: Schema, writer: Writer, *, force: bool
) -> Object:
    """Return the live object with the configuration `wanted` applied, and its new managedFields.

    `live` is None where there is no object yet. Where nothing changes, the result equals `live` in
    all. Raises ApplyConflict where others own fields that would change, unless `force`;
    BadConfiguration where `wanted` has managedFields or another version than the request;
    TypeMismatch where a value does not fit.
    """
    if live is not None and not managed_fields.read(live):
        _require_ownable(live, schema)
    _require_applicable(wanted, writer)
    _require_type("patch", wanted, schema, duplicates=False)
    _require_type("live", live or {}, schema, duplicates=True)
    run = _Apply(_without_entries(live or {}), wanted, schema, writer)
    entries = _entries_before_apply(live, run)
    try:
        after, entries = run.into(entries, force=force)
    except ApplyConflict as conflict:
        if writer.manager != "kubectl":
            raise
        require_overwritable(conflict, run.live, schema, writer.api_version)
        after, entries = run.into(entries, force=True)
    if writer.manager == "kubectl":
        after = keep_level(after, wanted)
    return keep_times(live, _with_entries(after, entries))


def update(live: Object | None, new: Object, schema: Schema, writer: Writer) -> Object:
    """Return `new`, an object about to be stored by any other write, with its new managedFields.

    `live` is None for a create. Entries come from `new` where it has any, so clients may edit
    them, or forget them with `[{}]`; from `live` where it has none, or where the write is of a
    subresource. Never raises: an object that does not fit its schema is returned without
    managedFields.
    """
    entries = _entries_before_update(live, new, writer)
    bare = _without_entries(new)
    if live is not None and section(live, "metadata").get("uid") and not entries:
        return bare
    if any(mismatches(bare, schema.root, duplicates=True)):
        return bare
    after = _updated(_without_entries(live or {}), bare, entries, (schema, writer))
    return keep_times(live, _with_entries(bare, managed_fields.capped(after)))


def keep_times(live: Object | None, new: Object) -> Object:
    """Return `new` with the times of the entries of `live`, where nothing else differs.

    A server calls it once more before it stores an object: what it has put back since may make a
    write vain.
    """
    if live is None or _timeless(live) != _timeless(new):
        return new
    return (
        new | {"metadata": section(live, "metadata")}
        if equal(_without_entries(live), _without_entries(new))
        else new
    )


def _timeless(manifest: Object) -> Entries | None:
    entries = managed_fields.read(manifest)
    return entries and {identity: replace(entry, time="") for identity, entry in entries.items()}


@dataclass(frozen=True, slots=True)
class _Apply:
    """One apply: what is there (without managedFields), what is wanted, and by whom."""

    live: Object
    wanted: Object
    schema: Schema
    writer: Writer

    def into(self, entries: Entries, *, force: bool) -> tuple[Object, Entries]:
        """Return the object and the entries after it. Raises ApplyConflict."""
        node, identity = self.schema.root, _identity("Apply", self.writer)
        before = in_line(entries, node)
        last, mine = before.get(identity), self._entry()
        after = _object(merge(self.live, self.wanted, node))
        if last and difference(last.fields, mine.fields):
            after = pruned(after, node, before | {identity: mine}, last)
        changed = not equal(self.live, after)
        change = self._change(after) if changed else NO_CHANGE
        others = {key: entry for key, entry in before.items() if key != identity}
        if not force:
            require_unowned(others, change)
        time = self.writer.now if changed else (last.time if last else "")
        own = replace(mine, fields=difference(mine.fields, _SYSTEM_FIELDS), time=time)
        left = left_to(others, change)
        return after, left | ({identity: own} if own.fields else {})

    def _entry(self) -> Entry:
        fields = fields_of(self.wanted, self.schema.root)
        return Entry(self.writer.api_version, without(fields, self._ignored()))

    def _change(self, after: Object) -> Comparison:
        return compare(self.live, after, self.schema.root).leaving_out(self._ignored())

    def _ignored(self) -> FieldSet:
        return self.schema.not_owned(self.writer.subresource)


def _entries_before_apply(live: Object | None, run: _Apply) -> Entries:
    """Return the live entries; an object without any is owned by `before-first-apply`."""
    entries = managed_fields.read(live) or {}
    if entries or live is None:
        return entries
    first = replace(run.writer, manager=BEFORE_FIRST_APPLY)
    return _updated({}, run.live, {}, (run.schema, first))


def _entries_before_update(live: Object | None, new: Object, writer: Writer) -> Entries:
    if not writer.subresource:
        if managed_fields.is_reset(new):
            return {}
        given = managed_fields.read(new)
        if given:
            return given
    return managed_fields.read(live) or {}


def _updated(old: Object, new: Object, entries: Entries, by: tuple[Schema, Writer]) -> Entries:
    schema, writer = by
    ignored = schema.not_owned(writer.subresource)
    before, after = as_struct(old, schema), as_struct(new, schema)
    change = compare(before, after, schema.root).leaving_out(ignored)
    kept = left_to(in_line(entries, schema.root), change)
    own = difference(change.changed(), _SYSTEM_FIELDS)
    if not own:
        return kept
    return joined(kept, _identity("Update", writer), Entry(writer.api_version, own, writer.now))


def _identity(operation: managed_fields.Operation, writer: Writer) -> Identity:
    return identity_of(operation, writer.manager, writer.api_version, writer.subresource)


def _require_applicable(wanted: Object, writer: Writer) -> None:
    if wanted.get("apiVersion") != writer.api_version:
        raise BadConfiguration(f"invalid object type: {_type_text(wanted)}")
    if section(wanted, "metadata").get("managedFields") is not None:
        raise BadConfiguration("metadata.managedFields must be nil")


def _require_type(what: str, value: Object, schema: Schema, *, duplicates: bool) -> None:
    if problem := _problem(value, schema, duplicates=duplicates):
        raise TypeMismatch(f"failed to create typed {what} object ({_place(value)}): {problem}")


def _require_ownable(live: Object, schema: Schema) -> None:
    """What an object that nobody owns yet needs, before its fields have a first owner."""
    if problem := _problem(live, schema, duplicates=True):
        raise TypeMismatch(
            "failed to create manager for existing fields: failed to convert new object "
            f"({_place(live)}) to smd typed: {problem}"
        )


def _problem(value: Object, schema: Schema, *, duplicates: bool) -> str:
    found = [str(each) for each in mismatches(value, schema.root, duplicates=duplicates)]
    return "errors:\n  " + "\n  ".join(found) if len(found) > 1 else "".join(found)


def _place(manifest: Object) -> str:
    """Return what Go prints for an object: `default/a; apps/v1, Kind=Deployment`."""
    name, namespace = (
        section(manifest, "metadata").get(key) or "" for key in ("name", "namespace")
    )
    return f"{namespace}/{name}; {_type_text(manifest)}"


def _type_text(manifest: Object) -> str:
    """Return what Go prints for a kind: `apps/v1, Kind=Deployment`, `/v1, Kind=Pod`."""
    group, _, version = str(manifest.get("apiVersion") or "").rpartition("/")
    return f"{group}/{version}, Kind={manifest.get('kind')}"


def _without_entries(manifest: Object) -> Object:
    metadata = section(manifest, "metadata")
    if "managedFields" not in metadata:
        return manifest
    kept = {key: value for key, value in metadata.items() if key != "managedFields"}
    return manifest | {"metadata": kept}


def _with_entries(manifest: Object, entries: Entries) -> Object:
    if not entries:
        return manifest
    listed = {"managedFields": managed_fields.write(entries)}
    return manifest | {"metadata": section(manifest, "metadata") | listed}


def _object(value: object) -> Object:
    return value if isinstance(value, dict) else {}
