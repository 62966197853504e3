from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from shared.api.reference import KubeConfigReference
from shared.cloud.service import CloudService
from shared.cloud.surroundings import Surroundings
from shared.cluster.access import AccessError
from shared.cluster.cloud_access import CloudAccess, UnsupportedProvider
from shared.cluster.remote_access import RemoteReader
from tests.fake.api_server import Says
from tests.fake.cloud import cloud
from tests.fake.service_accounts import ServiceAccounts

REFERENCE = KubeConfigReference.model_validate({"configMapRef": {"name": "there"}})
CLUSTER = "projects/project-1/locations/europe-west1/clusters/there"
PROVIDER = "projects/12/locations/global/workloadIdentityPools/pool/providers/here"
LINKED = {"gcp.auth.fluxcd.io/workload-identity-provider": PROVIDER}


@pytest.fixture
async def sky():
    async with cloud() as made:
        made.answers |= {
            "sts.googleapis.com/v1/token": (200, {"access_token": "T", "expires_in": 3600}),
            f"container.googleapis.com/v1/{CLUSTER}": (
                200,
                {
                    "endpoint": "10.0.0.1",
                    "masterAuth": {"clusterCaCertificate": base64.b64encode(b"PEM").decode()},
                },
            ),
        }
        yield made


@pytest.fixture
def reader(client, clock, sky):
    """Reads ways to clusters, with the feature gate as it is said."""

    def made(*, objects: bool = True) -> RemoteReader:
        accounts = ServiceAccounts({"apps/deployer": LINKED, "evil/deployer": LINKED})
        clouds = CloudService(Surroundings(sky, clock, accounts, {}), objects=objects)
        return RemoteReader(client, clock, clouds=CloudAccess(clouds))

    return made


def offer(server, namespace: str = "apps", **data: str) -> None:
    whole = {"provider": "gcp", "cluster": CLUSTER, "serviceAccountName": "deployer", **data}
    path = f"GET /api/v1/namespaces/{namespace}/configmaps/there"
    server.on(path, Says(body={"data": whole}))


async def test_a_cloud_says_where_its_cluster_is_and_gives_a_token(server, reader) -> None:
    offer(server)

    way = await reader().read(REFERENCE, "apps")

    assert way.access.server == "https://10.0.0.1"
    assert way.access.ca.read() == b"PEM"
    assert (await way.access.credential.identity()).authorization == "Bearer T"


async def test_what_the_config_map_says_of_it_is_not_asked_for(server, reader, sky) -> None:
    offer(server, address="https://there/", **{"ca.crt": "OURS"})

    way = await reader().read(REFERENCE, "apps")

    assert way.access.server == "https://there"
    assert way.access.ca.read() == b"OURS"
    assert {one.host for one in sky.requests} == {"sts.googleapis.com"}


async def test_where_it_is_is_asked_once(server, reader, sky) -> None:
    offer(server)
    same = reader()

    ways = [await same.read(REFERENCE, "apps") for _ in range(3)]

    assert len({way.digest for way in ways}) == 1
    assert len(sky.requests) == 2


async def test_another_namespace_is_another_way(server, reader) -> None:
    offer(server)
    offer(server, "evil")
    same = reader()

    ways = [await same.read(REFERENCE, namespace) for namespace in ("apps", "evil")]

    assert len({way.digest for way in ways}) == 2


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"cluster": ""}, "cluster has to be projects/"),
        ({"address": "http://there", "ca.crt": "x"}, "has to be the https:// URL"),
        ({"serviceAccountName": "gone"}, "ServiceAccount/apps/gone not found"),
        ({"serviceAccountName": ""}, "serviceAccountName is missing"),
        ({"cluster": CLUSTER.replace("there", "other")}, "Google Kubernetes Engine answers 404"),
    ],
)
async def test_what_is_wrong_is_said_with_the_place(server, reader, data, says) -> None:
    offer(server, **data)

    with pytest.raises(AccessError, match=r"spec\.kubeConfig\.configMapRef: ConfigMap/apps/there"):
        await reader().read(REFERENCE, "apps")
    with pytest.raises(AccessError, match=says):
        await reader().read(REFERENCE, "apps")


async def test_with_the_gate_off_it_is_refused_for_good(server, reader, sky) -> None:
    offer(server)

    with pytest.raises(UnsupportedProvider, match="ObjectLevelWorkloadIdentity is off"):
        await reader(objects=False).read(REFERENCE, "apps")

    assert sky.requests == []


async def test_a_token_that_is_not_given_any_more_is_told(server, reader, sky, clock) -> None:
    offer(server)
    way = await reader().read(REFERENCE, "apps")
    sky.answers["sts.googleapis.com/v1/token"] = (403, {"error": "access_denied"})
    clock.advance(timedelta(hours=1))

    with pytest.raises(AccessError, match=f"no token for {CLUSTER}: Google STS answers 403"):
        await way.access.credential.identity()
