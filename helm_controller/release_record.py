"""The record of a release, as Helm keeps it: a Secret for each revision. Pure.

What Helm 4 writes, byte for byte before compression, and what Helm 3 reads: JSON with Go's order of
fields, gzip, base64. From Helm's pkg/storage/driver and pkg/release/v1.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

import orjson

from helm_controller.go_json import Struct, encoded
from helm_controller.problem import HelmError
from shared.manifest.identity import Manifest, labels_of, metadata, section, text

SECRET_TYPE = "helm.sh/release.v1"
OWNER = "helm"
SYSTEM_LABELS = frozenset({"name", "owner", "status", "version", "createdAt", "modifiedAt"})
MOST_IN_A_SECRET = 2**20
"""What the data of a Secret may hold, in bytes."""
MOST_UNPACKED = 128 * 2**20

_GZIP = b"\x1f\x8b\x08"
_NEVER = "0001-01-01T00:00:00Z"
_FILE = Struct(("name", "data", "modtime"), {"name": "", "data": None})
_DEPENDENCY = Struct(
    ("name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias"),
    {"name": "", "repository": ""},
)
_METADATA = Struct(
    (
        "name", "home", "sources", "version", "description", "keywords", "maintainers", "icon",
        "apiVersion", "condition", "tags", "appVersion", "deprecated", "annotations",
        "kubeVersion", "dependencies", "type",
    ),
    parts={"maintainers": Struct(("name", "email", "url")), "dependencies": _DEPENDENCY},
)  # fmt: skip
_LOCK = Struct(
    ("generated", "digest", "dependencies"),
    {"generated": _NEVER, "digest": "", "dependencies": None},
    {"dependencies": _DEPENDENCY},
)
_CHART = ("metadata", "lock", "templates", "values", "schema", "schemamodtime", "files", "modtime")
_RUN = Struct(("started_at", "completed_at", "phase"), {"phase": ""})
RELEASE = Struct(
    (
        "name", "info", "chart", "config", "manifest", "hooks", "version", "namespace",
        "apply_method",
    ),
    parts={
        "info": Struct(
            (
                "first_deployed", "last_deployed", "deleted", "description", "status",
                "rollback_revision", "notes", "resources",
            )
        ),
        "chart": Struct(
            _CHART,
            {**dict.fromkeys(_CHART[:-1]), "schemamodtime": _NEVER},
            {
                "metadata": _METADATA,
                "lock": _LOCK,
                "templates": _FILE,
                "files": _FILE,
            },
        ),
        "hooks": Struct(
            (
                "name", "kind", "path", "manifest", "events", "last_run", "weight",
                "delete_policies", "output_log_policies",
            ),
            {"last_run": {}},
            {"last_run": _RUN},
        ),
    },
)  # fmt: skip
"""The fields of a release in Helm's own order."""


@dataclass(frozen=True, slots=True)
class Record:
    """One revision of a release. `release` is the JSON that Helm writes, as plain data; `labels`
    are those of the Secret that are not Helm's own."""

    release: Manifest
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the release."""
        return text(self.release, "name")

    @property
    def revision(self) -> int:
        """Counted from 1."""
        found = self.release.get("version")
        return found if isinstance(found, int) else 0

    @property
    def status(self) -> str:
        """`deployed`, `failed`, `pending-install` ..."""
        return text(self.info, "status")

    @property
    def info(self) -> Manifest:
        """When and how it was made, and its status."""
        return section(self.release, "info")

    @property
    def hooks(self) -> list[Manifest]:
        """The hooks, tests among them, as they are recorded."""
        found = self.release.get("hooks")
        return cast("list[Manifest]", found) if isinstance(found, list) else []

    @property
    def chart(self) -> Manifest:
        """The metadata of the chart."""
        return section(section(self.release, "chart"), "metadata")

    @property
    def key(self) -> str:
        """The name of the Secret."""
        return secret_name(self.name, self.revision)

    def with_status(self, status: str, description: str | None = None) -> Record:
        """The same revision in another state; what is said of it stays unless it is given."""
        said = text(self.info, "description") if description is None else description
        info = {**self.info, "status": status, "description": said}
        return replace(self, release={**self.release, "info": info})


def secret_name(release: str, revision: int) -> str:
    """`sh.helm.release.v1.NAME.vREVISION`."""
    return f"sh.helm.release.v1.{release}.v{revision}"


def encode(release: Manifest) -> bytes:
    """The bytes of the entry `release` of a Secret, before Kubernetes' own base64.

    Fields that Helm does not know are left out. Raises HelmError for what has no form in JSON.
    """
    return base64.b64encode(gzip.compress(json_of(release), 9, mtime=0))


def json_of(release: Manifest) -> bytes:
    """A release as Go writes it. Raises HelmError for what has no form in JSON."""
    try:
        return encoded(release, RELEASE).encode()
    except (ValueError, RecursionError) as error:
        raise HelmError("values", f"the release cannot be recorded: {error}") from error


def decode(data: bytes) -> Manifest:
    """What `encode`, or any Helm since version 2, made. Raises HelmError where it is none."""
    try:
        raw = base64.b64decode(data, validate=True)
        release = orjson.loads(_unpacked(raw) if raw.startswith(_GZIP) else raw)
    except (binascii.Error, zlib.error, orjson.JSONDecodeError) as error:
        raise HelmError("load", f"this is no record of a release: {error}") from error
    if not isinstance(release, dict):
        raise HelmError("load", "this is no record of a release: it is not an object")
    return release


def secret_of(
    record: Record,
    namespace: str,
    *,
    created: datetime | None = None,
    modified: datetime | None = None,
) -> Manifest:
    """The Secret of a record: with `created` for a new one; with `modified` for one that is written
    anew, which loses the other label, as it does with Helm.

    Raises HelmError where a label is one of Helm's own, or where the record does not fit.
    """
    if taken := sorted(SYSTEM_LABELS & record.labels.keys()):
        raise HelmError(
            "values", f"labels of releases may not be {', '.join(taken)}: they are Helm's"
        )
    data = encode(record.release)
    if len(data) > MOST_IN_A_SECRET:
        raise HelmError("limit", _too_large(record, len(data)))
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": record.key,
            "namespace": namespace,
            "labels": {**_times(created, modified), **record.labels, **_own_labels(record)},
        },
        "type": SECRET_TYPE,
        "data": {"release": base64.b64encode(data).decode()},
    }


def record_of(secret: Manifest) -> Record:
    """The record in a Secret. Raises HelmError where it holds none."""
    try:
        data = base64.b64decode(text(section(secret, "data"), "release"), validate=True)
        labels = {key: one for key, one in labels_of(secret).items() if key not in SYSTEM_LABELS}
        return Record(decode(data), labels)
    except (binascii.Error, HelmError) as error:
        name = text(metadata(secret), "name")
        raise HelmError("load", f"Secret {name}: {error}") from error


def _own_labels(record: Record) -> dict[str, str]:
    return {
        "name": record.name,
        "owner": OWNER,
        "status": record.status,
        "version": str(record.revision),
    }


def _times(created: datetime | None, modified: datetime | None) -> dict[str, str]:
    times = {"createdAt": created, "modifiedAt": modified}
    return {key: str(int(time.timestamp())) for key, time in times.items() if time is not None}


def _too_large(record: Record, size: int) -> str:
    return (
        f"the record of {record.name}, revision {record.revision}, is {size / 2**20:.2f} MiB, and a"
        " Secret holds 1 MiB: the record carries the chart's templates and files and what they"
        " render to, so list in .helmignore what the chart does not need, or split the chart"
    )


def _unpacked(raw: bytes) -> bytes:
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    content = unpacker.decompress(raw, MOST_UNPACKED)
    if unpacker.unconsumed_tail or not unpacker.eof:
        limit = MOST_UNPACKED // 2**20
        raise HelmError(
            "limit", f"the record of a release is cut off, or over {limit} MiB unpacked"
        )
    return content
