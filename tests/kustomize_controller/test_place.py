"""A Kustomization of one API server whose objects are in another."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import yaml

from kustomize_controller.admission import Rules
from kustomize_controller.terms import tenant_of
from kustomize_controller.trigger import kept_while_needed
from shared.api.kustomization import Kustomization
from shared.cluster.access import AccessError
from shared.cluster.client import Client
from shared.cluster.error import NotFound, Unreachable
from shared.manifest.identity import Manifest, Ref
from shared.manifest.managed_fields import entry_of
from shared.operation.change import ChangeLog
from shared.operation.problem import OperationProblem
from shared.problem import Problem
from shared.reconcile.failure import Stalled
from shared.runtime.queue import Queue
from tests import servers
from tests.kustomize_controller.conftest import Scene, untouched
from tests.servers import ApiServer

pytestmark = pytest.mark.slow
BY_SECRET = {"secretRef": {"name": "there"}}


@dataclass(frozen=True, slots=True)
class Abroad:
    """A scene, and another cluster that knows its users."""

    scene: Scene
    server: ApiServer
    there: Client

    def kustomization(self, **spec: object) -> Kustomization:
        return self.scene.kustomization(**{"kubeConfig": BY_SECRET, **spec})

    async def offer(self, kubeconfig: str) -> None:
        """The kubeconfig of the other cluster, in a Secret of this one."""
        await self.scene.client.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "there", "namespace": self.scene.namespace},
                "data": {"value": base64.b64encode(kubeconfig.encode()).decode()},
            },
            manager="someone",
        )

    async def is_there(self, ref: Ref) -> bool:
        try:
            await self.there.get(ref)
        except NotFound:
            return False
        return True


@pytest.fixture
async def abroad(scene: Scene) -> AsyncIterator[Abroad]:
    """Two clusters with a namespace of the same name, and our rooms at work."""
    async with servers.embedded(secure=True) as server, server.client() as there:
        await there.create(namespace(scene.namespace), manager="someone")
        abroad = Abroad(scene, server, there)
        await abroad.offer(server.kubeconfig.read_text())
        running = asyncio.create_task(scene.cluster.places.remotes.run())
        yield abroad
        running.cancel()
        await asyncio.wait([running])


def namespace(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


async def test_objects_are_made_in_the_other_cluster_and_not_in_ours(abroad: Abroad) -> None:
    ks = abroad.kustomization()

    changes = await abroad.scene.apply(abroad.scene.settings(colour="red"), ks=ks)

    live = await abroad.there.get(abroad.scene.ref())
    assert str(changes).endswith("web created")
    assert live["data"] == {"colour": "red"}
    assert entry_of(live, "kustomize-controller")
    assert not await abroad.scene.exists(abroad.scene.ref())


async def test_what_has_not_moved_there_costs_no_request_there(abroad: Abroad) -> None:
    ks = abroad.kustomization()
    await abroad.scene.apply(abroad.scene.settings(colour="red"), ks=ks)
    async with abroad.scene.cluster.places.of(tenant_of(ks, Rules())) as place:
        outlines = place.rollout.memory._outlines
        kind = abroad.scene.ref().gvk
        cache = outlines.of(kind, metadata_only=True, labels="kustomize.toolkit.fluxcd.io/name")
        async with asyncio.timeout(10):
            while cache.find(abroad.scene.namespace, "web") is None:
                await asyncio.sleep(0.01)
        before = dict(counted(place.client))

        changes = await abroad.scene.apply(abroad.scene.settings(colour="red"), ks=ks)

        assert [change.action for change in changes.changes] == ["unchanged"]
        assert dict(counted(place.client)) == before


def counted(client: Client) -> list[tuple[tuple[str, str], int]]:
    return [((verb, what), n) for verb, what, n in client.requests() if verb != "watch"]


async def test_what_is_stale_is_deleted_there(abroad: Abroad) -> None:
    ks = abroad.kustomization()
    await abroad.scene.apply(abroad.scene.settings(), ks=ks)

    pruned = await abroad.scene.cluster.prune(ks, [abroad.scene.ref()], ChangeLog())

    assert pruned.unconfirmed == ()
    assert not await abroad.is_there(abroad.scene.ref())


async def test_health_is_that_of_the_objects_there(abroad: Abroad) -> None:
    ks = abroad.kustomization(wait=True)
    changes = await abroad.scene.apply(abroad.scene.settings(), ks=ks)

    report = await abroad.scene.cluster.check(ks, [abroad.scene.ref()], changes, untouched)

    assert report.faults == ()


async def test_the_account_is_one_of_the_other_cluster(abroad: Abroad) -> None:
    ks = abroad.kustomization(serviceAccountName="deployer")

    with pytest.raises(Problem, match=f"system:serviceaccount:{abroad.scene.namespace}:deployer"):
        await abroad.scene.apply(abroad.scene.settings(), ks=ks)

    await allow(abroad.there, abroad.scene.namespace, "deployer")
    await abroad.scene.apply(abroad.scene.settings(), ks=ks)
    assert await abroad.is_there(abroad.scene.ref())


async def allow(client: Client, namespace: str, account: str) -> None:
    await client.apply(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": account},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "cluster-admin",
            },
            "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
        },
        manager="someone",
    )


async def test_another_kubeconfig_is_another_connection(abroad: Abroad) -> None:
    ks = abroad.kustomization()
    await abroad.scene.apply(abroad.scene.settings(), ks=ks)
    token = yaml.safe_load(abroad.server.kubeconfig.read_text())
    token["users"][0]["user"] = {"token": "of nobody"}

    await abroad.offer(yaml.safe_dump(token))

    with pytest.raises(Problem):
        await abroad.scene.apply(abroad.scene.settings(), ks=ks)
    assert len(abroad.scene.cluster.places.remotes) == 1


async def test_a_missing_secret_is_named_with_the_field(abroad: Abroad) -> None:
    ks = abroad.kustomization(kubeConfig={"secretRef": {"name": "nowhere"}})

    with pytest.raises(
        AccessError, match=r"spec\.kubeConfig\.secretRef: Secret/.*/nowhere not found"
    ):
        await abroad.scene.apply(abroad.scene.settings(), ks=ks)


async def test_a_cloud_stalls_with_the_field_named(abroad: Abroad) -> None:
    await abroad.scene.client.create(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "there", "namespace": abroad.scene.namespace},
            "data": {"provider": "aws", "cluster": "there", "serviceAccountName": "deployer"},
        },
        manager="someone",
    )
    ks = abroad.kustomization(kubeConfig={"configMapRef": {"name": "there"}})

    with pytest.raises(Stalled, match=r"spec\.kubeConfig\.configMapRef: .* not reached") as caught:
        await abroad.scene.apply(abroad.scene.settings(), ks=ks)

    assert caught.value.reason == "FeatureGateDisabled"


async def test_where_the_other_cluster_is_gone_nothing_is_let_go_of(abroad: Abroad) -> None:
    ks = abroad.kustomization()
    await abroad.scene.apply(abroad.scene.settings(), ks=ks)

    await abroad.server.stop()

    with pytest.raises(OperationProblem, match=r"stays, .*deletionPolicy: Orphan") as caught:
        await abroad.scene.cluster.has_account(ks)
    assert isinstance(caught.value.__cause__, Unreachable)
    await abroad.server.start()


async def test_where_the_way_there_is_lost_nothing_is_let_go_of(abroad: Abroad) -> None:
    ks = abroad.kustomization(kubeConfig={"secretRef": {"name": "nowhere"}})

    with pytest.raises(OperationProblem, match=r"nowhere not found.*deletionPolicy: Orphan"):
        await abroad.scene.cluster.has_account(ks)


@pytest.mark.parametrize(("made", "expected"), [(True, True), (False, False)])
async def test_an_account_that_is_gone_there_leaves_its_objects(
    abroad: Abroad, made: bool, expected: bool
) -> None:
    if made:
        await abroad.there.create(
            {
                "apiVersion": "v1",
                "kind": "ServiceAccount",
                "metadata": {"name": "deployer", "namespace": abroad.scene.namespace},
            },
            manager="someone",
        )
    ks = abroad.kustomization(serviceAccountName="deployer")

    assert await abroad.scene.cluster.has_account(ks) == expected


async def test_who_may_not_ask_for_the_account_takes_it_to_be_there(abroad: Abroad) -> None:
    account = {"name": "reader", "namespace": abroad.scene.namespace}
    await abroad.there.create(
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account}, manager="someone"
    )
    async with abroad.server.session() as api:
        path = f"/api/v1/namespaces/{abroad.scene.namespace}/serviceaccounts/reader/token"
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        async with api.post(path, json=asked) as answer:
            token = (await answer.json())["status"]["token"]
    await abroad.offer(abroad.server.kubeconfig_of(token).read_text())
    ks = abroad.kustomization(serviceAccountName="deployer")

    assert await abroad.scene.cluster.has_account(ks)
    with pytest.raises(Problem, match="cannot impersonate"):
        await abroad.scene.apply(abroad.scene.settings(), ks=ks)


async def test_a_cluster_that_trusts_our_accounts_gets_their_tokens(abroad: Abroad) -> None:
    here, where = abroad.server, abroad.scene.namespace
    await allow(abroad.there, where, "deployer")
    for made in (
        {"kind": "ServiceAccount", "metadata": {"name": "deployer", "namespace": where}},
        {
            "kind": "ConfigMap",
            "metadata": {"name": "there", "namespace": where},
            "data": {
                "provider": "generic",
                "address": here.url,
                "ca.crt": here.authority,
                "audiences": "https://kubernetes.default.svc",
                "serviceAccountName": "deployer",
            },
        },
    ):
        await abroad.there.create({"apiVersion": "v1", **made}, manager="someone")
    # The cluster that trusts our accounts is at hand: our own, by way of its address.
    places = abroad.scene.cluster.places
    reader = type(places.reader)(abroad.there, places.reader.clock)
    ks = abroad.kustomization(kubeConfig={"configMapRef": {"name": "there"}})

    way = await reader.read(ks.spec.kube_config, where)
    async with places.remotes.using(way, "somebody") as ground:
        await ground.client.apply(abroad.scene.settings(), manager="someone")

    assert await abroad.is_there(abroad.scene.ref())


async def test_a_kustomization_that_is_gone_holds_no_cluster(abroad: Abroad) -> None:
    ks = abroad.kustomization()
    places = abroad.scene.cluster.places
    await abroad.scene.apply(abroad.scene.settings(), ks=ks)
    watched = Watched()
    kept_while_needed(watched, places.remotes.release)(Queue())
    meta = {"name": ks.metadata.name, "namespace": ks.metadata.namespace}
    held = {"metadata": meta, "spec": {"kubeConfig": BY_SECRET}}

    watched.tell(None, held)
    before = len(places.remotes)
    watched.tell(held, None)

    assert (before, len(places.remotes)) == (1, 0)


async def test_a_kustomization_that_comes_home_holds_no_cluster(abroad: Abroad) -> None:
    await abroad.scene.apply(abroad.scene.settings(), ks=abroad.kustomization())

    await abroad.scene.apply(abroad.scene.settings(), ks=abroad.scene.kustomization())

    assert len(abroad.scene.cluster.places.remotes) == 0
    assert await abroad.scene.exists(abroad.scene.ref())


class Watched:
    """A kind whose changes the test tells."""

    def all(self) -> list[Manifest]:
        return []

    def subscribe(self, listener) -> None:
        self.tell = listener
