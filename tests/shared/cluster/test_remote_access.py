import base64
import json
from pathlib import Path

import orjson
import pytest
import yaml

from shared.api.reference import KubeConfigReference
from shared.cluster.access import AccessError, Identity
from shared.cluster.account_token import AccountCredential
from shared.cluster.cloud_access import UnsupportedProvider
from shared.cluster.kubeconfig import Allowed
from shared.cluster.plugin import PluginCredential
from shared.cluster.remote_access import RemoteReader
from tests.fake.api_server import Says, status

CASES = json.loads((Path(__file__).parents[2] / "data/cluster/remote.json").read_text())


def kubeconfig(server="https://there", **user) -> str:
    return yaml.safe_dump(
        {
            "current-context": "a",
            "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
            "clusters": [{"name": "a", "cluster": {"server": server}}],
            "users": [{"name": "a", "user": user or {"token": "t"}}],
        }
    )


def offer(server, kind: str, data: dict[str, str] | None) -> None:
    path = f"GET /api/v1/namespaces/apps/{kind}s/there"
    if data is None:
        server.on(path, status(404, "NotFound", "not found"))
    else:
        server.on(path, Says(body={"data": data}))


def secret(data: dict[str, str] | None) -> dict[str, str] | None:
    """The data of a Secret, where KUBECONFIG stands for a kubeconfig."""
    if data is None:
        return None
    texts = {key: kubeconfig() if value == "KUBECONFIG" else value for key, value in data.items()}
    return {key: base64.b64encode(value.encode()).decode() for key, value in texts.items()}


def reference(case) -> KubeConfigReference:
    if "config" in case:
        return KubeConfigReference.model_validate({"configMapRef": {"name": "there"}})
    return KubeConfigReference.model_validate(
        {"secretRef": {"name": "there", "key": case.get("key", "")}}
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
async def test_the_way_to_a_cluster(case, server, client, clock):
    offer(server, "secret", secret(case.get("secret")))
    offer(server, "configmap", case.get("config"))
    reader = RemoteReader(client, clock, default_account=case.get("default", ""))

    if "error" in case:
        kind = UnsupportedProvider if case.get("unsupported") else Exception
        with pytest.raises(kind) as caught:
            await reader.read(reference(case), "apps")
        assert case["error"] in str(caught.value)
        assert "CANARY" not in str(caught.value)
        return

    way = await reader.read(reference(case), "apps")
    assert way.access.server == case["expect"]
    if "account" in case:
        assert isinstance(way.access.credential, AccountCredential)
        assert way.access.credential._account.name == case["account"]
        assert list(way.access.credential._account.audiences) == case["audiences"]
        assert way.access.ca.read() == case["config"].get("ca.crt", "").encode()


async def test_the_same_content_is_the_same_way(server, client, clock):
    reader = RemoteReader(client, clock)
    ways = []
    for user in ({"token": "t"}, {"token": "t"}, {"token": "u"}):
        content = base64.b64encode(kubeconfig(**user).encode()).decode()
        offer(server, "secret", {"value": content})
        ways.append((await reader.read(reference({}), "apps")).digest)

    assert ways[0] == ways[1] != ways[2]


async def test_the_accounts_of_two_namespaces_are_two_ways(server, client, clock):
    data = {"provider": "generic", "address": "https://there", "serviceAccountName": "deployer"}
    for namespace in ("apps", "shop"):
        path = f"GET /api/v1/namespaces/{namespace}/configmaps/there"
        server.on(path, Says(body={"data": data}))
    reader = RemoteReader(client, clock)
    asked = reference({"config": {}})

    ways = [await reader.read(asked, namespace) for namespace in ("apps", "shop")]

    assert ways[0].digest != ways[1].digest


async def test_what_a_tenant_wrote_is_shown_by_no_repr(server, client, clock):
    content = base64.b64encode(kubeconfig(token="CANARY").encode()).decode()
    offer(server, "secret", {"value": content})

    way = await RemoteReader(client, clock).read(reference({}), "apps")

    assert "CANARY" not in repr(way)
    assert "CANARY" not in repr(way.access)


@pytest.mark.parametrize(("programs", "expected"), [(False, False), (True, True)])
async def test_a_program_is_run_only_where_a_flag_says_so(
    server, client, clock, programs, expected
):
    content = kubeconfig(exec={"command": "get-token"}, tokenFile="/etc/passwd")
    offer(server, "secret", {"value": base64.b64encode(content.encode()).decode()})
    allowed = Allowed(files=False, programs=programs, insecure=False)

    way = await RemoteReader(client, clock, allowed).read(reference({}), "apps")

    assert isinstance(way.access.credential, PluginCredential) == expected


async def test_the_library_gets_to_see_the_program_and_nothing_else(server, client, clock):
    user = {"exec": {"command": "get-token"}, "tokenFile": "/etc/passwd", "client-key": "/etc/key"}
    offer(server, "secret", {"value": base64.b64encode(kubeconfig(**user).encode()).decode()})
    allowed = Allowed(files=False, programs=True, insecure=False)

    way = await RemoteReader(client, clock, allowed).read(reference({}), "apps")

    assert isinstance(way.access.credential, PluginCredential)
    assert b"/etc/" not in orjson.dumps(way.access.credential._kubeconfig)


async def test_a_sign_in_of_a_cloud_is_never_left_to_the_library(server, client, clock):
    content = kubeconfig(**{"auth-provider": {"name": "oidc"}, "token": "t"})
    offer(server, "secret", {"value": base64.b64encode(content.encode()).decode()})
    allowed = Allowed(files=False, programs=True, insecure=False)

    way = await RemoteReader(client, clock, allowed).read(reference({}), "apps")

    assert await way.access.credential.identity() == Identity("Bearer t")


@pytest.mark.parametrize("insecure", [False, True])
async def test_the_check_of_certificates_is_left_out_only_where_a_flag_says_so(
    server, client, clock, insecure
):
    found = yaml.safe_load(kubeconfig())
    found["clusters"][0]["cluster"]["insecure-skip-tls-verify"] = True
    content = base64.b64encode(yaml.safe_dump(found).encode()).decode()
    offer(server, "secret", {"value": content})
    allowed = Allowed(files=False, programs=False, insecure=insecure)

    way = await RemoteReader(client, clock, allowed).read(reference({}), "apps")

    assert way.access.insecure == insecure


async def test_a_secret_that_is_not_base64_is_named(server, client, clock):
    offer(server, "secret", {"value": "%%%"})

    with pytest.raises(AccessError, match="key 'value' is not base64"):
        await RemoteReader(client, clock).read(reference({}), "apps")
