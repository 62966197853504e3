"""What a journey stands on: an API server, a repository, controllers, and eyes to see with."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from shared.api.definition import KINDS, CustomResource, definition
from shared.cluster.client import Client
from shared.cluster.error import NotFound
from shared.manifest.identity import Manifest, Ref, metadata, section
from tests.journeys.controllers import Controllers, Storage, command
from tests.journeys.repository import Repository
from tests.servers import ApiServer, RealServer

MANAGER = "somebody"
URL = "http://localhost/apps"
LIMIT = 40.0


@dataclass(frozen=True, slots=True)
class Journey:
    """One repository that one Kustomization follows, in a namespace of its own. `audited`: how much
    of the server's audit log has been looked through."""

    server: ApiServer
    client: Client
    repository: Repository
    controllers: Controllers
    namespace: str
    audited: list[int] = field(default_factory=list)

    def ref(self, kind: str, name: str) -> Ref:
        """An object of the journey's namespace, by a kind that journeys use."""
        group, version = {
            "Kustomization": ("kustomize.toolkit.fluxcd.io", "v1"),
            "GitRepository": ("source.toolkit.fluxcd.io", "v1"),
            "Bucket": ("source.toolkit.fluxcd.io", "v1"),
            "Deployment": ("apps", "v1"),
        }.get(kind, ("", "v1"))
        return Ref(group, kind, self.namespace, name, version)

    async def find(self, kind: str, name: str) -> Manifest | None:
        """The object, or None."""
        try:
            return await self.client.get(self.ref(kind, name))
        except NotFound:
            return None

    async def apply(self, manifest: Manifest) -> Manifest:
        """Apply as a person would."""
        return await self.client.apply(manifest, manager=MANAGER)

    async def change(self, kind: str, name: str, patch: Manifest) -> None:
        """Merge-patch an object as a person would."""
        await self.client.patch(self.ref(kind, name), patch, manager=MANAGER)

    async def follow(self, **spec: object) -> None:
        """Ask for the repository, and for its directory `apps`, to be followed."""
        await self.apply(
            self._ours("GitRepository", {"url": URL, "interval": "1s", "ref": {"branch": "main"}})
        )
        source = {"kind": "GitRepository", "name": "apps"}
        asked = {
            "interval": "10m", "retryInterval": "1s", "timeout": "20s", "path": "./apps",
            "prune": True, "sourceRef": source, **spec,
        }  # fmt: skip
        await self.apply(self._ours("Kustomization", asked))

    def _ours(self, kind: str, spec: dict[str, object]) -> Manifest:
        ref = self.ref(kind, "apps")
        meta = {"name": "apps", "namespace": self.namespace, "labels": {"journey": self.namespace}}
        return {
            "apiVersion": ref.gvk.api_version, "kind": kind, "metadata": meta, "spec": spec,
        }  # fmt: skip

    async def until_applied(self, revision: str) -> Manifest:
        """Wait until the Kustomization is Ready at a revision; the object."""

        async def applied() -> Manifest | None:
            found = await self.find("Kustomization", "apps")
            status = section(found or {}, "status")
            is_there = status.get("lastAppliedRevision") == revision
            return found if is_there and ready_of(found or {})["status"] == "True" else None

        return await self.until(applied, f"Kustomization/apps is Ready at {revision}")

    async def until_unready(self, words: str) -> Manifest:
        """Wait until the Kustomization is not Ready, and says so with these words; the object."""

        async def unready() -> Manifest | None:
            found = await self.find("Kustomization", "apps")
            ready = ready_of(found or {})
            return found if ready["status"] == "False" and words in ready["message"] else None

        return await self.until(unready, f"Kustomization/apps is not Ready, because of {words}")

    async def until_gone(self, kind: str, name: str) -> None:
        """Wait until an object is gone."""

        async def gone() -> bool:
            return await self.find(kind, name) is None

        await self.until(gone, f"{kind}/{name} is gone")

    async def until(self, look: Callable[[], Awaitable[object]], what: str) -> Manifest:
        """Look again and again until there is something to see. Fails with what the Kustomization
        and the controllers said instead."""
        limit = time.monotonic() + LIMIT
        while time.monotonic() < limit:
            found = await look()
            if found:
                return found if isinstance(found, dict) else {}
            await asyncio.sleep(0.05)
        said = section(await self.find("Kustomization", "apps") or {}, "status")
        log = self.controllers.log.read_text()[-6000:]
        raise AssertionError(f"not within {LIMIT:g}s: {what}\nstatus: {said}\nlog:\n{log}")


async def install(client: Client, kinds: Iterable[type[CustomResource]] = KINDS) -> None:
    """Install our kinds, or some of them, and wait until they are served."""
    for kind in kinds:
        made = await client.apply(definition(kind), manager=MANAGER)
        while not any(
            one["type"] == "Established" and one["status"] == "True"
            for one in section(made, "status").get("conditions") or []
        ):
            await asyncio.sleep(0.05)
            made = await client.get(Ref.of(made))


def ready_of(manifest: Manifest) -> dict[str, str]:
    """The Ready condition of an object; one that says nothing where there is none."""
    conditions = section(manifest, "status").get("conditions") or []
    assert isinstance(conditions, list)
    nothing = {"status": "Unknown", "reason": "", "message": ""}
    return next((one for one in conditions if one["type"] == "Ready"), nothing)


def uid_of(manifest: Manifest | None) -> object:
    """What tells an object from a later one of its name."""
    return metadata(manifest or {}).get("uid")


@asynccontextmanager
async def journey_on(
    server: ApiServer, namespace: str, place: Path, port: int
) -> AsyncIterator[Journey]:
    """A journey with its controllers running, in one process that sees only its namespace; they
    are ended whatever happens. `port`: where artifacts are served, also after a restart."""
    words = command("controllers", "source", "kustomize", kubeconfig=server.kubeconfig)
    flags = [*storage_in(place, port).flags(), "--watch-all-namespaces=false"]
    controllers = Controllers([words + flags], namespace, place / "controllers.log")
    async with journey_by(controllers, server, namespace, place) as journey:
        yield journey


def storage_in(place: Path, port: int) -> Storage:
    """The storage of a journey that takes place in a directory."""
    return Storage(place / "storage", port, f"{URL}={place / 'repository'}")


@asynccontextmanager
async def journey_by(
    controllers: Controllers, server: ApiServer, namespace: str, place: Path
) -> AsyncIterator[Journey]:
    """A journey with these controllers."""
    repository = Repository.made(place / "repository")
    async with server.client() as client:
        await install(client)
        await controllers.start()
        try:
            audited = [len(server.audit())] if isinstance(server, RealServer) else []
            yield Journey(server, client, repository, controllers, namespace, audited)
        finally:
            await controllers.end()
