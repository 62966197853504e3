"""The flags of the source controller (reference flux.md 1.8 and 2.1)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from shared.artifact.digest import ALGORITHMS
from shared.git.room import MOST
from shared.problem import Problem
from shared.runtime.settings import flag
from source_controller.feature import features
from source_controller.helm.settings import HelmSettings


class SettingsError(Problem):
    """A flag has a value that cannot be."""


@dataclass(frozen=True, slots=True)
class SourceSettings(HelmSettings):
    """What is this controller's own."""

    concurrent: int = flag(2, "How many objects of a kind are worked on at once.")
    requeue_dependency: timedelta = flag(
        timedelta(seconds=30), "How long to wait before looking again at what is depended on."
    )
    storage_path: str = flag(
        os.environ.get("STORAGE_PATH", "/data"), "The directory for artifacts and mirrors."
    )
    storage_addr: str = flag(
        os.environ.get("STORAGE_ADDR", ":9090"), "The address that artifacts are served at."
    )
    storage_adv_addr: str = flag(
        os.environ.get("STORAGE_ADV_ADDR", ""),
        "The host and port that artifacts are fetched from; empty: as --storage-addr has it.",
    )
    storage_bucket: str = flag(
        "",
        "The bucket to keep artifacts in, for several replicas to serve from; empty: the local "
        "disk.",
    )
    storage_bucket_endpoint: str = flag(
        "s3.amazonaws.com", "The host and port of the object store, which speaks S3."
    )
    storage_bucket_region: str = flag("", "The region of the bucket; empty: as the endpoint says.")
    storage_bucket_prefix: str = flag("", "What the keys of artifacts begin with.")
    storage_bucket_insecure: bool = flag(False, "Speak plain HTTP to the object store.")
    artifact_retention_ttl: timedelta = flag(
        timedelta(seconds=60), "How long an artifact is kept after another took its place."
    )
    artifact_retention_records: int = flag(2, "How many artifacts of an object are kept at most.")
    artifact_digest_algo: str = flag("sha256", "sha256, sha384 or sha512.")
    ssh_kex_algos: tuple[str, ...] = flag(
        (), "SSH key exchange algorithms, most liked first, with commas between them."
    )
    ssh_hostkey_algos: tuple[str, ...] = flag(
        (), "SSH host key algorithms, most liked first, with commas between them."
    )
    git_mirrors_max_size: int = flag(
        MOST,
        "How many bytes the mirrors of Git repositories may take together. Those that nobody used "
        "for the longest time make way.",
    )
    local_repository: tuple[str, ...] = flag(
        (),
        "URL=PATH: read repositories at this URL, and below it, from a directory of this machine. "
        "For trying things out: whoever may write a GitRepository may read what is there.",
    )

    default_service_account: str = flag(
        "",
        "The service account of its own namespace that clouds know an object as that names none.",
    )
    oci_token_hosts: tuple[str, ...] = flag(
        (),
        "Hosts of token servers that may be shown what is for a registry, beside those next to the "
        "registry itself; with commas between them.",
    )
    http_retry: int = flag(
        9, "How often a failed download of an artifact that a generator uses is tried again."
    )
    artifact_hosts: str = flag(
        "",
        "The only hosts (host or host:port, with commas) to fetch artifacts from; empty for any.",
    )
    reconciliation_timeout: timedelta = flag(
        timedelta(minutes=10), "How long one look at an ArtifactGenerator may take."
    )
    feature_gates: str = flag("", "What is switched on or off: Name=true, with commas between.")

    def check(self) -> None:
        """Raises SettingsError for values that cannot be."""
        if self.default_service_account and not features(self.feature_gates).object_identities:
            raise SettingsError(
                "--default-service-account has no effect with "
                "--feature-gates=ObjectLevelWorkloadIdentity=false: take one of the two away"
            )
        if self.artifact_digest_algo not in ALGORITHMS:
            known = ", ".join(ALGORITHMS)
            raise SettingsError(f"--artifact-digest-algo has to be one of {known}")
        if not self.storage_addr.rpartition(":")[2].isdigit():
            raise SettingsError(f"--storage-addr: {self.storage_addr!r} names no port")
        self.local()

    def local(self) -> tuple[tuple[str, Path], ...]:
        """The URLs that are served from directories. Raises SettingsError."""
        pairs = [text.partition("=") for text in self.local_repository]
        for url, equals, path in pairs:
            if "://" not in url or not equals or not path:
                raise SettingsError(f"--local-repository: {url + equals + path!r} is no URL=PATH")
        return tuple((url.rstrip("/"), Path(path)) for url, _, path in pairs)


def listed(values: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a flag that takes several, with commas or by being given more than once."""
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())
