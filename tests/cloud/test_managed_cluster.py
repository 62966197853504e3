"""Clusters of EKS, GKE and AKS: where they are, and the tokens that they take."""

from __future__ import annotations

import base64
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.cloud.aks import Aks
from shared.cloud.eks import Eks
from shared.cloud.error import CloudError
from shared.cloud.gke import Gke
from shared.cloud.identity import Identity
from shared.cloud.managed_cluster import Described
from tests.fake.clock import NOON

DEPLOYER = Identity("apps", "deployer")
EKS = "arn:aws:eks:eu-west-1:123456789012:cluster/there"
GKE = "projects/project-1/locations/europe-west1/clusters/there"
AKS = (
    "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/group"
    "/providers/Microsoft.ContainerService/managedClusters/there"
)
CA = base64.b64encode(b"PEM").decode()
LINKS = {
    "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/reader",
    "gcp.auth.fluxcd.io/workload-identity-provider": (
        "projects/12/locations/global/workloadIdentityPools/pool/providers/here"
    ),
    "azure.workload.identity/client-id": "client",
    "azure.workload.identity/tenant-id": "tenant",
}
SESSION = (
    "<AccessKeyId>T</AccessKeyId><SecretAccessKey>hunter2</SecretAccessKey>"
    "<SessionToken>U</SessionToken><Expiration>2026-01-01T13:00:00Z</Expiration>"
)
TOKEN = (200, {"access_token": "T", "expires_in": 3600})


@pytest.fixture(autouse=True)
def linked(sky, accounts) -> None:
    """An account that all clouds know."""
    accounts.found["apps/deployer"] = LINKS
    sky.answers |= {
        "sts.eu-west-1.amazonaws.com/": (200, SESSION),
        "sts.googleapis.com/v1/token": TOKEN,
        "login.microsoftonline.com/tenant/oauth2/v2.0/token": TOKEN,
    }


@pytest.fixture
def eks(clouds) -> Eks:
    service = clouds({})
    return Eks(service, service.surroundings)


@pytest.fixture
def gke(clouds) -> Gke:
    service = clouds({})
    return Gke(service, service.surroundings)


@pytest.fixture
def aks(clouds) -> Aks:
    service = clouds({})
    return Aks(service, service.surroundings)


async def test_eks_says_where_a_cluster_is(sky, eks: Eks) -> None:
    sky.answers["eks.eu-west-1.amazonaws.com/clusters/there"] = (
        200,
        {"cluster": {"endpoint": "https://there", "certificateAuthority": {"data": CA}}},
    )

    assert await eks.describe(EKS, DEPLOYER) == Described("https://there", "PEM")

    assert "/eu-west-1/eks/aws4_request" in sky.requests[-1].headers["authorization"]


async def test_a_token_of_eks_is_a_signed_question(eks: Eks) -> None:
    token = await eks.token(EKS, DEPLOYER)

    kind, _, text = token.text.partition(".")
    url = urlsplit(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode())
    said = {key: values[0] for key, values in parse_qs(url.query).items()}
    assert kind == "k8s-aws-v1"
    assert url.netloc == "sts.eu-west-1.amazonaws.com"
    assert said["Action"] == "GetCallerIdentity"
    assert said["X-Amz-SignedHeaders"] == "host;x-k8s-aws-id"
    assert said["X-Amz-Security-Token"] == "U"
    assert len(said["X-Amz-Signature"]) == 64
    assert token.until == NOON + timedelta(minutes=14)
    assert "hunter2" not in url.query


async def test_gke_says_where_a_cluster_is(sky, gke: Gke) -> None:
    sky.answers[f"container.googleapis.com/v1/{GKE}"] = (
        200,
        {"endpoint": "10.0.0.1", "masterAuth": {"clusterCaCertificate": CA}},
    )

    assert await gke.describe(GKE, DEPLOYER) == Described("https://10.0.0.1", "PEM")
    assert (await gke.token(GKE, DEPLOYER)).text == "T"

    assert sky.requests[-1].headers["authorization"] == "Bearer T"


KUBECONFIG = f"""
clusters: [{{name: a, cluster: {{server: "https://there:443", certificate-authority-data: {CA}}}}}]
users: [{{name: a, user: {{exec: {{command: kubelogin}}}}}}]
"""


def listed(text: str) -> tuple[int, object]:
    value = base64.b64encode(text.encode()).decode()
    return 200, {"kubeconfigs": [{"name": "clusterUser", "value": value}]}


async def test_azure_says_where_a_cluster_is(sky, aks: Aks) -> None:
    place = f"management.azure.com{AKS}"
    sky.answers[f"{place}/listClusterUserCredential"] = listed(KUBECONFIG)
    sky.answers[place] = (200, {"properties": {"aadProfile": {"managed": True}}})

    assert await aks.describe(AKS, DEPLOYER) == Described("https://there:443", "PEM")
    assert (await aks.token(AKS, DEPLOYER)).text == "T"

    scopes = [one.form()["scope"] for one in sky.requests if one.host.startswith("login")]
    assert scopes == [
        "https://management.azure.com/.default",
        "6dae42f8-4368-4678-94ff-3960e28e3630/.default",
    ]


async def test_a_cluster_without_entra_is_told(sky, aks: Aks) -> None:
    sky.answers[f"management.azure.com{AKS}"] = (200, {"properties": {}})

    with pytest.raises(CloudError, match="no integration with Entra ID"):
        await aks.describe(AKS, DEPLOYER)


@pytest.mark.parametrize("text", ["", "{", "a: 1", "clusters: []", "clusters: [{cluster: {}}]"])
async def test_a_kubeconfig_that_is_none_is_told(sky, aks: Aks, text: str) -> None:
    place = f"management.azure.com{AKS}"
    sky.answers[f"{place}/listClusterUserCredential"] = listed(text)
    sky.answers[place] = (200, {"properties": {"aadProfile": {"managed": True}}})

    with pytest.raises(CloudError, match="Azure Resource Manager answers without"):
        await aks.describe(AKS, DEPLOYER)


async def test_in_other_clouds_of_azure_another_host_manages(sky, clouds) -> None:
    service = clouds({"AZURE_AUTHORITY_HOST": "https://login.microsoftonline.us"})
    sky.answers["login.microsoftonline.us/tenant/oauth2/v2.0/token"] = TOKEN

    with pytest.raises(CloudError, match="answers 404"):
        await Aks(service, service.surroundings).describe(AKS, DEPLOYER)

    assert sky.requests[-1].host == "management.usgovcloudapi.net"


@pytest.mark.parametrize(
    ("cloud", "cluster"),
    [
        ("eks", ""),
        ("eks", "there"),
        ("eks", f"{EKS}/../x"),
        ("eks", EKS.replace("eu-west-1", "evil.example.org#")),
        ("eks", f"{EKS}?a"),
        ("gke", ""),
        ("gke", f"{GKE}/nodePools"),
        ("gke", GKE.replace("there", "..")),
        ("gke", f"../{GKE}"),
        ("aks", ""),
        ("aks", f"@evil.example.org{AKS}"),
        ("aks", AKS.replace("group/", "../")),
        ("aks", f"{AKS}?x"),
    ],
)
async def test_a_name_cannot_lead_us_elsewhere(request, sky, cloud: str, cluster: str) -> None:
    clusters = request.getfixturevalue(cloud)

    for ask in (clusters.describe, clusters.token):
        with pytest.raises(CloudError, match="cluster has to be"):
            await ask(cluster, DEPLOYER)

    assert sky.requests == []


@pytest.mark.parametrize("data", [None, "!", "/w=="])
async def test_an_answer_without_certificates_is_told(sky, gke: Gke, data: object) -> None:
    sky.answers[f"container.googleapis.com/v1/{GKE}"] = (
        200,
        {"endpoint": "10.0.0.1", "masterAuth": {"clusterCaCertificate": data}},
    )

    if data is None:
        assert (await gke.describe(GKE, DEPLOYER)).ca == ""
        return
    with pytest.raises(CloudError, match="certificates"):
        await gke.describe(GKE, DEPLOYER)
