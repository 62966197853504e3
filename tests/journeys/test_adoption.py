"""An installation changes hands between Flux's kustomize-controller and ours, both ways, and not
one managed object is written.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.cluster.client import Client
from shared.manifest.identity import Manifest, Ref, section
from shared.manifest.inventory import ref_of
from shared.manifest.managed_fields import entry_of
from tests import servers
from tests.fake.shelf import Shelf, standing
from tests.journeys.controllers import Controllers
from tests.journeys.journey import install, ready_of
from tests.peers import peer
from tests.real.audit import Request
from tests.real.build import KUBE
from tests.servers import RealServer

pytestmark = [pytest.mark.real, pytest.mark.slow]

OBJECTS = (Path(__file__).parents[1] / "data/adoption/objects.yaml").read_text()
HOME = "flux-system"
SOURCE = Ref("source.toolkit.fluxcd.io", "GitRepository", HOME, "apps", "v1")
APPLIER = Ref("kustomize.toolkit.fluxcd.io", "Kustomization", HOME, "apps", "v1")
WRITES = {"create", "update", "patch", "delete", "deletecollection"}
NUMBER = OBJECTS.count("apiVersion: ") - 1
"""How many objects there are: one `apiVersion` is a field of an object."""

OWN = {"kustomizations", "kustomizations/status", "events", "leases"}
"""What a controller writes besides the objects that it manages."""


@dataclass(frozen=True, slots=True)
class Estate:
    """A control plane of its own, with a Kustomization that nobody works on yet."""

    server: RealServer
    client: Client
    place: Path

    @asynccontextmanager
    async def run_by(self, name: str) -> AsyncIterator[None]:
        """While inside, one of the two controllers is at work."""
        flux = [str(peer("kustomize-controller"))]
        start = {"flux": flux, "penstock": [sys.executable, "-m", "kustomize_controller"]}[name]
        words = ["env", f"KUBECONFIG={self.server.kubeconfig}", *start, "--metrics-addr=0"]
        words.append("--health-addr=127.0.0.1:0")
        controllers = Controllers([words], HOME, self.place / f"{name}.log")
        await controllers.start()
        try:
            yield
        finally:
            await controllers.end()

    async def look(self, name: str, token: str) -> Manifest:
        """Let one of the two look at everything; the Kustomization then. Flux's says that a request
        is handled, and that all is well, before the inventory is written down."""
        async with self.run_by(name):
            asked = {"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": token}}}
            await self.client.patch(APPLIER, asked, manager="someone")
            return await self.until(
                lambda found: (
                    section(found, "status").get("lastHandledReconcileAt") == token
                    and ready_of(found)["status"] == "True"
                    and len(listed(found)) == NUMBER
                ),
                f"{name} has looked",
            )

    async def until(self, seen: Callable[[Manifest], bool], what: str) -> Manifest:
        """The Kustomization once it is as it should become; what was said instead, if not."""
        found: Manifest = {}
        try:
            async with asyncio.timeout(60):
                while not seen(found):
                    await asyncio.sleep(0.05)
                    found = await self.client.get(APPLIER)
        except TimeoutError:
            logs = "\n".join(path.read_text()[-3000:] for path in self.place.glob("*.log"))
            pytest.fail(f"not within a minute: {what}\n{found.get('status')}\n{logs}")
        return found

    async def entries(self) -> dict[Ref, Manifest | None]:
        """What we own of each object in the inventory: both controllers are one field manager."""
        found = section(await self.client.get(APPLIER), "status")
        listed = section(found, "inventory")["entries"]
        refs = [ref_of(one["id"], one["v"]) for one in listed]
        return {ref: entry_of(await self.client.get(ref), "kustomize-controller") for ref in refs}

    def writes_since(self, number: int) -> list[Request]:
        """What was written to managed objects, by whichever controller."""
        return [
            one
            for one in self.server.audit()[number:]
            if one.verb in WRITES and not one.dry_run and one.resource not in OWN
        ]


@pytest.fixture
async def estate(tmp_path: Path) -> AsyncIterator[Estate]:
    peer("kustomize-controller")
    if not KUBE.binary().exists():
        pytest.skip("the real kube-apiserver is not built: python -m tests.real.build")
    with servers.real() as server:
        async with server.client() as client, standing() as shelf:
            await prepare(client, shelf)
            yield Estate(server, client, tmp_path)


async def prepare(client: Client, shelf: Shelf) -> None:
    await install(client)
    for plural, kind in (("ocirepositories", "OCIRepository"), ("buckets", "Bucket")):
        await client.apply(_definition(plural, kind), manager="someone")
    home = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": HOME}}
    await client.apply(home, manager="someone")
    await client.create(_made(SOURCE, interval="1h", url="https://example.org/apps"), manager="me")
    artifact = shelf.put("one", {"apps/objects.yaml": OBJECTS})
    await client.patch(
        SOURCE, {"status": {"artifact": artifact}}, manager="me", subresource="status"
    )
    source = {"kind": "GitRepository", "name": "apps"}
    asked = {"interval": "1h", "path": "./apps", "prune": True, "sourceRef": source}
    await client.create(_made(APPLIER, **asked), manager="me")


def _made(ref: Ref, **spec: object) -> Manifest:
    meta = {"name": ref.name, "namespace": ref.namespace}
    return {
        "apiVersion": ref.gvk.api_version,
        "kind": ref.kind,
        "metadata": meta,
        "spec": spec,
    }


def _definition(plural: str, kind: str) -> Manifest:
    """A kind that Flux's controller wants to watch, without a single object."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{SOURCE.group}"},
        "spec": {
            "group": SOURCE.group,
            "scope": "Namespaced",
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "schema": {"openAPIV3Schema": schema},
                }
            ],
        },
    }


@pytest.mark.parametrize(("first", "second"), [("flux", "penstock"), ("penstock", "flux")])
async def test_what_one_has_applied_the_other_adopts_without_a_write_and_the_way_back_too(
    estate: Estate, first: str, second: str
) -> None:
    applied = await estate.look(first, "1")
    entries = await estate.entries()
    begun = len(estate.server.audit())

    adopted = await estate.look(second, "2")
    returned = await estate.look(first, "3")

    assert estate.writes_since(begun) == []
    assert await estate.entries() == entries
    assert len(entries) == NUMBER
    assert listed(applied) == listed(adopted) == listed(returned)


def listed(applier: Manifest) -> set[tuple[str, str]]:
    """The inventory; in which order it is, differs."""
    entries = section(section(applier, "status"), "inventory").get("entries", [])
    return {(one["id"], one["v"]) for one in entries}
