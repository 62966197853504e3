"""Creates and updates: the steps that every write goes through, whatever its form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from apiserver import fate, field_ownership, metadata, metadata_check, validation
from apiserver.cluster import Cluster
from apiserver.conversion import kept, present
from apiserver.decoding import Undecodable, decode
from apiserver.defaulting import drop_nulls, fill
from apiserver.field_ownership import Writer
from apiserver.finalizer import is_released
from apiserver.go_struct import as_struct
from apiserver.refusal import (
    Cause,
    Refusal,
    already_exists,
    forbidden,
    invalid,
    invalid_update,
    not_found,
)
from apiserver.resource import Resource
from apiserver.route import Target, WriteOptions
from apiserver.shape import Form, check_type, undecodable
from apiserver.storage import Record
from apiserver.strategy import Strategies
from apiserver.value import Object, part, same, section, text
from apiserver.warning import warnings

if TYPE_CHECKING:
    from apiserver.rule_validation import Findings

_STATUS = ("status", "approval")
_METADATA = ("f:metadata",)
_TOLD = ("annotations", "finalizers", "labels", "ownerReferences")
"""Metadata of most built-in kinds that a write of the status may change too."""


@dataclass(slots=True)
class Writing:
    """One write: where to, and how. Collects the warnings for the client."""

    cluster: Cluster
    resource: Resource
    target: Target
    options: WriteOptions
    strategies: Strategies
    warnings: list[str] = field(default_factory=list)
    form: Form = "whole"
    is_read: bool = False

    def read(self, content: Object) -> None:
        """Bring what a client sent into its kind's shape, before anything else is looked at.
        Raises a 400."""
        check_type(content, self.resource, self.form)
        metadata.require_map(content, self.resource)
        self._decode(content)
        self.is_read = True

    def _decode(self, content: Object) -> None:
        if self.resource.is_custom and self.form != "apply":
            drop_nulls(content, self.resource.schema.root)
        try:
            self.warnings += decode(content, self.resource, self.options.field_validation)
        except Undecodable as error:
            raise undecodable(content, self.resource, self.form, str(error)) from error

    def shaped(self, live: Object | None, content: Object) -> Object:
        """The content in its kind's shape, with its defaults and with its fields' owners."""
        if not self.is_read:
            self._decode(content)
        self.warnings += metadata.without_repeats(content)
        self.strategies.of(self.resource).default(content)
        if self.form == "apply":
            return content
        return field_ownership.update(live, content, self.resource.schema, self.writer())

    def writer(self) -> Writer:
        """Who owns what is written."""
        return Writer(
            self.options.manager,
            self.resource.api_version,
            # The real server forgets the time where it writes through a scale.
            "" if self.subresource == "scale" else self.cluster.stamp(),
            self.subresource,
        )

    @property
    def subresource(self) -> str:
        """The part of the object that is written; empty for the object itself."""
        return self.target.subresource


@contextmanager
def warned(writing: Writing) -> Iterator[None]:
    """Have a refusal carry the warnings that there were before it."""
    try:
        yield
    except Refusal as refusal:
        refusal.warnings = writing.warnings
        raise


def create(writing: Writing, content: Object) -> Record:
    """Store a new object. Raises a 404, 403, 409 or 422."""
    cluster, resource = writing.cluster, writing.resource
    check_type(content, resource, writing.form)
    metadata.place(content, resource, writing.target)
    version = text(content, "metadata", "resourceVersion")
    content = writing.shaped(None, content)
    metadata.begin(content, cluster, resource)
    if version and writing.options.dry_run:
        # Nothing gives it another one.
        part(content, "metadata")["resourceVersion"] = version
    if resource.traits.status:
        content.pop("status", None)
        # Go's structs show an empty status; a custom resource has what its schema fills in.
        if resource.is_custom:
            fill(content, resource.schema.root)
        else:
            content["status"] = {}
    _require_namespace(writing, content)
    _validate(writing, content, None)
    content = kept(as_struct(content, resource.schema, stored=True))
    if version and not writing.target.name and not writing.options.dry_run:
        # Only a POST is held to it, and late.
        raise Refusal(500, "", "resourceVersion should not be set on objects to be created")
    name = text(content, "metadata", "name")
    if there := cluster.find(resource, writing.target.namespace, name):
        raise already_exists(resource, name, is_terminating=there.is_terminating)
    return _store(writing, content)


def _require_namespace(writing: Writing, content: Object) -> None:
    cluster, namespace = writing.cluster, writing.target.namespace
    if not writing.resource.namespaced:
        return
    namespaces = cluster.kind("", "Namespace")
    found = cluster.find(namespaces, "", namespace)
    if found is None:
        raise not_found(namespaces, namespace)
    if found.is_terminating:
        reason = f"namespace {namespace} is being terminated"
        raise forbidden(
            writing.resource,
            text(content, "metadata", "name"),
            f"unable to create new content in namespace {namespace} because it is being terminated",
            [Cause("metadata.namespace", "NamespaceTerminating", reason)],
        )


def update(writing: Writing, live: Record, content: Object) -> Record:
    """Store a new state of an object; nothing where it says nothing new. An object whose deletion
    waited for the last finalizer goes. Raises a 409 or 422."""
    resource = writing.resource
    check_type(content, resource, writing.form)
    metadata.place(content, resource, writing.target)
    _require_version(writing, content)
    metadata.keep(content, live, resource)
    content = _written_part(writing, live, content)
    content = writing.shaped(present(resource, live.object), content)
    _validate(writing, content, live)
    is_restless = _is_restless(writing, content)
    content = kept(as_struct(content, resource.schema, stored=True))
    if _is_new_generation(writing, live, content):
        metadata.advance_generation(content)
    if not is_restless:
        content = field_ownership.keep_times(live.object, content)
        if same(content, live.object):
            return live
    if is_released(content):
        return _remove(writing, live, content)
    return _store(writing, content)


def _is_restless(writing: Writing, content: Object) -> bool:
    """Whether an apply of a custom resource says `annotations: {}` or the like: that is not kept,
    so it is a change each time, and the real server stores the object again."""
    values = section(content, "metadata").values()
    is_applied = writing.resource.is_custom and writing.form == "apply"
    return is_applied and any(each in ({}, []) for each in values)


def _require_version(writing: Writing, content: Object) -> None:
    resource = writing.resource
    is_free = resource.traits.unconditional_update or writing.subresource == "scale"
    if is_free or text(content, "metadata", "resourceVersion"):
        return
    message = "Invalid value: 0: must be specified for an update"
    cause = Cause("metadata.resourceVersion", "FieldValueInvalid", message)
    raise invalid_update(resource, writing.target.name, cause)


def _written_part(writing: Writing, live: Record, content: Object) -> Object:
    """Take from the new state only what a write to this (sub)resource may change."""
    before = present(writing.resource, live.object)
    if writing.subresource in _STATUS:
        return _status_part(writing.resource, before, content)
    if writing.resource.traits.status and writing.subresource == "":
        content.pop("status", None)
        if "status" in before:
            content["status"] = before["status"]
    return content


def _status_part(resource: Resource, live: Object, content: Object) -> Object:
    """The live object with the new status. Whose other metadata follows is each kind's habit."""
    kept = {key: value for key, value in live.items() if key != "status"}
    kept["apiVersion"] = content["apiVersion"]
    if "status" in content:
        kept["status"] = content["status"]
    metadata, told = {**section(live, "metadata")}, section(content, "metadata")
    reset = resource.schema.not_owned("status")
    if not resource.is_custom and _METADATA not in reset:
        free = [key for key in _TOLD if (*_METADATA, f"f:{key}") not in reset]
        metadata = {key: value for key, value in metadata.items() if key not in free}
        metadata |= {key: told[key] for key in free if key in told}
    # What an apply of the status has worked out; other writes get theirs later.
    if "managedFields" in told:
        metadata["managedFields"] = told["managedFields"]
    return {**kept, "metadata": metadata}


def _validate(writing: Writing, content: Object, live: Record | None) -> None:
    resource = writing.resource
    rules = writing.strategies.of(resource)
    before = live.object if live else None
    rules.prepare(writing.cluster, content, before)
    causes = metadata_check.faults(content, resource, live) + rules.check(content, before)
    if resource.is_custom:
        causes += validation.faults(content, resource.schema.root)
        found = _rule_findings(content, before, resource, causes)
        causes += found.causes
        writing.warnings += found.warnings
    if causes:
        raise invalid(resource, text(content, "metadata", "name"), causes)
    writing.warnings += metadata_check.warnings(content, before, resource)
    if writing.subresource not in _STATUS:
        writing.warnings += warnings(content, resource)
    writing.warnings += fate.warning(content)


def _rule_findings(
    content: Object, before: Object | None, resource: Resource, known: list[Cause]
) -> Findings:
    # Brings the engine for CEL along: loaded when the first custom resource is written.
    from apiserver.rule_validation import findings

    return findings(content, before, resource.schema.root, known)


def _is_new_generation(writing: Writing, live: Record, content: Object) -> bool:
    resource = writing.resource
    if not (resource.is_custom or resource.traits.counts_generations):
        return False
    aside = {"metadata", "apiVersion", "kind"}
    if resource.traits.status:
        aside.add("status")
    new = {key: value for key, value in content.items() if key not in aside}
    old = {key: value for key, value in live.object.items() if key not in aside}
    if resource.kind == "Deployment" and not writing.subresource:
        # The real Deployment counts a change of annotations as a new generation, alone among kinds.
        new["annotations"] = section(content, "metadata", "annotations")
        old["annotations"] = section(live.object, "metadata", "annotations")
    return not same(new, old)


def _store(writing: Writing, content: Object) -> Record:
    if writing.options.dry_run:
        return _imagined(content)
    return writing.cluster.storage.put(writing.resource.shelf, content)


def _remove(writing: Writing, live: Record, content: Object) -> Record:
    if writing.options.dry_run:
        return _imagined(content)
    storage = writing.cluster.storage
    last = storage.remove(writing.resource.shelf, live)
    metadata_of = part(content, "metadata")
    metadata_of["resourceVersion"] = str(last.revision)
    return Record(last.key, last.revision, content)


def _imagined(content: Object) -> Record:
    found = section(content, "metadata")
    return Record((text(found, "namespace"), text(found, "name")), 0, content)
