"""What of a record is remembered on the HelmRelease, and how it is told that it was changed. Pure.

The digest is Flux's: of the record without the chart's files and without tests, as Go writes it. So
a release that Flux made is known as its own, and the other way round.
"""

from __future__ import annotations

from datetime import datetime

from helm_controller.config_digest import algorithm_of, config_digest
from helm_controller.go_json import Struct, encoded
from helm_controller.release_record import RELEASE, Record
from shared.api.field import is_empty
from shared.api.helm_snapshot import ReleaseSnapshot, TestRun
from shared.artifact import digest
from shared.manifest.identity import Manifest, section, text

API_VERSION = "v2"
_PARTS = RELEASE.parts
_OBSERVED = Struct(
    (
        "name", "version", "info", "chartMetadata", "config", "manifest", "hooks", "namespace",
        "ociDigest",
    ),
    kept={"name": "", "version": 0, "info": {}, "chartMetadata": {}, "config": None, "manifest": "",
          "hooks": None, "namespace": ""},
    parts={
        "info": _PARTS["info"],
        "chartMetadata": _PARTS["chart"].parts["metadata"],
        "hooks": _PARTS["hooks"],
    },
)  # fmt: skip


def snapshot_of(
    record: Record, action: str, oci_digest: str = "", algorithm: str = digest.DEFAULT
) -> ReleaseSnapshot:
    """What is remembered of a record. `action`: what made it, or did the last thing to it;
    `algorithm`: what checksums are made by."""
    release = record.release
    info, chart = section(release, "info"), record.chart
    return ReleaseSnapshot(
        api_version=API_VERSION,
        digest=digest_of(record, oci_digest, algorithm),
        name=record.name,
        namespace=text(release, "namespace"),
        version=record.revision,
        status=record.status,
        action=action,
        chart_name=text(chart, "name"),
        chart_version=text(chart, "version"),
        app_version=text(chart, "appVersion"),
        config_digest=config_digest(section(release, "config"), algorithm),
        first_deployed=moment(text(info, "first_deployed")),
        last_deployed=moment(text(info, "last_deployed")),
        deleted=moment(text(info, "deleted")) if text(info, "deleted") else None,
        oci_digest=oci_digest,
    )


def digest_of(record: Record, oci_digest: str = "", algorithm: str = digest.DEFAULT) -> str:
    """The checksum of a record, as Flux has it."""
    release = record.release
    observed: Manifest = {
        "name": record.name,
        "version": record.revision,
        "info": section(release, "info"),
        "chartMetadata": record.chart,
        "config": section(release, "config") or None,
        "manifest": text(release, "manifest"),
        "hooks": _hooks(record),
        "namespace": text(release, "namespace"),
        "ociDigest": oci_digest,
    }
    line = encoded(observed, _OBSERVED).encode() + b"\n"
    return digest.digest_of(line, algorithm)


def is_as_remembered(snapshot: ReleaseSnapshot, record: Record) -> bool:
    """Whether a record is still what it was when it was last seen. Digests made of something else
    are not compared; those by another algorithm are, by that."""
    if snapshot.api_version != API_VERSION:
        return True
    algorithm = algorithm_of(snapshot.digest)
    return snapshot.digest == digest_of(record, snapshot.oci_digest, algorithm)


def runs_of_tests(record: Record) -> dict[str, TestRun]:
    """What the tests of a release came to, by name."""
    return {
        text(hook, "name"): _run(section(hook, "last_run"))
        for hook in record.hooks
        if "test" in events_of(hook)
    }


def events_of(hook: Manifest) -> list[object]:
    """When a recorded hook is run."""
    found = hook.get("events")
    return found if isinstance(found, list) else []


def moment(written: str) -> datetime:
    """A point in time as Go writes it, with up to nanoseconds. Raises ValueError."""
    head, dot, rest = written.partition(".")
    if not dot:
        return datetime.fromisoformat(written)
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return datetime.fromisoformat(f"{head}.{rest[:digits][:6].ljust(6, '0')}{rest[digits:]}")


def _hooks(record: Record) -> list[Manifest] | None:
    """All hooks but tests, which anybody may run. Where there are only tests, Go has no list."""
    hooks = [hook for hook in record.hooks if "test" not in events_of(hook)]
    return None if is_empty(hooks) else hooks


def _run(run: Manifest) -> TestRun:
    started, completed = text(run, "started_at"), text(run, "completed_at")
    return TestRun(
        last_started=moment(started) if started else None,
        last_completed=moment(completed) if completed else None,
        phase=text(run, "phase"),
    )
