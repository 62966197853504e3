"""Something worth telling about an object: as a Kubernetes Event, and as Flux posts it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.api.field import to_rfc3339
from shared.manifest.identity import Manifest, annotations_of, kind_of, metadata, text
from shared.reconcile.attempt import Note
from shared.reconcile.condition import shorten

EVENT_GROUP = "event.toolkit.fluxcd.io"
"""Annotations of this group on an object go with each event about it (reference flux.md 1.1)."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What happened to which object, said by whom and when.

    `about`: an ObjectReference. `metadata`: keys with their group, `<group>/<key>`.
    """

    about: Mapping[str, str]
    note: Note
    metadata: Mapping[str, str]
    component: str
    when: datetime

    @classmethod
    def of(cls, manifest: Manifest, note: Note, component: str, when: datetime) -> Occurrence:
        """What a note says about an object. Raises ManifestError where that has no kind."""
        group = kind_of(manifest).group
        given = {_with_group(key, group): value for key, value in note.metadata.items()}
        annotations = annotations_of(manifest)
        copied = {key: annotations[key] for key in annotations if key.startswith(f"{EVENT_GROUP}/")}
        return cls(_reference(manifest), note, given | copied, component, when)

    @property
    def type(self) -> str:
        """The type of the Kubernetes Event. A trace is a normal one."""
        return "Warning" if self.note.severity == "error" else "Normal"

    @property
    def message(self) -> str:
        """What happened, cut to what a condition may hold."""
        return shorten(self.note.message)

    @property
    def similar(self) -> tuple[str, ...]:
        """What two occurrences have in common that differ in their message alone."""
        about = (value for part, value in self.about.items() if part != "resourceVersion")
        return (*about, self.type, self.note.reason)

    def posted(self, instance: str) -> Manifest:
        """As the notification controller takes it (reference flux.md 1.4). `instance`: our host."""
        event: Manifest = {
            "involvedObject": dict(self.about),
            "severity": self.note.severity,
            "timestamp": to_rfc3339(self.when),
            "message": self.message,
            "reason": self.note.reason,
            "reportingController": self.component,
            "reportingInstance": instance,
        }
        return event | ({"metadata": dict(self.metadata)} if self.metadata else {})


def _with_group(key: str, group: str) -> str:
    return key if "/" in key or not group else f"{group}/{key}"


def _reference(manifest: Manifest) -> dict[str, str]:
    meta = metadata(manifest)
    parts = {
        "kind": text(manifest, "kind"),
        "namespace": text(meta, "namespace"),
        "name": text(meta, "name"),
        "uid": text(meta, "uid"),
        "apiVersion": text(manifest, "apiVersion"),
        "resourceVersion": text(meta, "resourceVersion"),
    }
    return {key: value for key, value in parts.items() if value}
