"""The records that actions begin with: of a rendered chart, or of an earlier release. Pure."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from helm_controller.chart import Chart
from helm_controller.release_record import Record
from helm_controller.rendering import Hook, Rendering
from helm_controller.target import Target
from shared.manifest.identity import Manifest, section, text

Method = Literal["ssa", "csa"]
"""How the objects of a release are written: by server-side or by client-side apply."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A release that is rendered. `values`: those that it was asked for with."""

    target: Target
    chart: Chart
    rendering: Rendering
    values: Manifest
    method: Method


def installed(draft: Draft, revision: int, now: datetime) -> Record:
    """The record that an installation begins with."""
    info: Manifest = {
        "first_deployed": stamp(now),
        "last_deployed": stamp(now),
        "description": "Initial install underway",
        "status": "pending-install",
    }
    return _record(draft, revision, info)


def upgraded(draft: Draft, last: Record, base: Record, now: datetime) -> Record:
    """The record that an upgrade begins with. `last`: the newest one; `base`: the one that is on
    the cluster."""
    info: Manifest = {
        "first_deployed": section(base.release, "info").get("first_deployed"),
        "last_deployed": stamp(now),
        "description": "Preparing upgrade",
        "status": "pending-upgrade",
    }
    return replace(_record(draft, last.revision + 1, info), labels=last.labels)


def rolled_back(current: Record, earlier: Record, method: Method, now: datetime) -> Record:
    """The record that a rollback begins with: the earlier release once more."""
    info: Manifest = {
        "first_deployed": section(current.release, "info").get("first_deployed"),
        "last_deployed": stamp(now),
        "description": f"Rollback to {earlier.revision}",
        "status": "pending-rollback",
        "rollback_revision": earlier.revision,
        "notes": text(section(earlier.release, "info"), "notes"),
    }
    news: Manifest = {"info": info, "version": current.revision + 1, "apply_method": method}
    release = {**copy.deepcopy(earlier.release), **news}
    release["namespace"] = text(current.release, "namespace")
    return Record(release, earlier.labels)


def stamp(now: datetime) -> str:
    """A point in time as Go writes it: without zeros at the end of the fraction."""
    written = now.isoformat().replace("+00:00", "Z")
    head, dot, rest = written.partition(".")
    if not dot:
        return written
    digits = rest.rstrip("Z").rstrip("0")
    return f"{head}.{digits}Z" if digits else f"{head}Z"


def method_of(record: Record) -> Method:
    """How the objects of a recorded release were written. Old records do not say: by client-side
    apply, as it was always done then."""
    return "ssa" if text(record.release, "apply_method") == "ssa" else "csa"


def _record(draft: Draft, revision: int, info: Manifest) -> Record:
    rendering = draft.rendering
    hooks = [_hook(one) for one in rendering.hooks]
    release: Manifest = {
        "name": draft.target.name,
        "info": {**info, "notes": rendering.notes},
        "chart": _chart(draft),
        "config": draft.values,
        "manifest": rendering.manifest,
        "hooks": hooks,
        "version": revision,
        "namespace": draft.target.namespace,
        "apply_method": draft.method,
    }
    return Record(release)


def _chart(draft: Draft) -> Manifest:
    """The chart with the metadata and values that it was rendered with."""
    rendering = draft.rendering
    is_silent = not rendering.values and "values.yaml" not in draft.chart.files
    return {
        **draft.chart.record,
        "metadata": rendering.metadata,
        "values": None if is_silent else rendering.values,
    }


def _hook(hook: Hook) -> Manifest:
    recorded: Manifest = {
        "name": hook.name,
        "kind": hook.kind,
        "path": hook.path,
        "manifest": hook.text,
        "events": list(hook.events),
        "last_run": {"phase": ""},
        "weight": hook.weight,
        "delete_policies": list(hook.delete_policies),
        "output_log_policies": list(hook.output_log_policies),
    }
    return {key: value for key, value in recorded.items() if value not in (0, [])}
