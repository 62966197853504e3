"""A commit reaches another cluster: its objects are made, put right and taken away there, and not
one of them is in ours.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from shared.cluster.client import Client
from shared.cluster.error import NotFound
from shared.manifest.identity import Manifest, Ref, section, text
from tests import servers
from tests.journeys.journey import MANAGER, Journey
from tests.journeys.scene import page, pages, told
from tests.servers import ApiServer

pytestmark = [pytest.mark.journey, pytest.mark.slow]


@dataclass(frozen=True, slots=True)
class Abroad:
    """A journey of one API server whose objects are in another."""

    journey: Journey
    server: ApiServer
    client: Client

    def ref(self, name: str) -> Ref:
        return self.journey.ref("ConfigMap", name)

    async def find(self, name: str) -> Manifest | None:
        """A ConfigMap of the other cluster."""
        try:
            return await self.client.get(self.ref(name))
        except NotFound:
            return None

    async def title_of(self, name: str) -> object:
        return section(await self.find(name) or {}, "data").get("title")

    async def until_titled(self, name: str, title: object) -> None:
        async def titled() -> bool:
            return await self.title_of(name) == title

        await self.journey.until(titled, f"{name} is titled {title} in the other cluster")

    async def arrived(self, titles: dict[str, str]) -> str:
        """Commit pages, and wait until they are applied; the revision."""
        revision = self.journey.repository.push(pages(self.journey, titles))
        await self.journey.until_applied(revision)
        return revision


@pytest.fixture
async def abroad(journey: Journey) -> AsyncIterator[Abroad]:
    """Two API servers with a namespace of the same name, and a way from one to the other."""
    async with servers.embedded(secure=True) as server, server.client() as client:
        home: Manifest = {"apiVersion": "v1", "kind": "Namespace"}
        await client.create(home | {"metadata": {"name": journey.namespace}}, manager=MANAGER)
        await journey.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "there", "namespace": journey.namespace},
                "data": {"value": base64.b64encode(server.kubeconfig.read_bytes()).decode()},
            }
        )
        abroad = Abroad(journey, server, client)
        abroad.journey.repository.push(pages(journey, {"page": "Shop", "other": "Same"}))
        await journey.follow(kubeConfig={"secretRef": {"name": "there"}})
        await abroad.until_titled("page", "Shop")
        yield abroad
        await journey.client.delete(journey.ref("Kustomization", "apps"))
        await journey.until_gone("Kustomization", "apps")
        assert await abroad.find("page") is None


async def test_a_commit_is_applied_there_and_pruned_there(abroad: Abroad) -> None:
    await abroad.arrived({"page": "Bigger", "other": "Same"})
    assert await abroad.title_of("page") == "Bigger"
    assert await abroad.journey.find("ConfigMap", "page") is None

    gone = abroad.journey.repository.push({"apps/other.yaml": None, **_only_the_page(abroad)})
    await abroad.journey.until_applied(gone)

    assert await abroad.find("other") is None
    assert await abroad.title_of("page") == "Bigger"


def _only_the_page(abroad: Abroad) -> dict[str, str | None]:
    return pages(abroad.journey, {"page": "Bigger"})


async def test_drift_there_is_put_right_at_once_and_explained_here(abroad: Abroad) -> None:
    await abroad.arrived({"page": "Shop!", "other": "Same"})

    await abroad.client.patch(abroad.ref("page"), {"data": {"title": "Mine"}}, manager="someone")
    await abroad.until_titled("page", "Shop!")
    await abroad.client.delete(abroad.ref("other"))
    await abroad.until_titled("other", "Same")

    async def explained() -> bool:
        said = "\n".join(text(one, "message") for one in await told(abroad.journey, "Progressing"))
        return "data.title (changed by someone" in said and "other created: it was gone" in said

    await abroad.journey.until(explained, "both are told in Events")


async def test_what_moved_while_it_was_away_is_put_right_when_it_is_back(abroad: Abroad) -> None:
    await abroad.arrived({"page": "Shop!", "other": "Same"})

    async with abroad.server.down():
        revision = abroad.journey.repository.push({"apps/page.yaml": page("page", "Bigger")})
        await abroad.journey.until_unready("")

    await abroad.journey.until_applied(revision)
    await abroad.until_titled("page", "Bigger")
    await abroad.client.patch(abroad.ref("page"), {"data": {"title": "Mine"}}, manager="someone")
    await abroad.until_titled("page", "Bigger")
