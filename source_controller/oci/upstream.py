"""The registry of an OCIRepository: which digest is meant now, and the layer of it that is wanted.

A tag is resolved once. Everything after that is asked for by the digest (reliability-security.md
T-05).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from shared.api.oci_repository import OciRef, OciRepository
from shared.oci.credential import Access
from shared.oci.error import InvalidAccess, InvalidLocation, OciError, Unreachable
from shared.oci.line import Lines
from shared.oci.location import Location, check_digest, check_tag
from shared.oci.repository import Repository
from shared.reconcile.failure import Retryable, Stalled
from source_controller.oci.access import location_of
from source_controller.oci.layer import Layer, LayerProblem, layer_of, select
from source_controller.oci.tag import NoTag, TagProblem, check_range, choose

LATEST = "latest"


class Accesses(Protocol):
    """What registries are shown."""

    async def of(self, repo: OciRepository) -> Access:
        """How a repository's registry is talked to. Raises Failure."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a registry has: the revision for people, the digest that it stands for, and how the
    registry was talked to."""

    revision: str
    digest: str
    location: Location
    access: Access


@dataclass(frozen=True, slots=True)
class RegistryUpstream:
    """Registries that speak by the distribution specification. `scratch`: a directory for what is
    being unpacked; nothing stays there."""

    accesses: Accesses
    lines: Lines
    scratch: Path

    async def look(self, repo: OciRepository) -> Found:
        """What is wanted of the registry, as it is now. Raises Failure, or a Problem."""
        location = location_of(repo)
        access = await self.accesses.of(repo)
        ref = repo.spec.ref or OciRef()
        if ref.digest:
            return Found(_checked_digest(ref.digest), ref.digest, location, access)
        async with self.open(location, access, repo.spec.timeout) as repository:
            tag = await _tag(repo, ref, repository)
            try:
                digest = (await repository.resolve(tag)).digest
            except OciError as problem:
                raise _failed(f"failed to determine artifact digest: {problem}") from None
        return Found(f"{tag}@{digest}", digest, location, access)

    async def see(self, repo: OciRepository, found: Found) -> None:
        """Make sure that the registry lets us have what was found: of a tag it has just said so.
        Raises Failure, or a Problem."""
        if repo.spec.ref is None or not repo.spec.ref.digest:
            return
        async with self.open(found.location, found.access, repo.spec.timeout) as repository:
            try:
                await repository.see(found.digest)
            except OciError as problem:
                message = f"failed to pull artifact from '{repo.spec.url}': {problem}"
                raise _failed(message) from None

    async def pull(self, repo: OciRepository, found: Found) -> Layer:
        """The layer that is wanted of what was found; the caller closes it. Raises Failure, or a
        Problem where it cannot be had."""
        selector = repo.spec.layer_selector
        media_type = selector.media_type if selector else ""
        is_copied = selector is not None and selector.operation == "copy"
        async with self.open(found.location, found.access, repo.spec.timeout) as repository:
            try:
                manifest = await repository.image(found.digest)
            except OciError as problem:
                message = f"failed to pull artifact from '{repo.spec.url}': {problem}"
                raise _failed(message) from None
            try:
                wanted = select(manifest, media_type)
                return await layer_of(
                    repository, manifest, wanted, self.scratch, unpacked=not is_copied
                )
            except LayerProblem as problem:
                raise Retryable(
                    "OCIArtifactLayerOperationFailed", str(problem), condition="FetchFailed"
                ) from None

    @asynccontextmanager
    async def open(
        self, location: Location, access: Access, limit: timedelta
    ) -> AsyncIterator[Repository]:
        """The repository, for as long as the limit allows. Raises Failure, or OciError."""
        try:
            async with (
                asyncio.timeout(limit.total_seconds()),
                self.lines.opened(location, access) as repository,
            ):
                yield repository
        except InvalidAccess as problem:
            message = f"failed to generate transport for '{location}': {problem}"
            raise Retryable("AuthenticationFailed", message, condition="FetchFailed") from None
        except TimeoutError:
            raise Unreachable(
                f"{location}: no end after {limit.total_seconds():g}s (spec.timeout)"
            ) from None


async def _tag(repo: OciRepository, ref: OciRef, repository: Repository) -> str:
    """The tag that is meant. Raises Failure."""
    selector = repo.spec.layer_selector
    media_type = selector.media_type if selector else ""
    about = f"failed to determine the artifact tag for '{repo.spec.url}'"
    try:
        if not ref.semver:
            return check_tag(ref.tag or LATEST)
        check_range(ref.semver, ref.semver_filter)
        return choose(await repository.tags(), ref.semver, ref.semver_filter, media_type)
    except (TagProblem, InvalidLocation) as problem:
        raise Stalled(
            "ReadOperationFailed", f"{about}: {problem}", condition="FetchFailed"
        ) from None
    except (OciError, NoTag) as problem:
        raise Retryable(
            "ReadOperationFailed", f"{about}: {problem}", condition="FetchFailed"
        ) from None


def _checked_digest(digest: str) -> str:
    try:
        return check_digest(digest)
    except InvalidLocation as problem:
        message = f"failed to determine artifact digest: {problem}"
        raise Stalled("OCIArtifactPullFailed", message, condition="FetchFailed") from None


def _failed(message: str) -> Retryable:
    return Retryable("OCIArtifactPullFailed", message, condition="FetchFailed")
