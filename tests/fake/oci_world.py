"""An OCIRepository with everything that it needs: a registry, Secrets, a disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared.api.oci_repository import OciRepository, OciRepositoryStatus
from shared.artifact.storage import DiskStorage
from shared.artifact.store import Store
from shared.cloud.identity import Identity
from shared.oci.credential import Keyring
from shared.oci.line import Lines
from shared.oci.location import Location
from shared.problem import Problem
from shared.reconcile.attempt import Attempt
from shared.reconcile.failure import Failure
from shared.reconcile.settlement import Ready
from source_controller.oci.access import SpecAccess
from source_controller.oci.twin import Twins
from source_controller.oci.upstream import RegistryUpstream
from source_controller.oci.verification import ArtifactSignatures
from source_controller.oci_repository import OciRepositoryReconciler
from source_controller.offer import Offers
from source_controller.shelf import Shelf
from source_controller.signature.verifier import Verifier
from tests.fake.clock import ManualClock

PLACE = "ocirepository/apps/podinfo"


class Missing(Problem):
    """There is no such object."""


def oci_repository(
    url: str, status: OciRepositoryStatus | None = None, **spec: object
) -> OciRepository:
    """An OCIRepository of this spec."""
    found = OciRepository.model_validate(
        {
            "metadata": {"name": "podinfo", "namespace": "apps", "generation": 1},
            "spec": {"url": url, "interval": "1m", "insecure": True, **spec},
        }
    )
    return found.model_copy(update={"status": status}) if status else found


@dataclass
class Holdings:
    """Secrets, service accounts, and clouds. `asked`: for whom clouds were asked."""

    secrets: dict[str, Mapping[str, str]] = field(default_factory=dict)
    accounts: dict[str, list[str]] = field(default_factory=dict)
    given: Keyring | Problem = field(default_factory=Keyring)
    asked: list[tuple[str, str, Identity]] = field(default_factory=list)

    async def data(self, namespace: str, name: str) -> Mapping[str, str]:
        if namespace != "apps" or name not in self.secrets:
            raise Missing(f'secrets "{name}" not found')
        return self.secrets[name]

    async def pull_secrets(self, namespace: str, name: str) -> list[str]:
        if namespace != "apps" or name not in self.accounts:
            raise Missing(f'serviceaccounts "{name}" not found')
        return self.accounts[name]

    async def keyring(self, provider: str, location: Location, identity: Identity) -> Keyring:
        self.asked.append((provider, str(location), identity))
        if isinstance(self.given, Problem):
            raise self.given
        return self.given


class Silence:
    """Writes nothing down."""

    def announce(self, doing: str) -> None:
        pass

    async def persist(self, attempt: Attempt[OciRepositoryStatus]) -> None:
        pass


class Fixed:
    """Where artifacts are fetched from."""

    async def url(self, path: str) -> str:
        return f"http://source/{path}"


@dataclass
class OciWorld:
    """The story with all of its rooms, over a directory."""

    root: Path
    holdings: Holdings = field(default_factory=Holdings)
    clock: ManualClock = field(default_factory=ManualClock)

    def __post_init__(self) -> None:
        self.lines = Lines(self.clock)
        self.store = Store(self.root / "store", self.clock)
        storage = DiskStorage(self.store)
        shelf = Shelf("ocirepository", storage, Offers({}), Fixed(), self.clock)
        accesses = SpecAccess(self.holdings, self.holdings, self.holdings)
        self.upstream = RegistryUpstream(accesses, self.lines, self.root / "scratch")
        signatures = ArtifactSignatures(self.holdings, Verifier(self.clock), self.lines)
        self.story = OciRepositoryReconciler(
            self.upstream, signatures, Twins(storage, self.clock), shelf
        )

    async def __aenter__(self) -> OciWorld:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.lines.close()

    async def reconciled(
        self, repo: OciRepository
    ) -> tuple[Ready | Failure, Attempt[OciRepositoryStatus]]:
        """The outcome of one attempt."""
        attempt = Attempt(repo.status, Silence())
        try:
            return await self.story.reconcile(repo, attempt), attempt
        except Failure as failure:
            return failure, attempt

    def stored(self, digest: str) -> bytes:
        """What is stored of a digest of a registry."""
        return (self.root / "store" / PLACE / f"{digest}.tar.gz").read_bytes()
