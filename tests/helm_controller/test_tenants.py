"""In whose name a release is made, and in which cluster: with no right more than the account has,
by no way but the one that is named. On servers that ask everybody who they are.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

import pytest

from shared.cluster.client import Client
from shared.cluster.error import NotFound
from shared.manifest.identity import Manifest, Ref, text
from shared.manifest.verdict import condition
from tests import servers
from tests.fake.shelf import Shelf
from tests.helm_controller.cases import archive
from tests.helm_controller.town import CONFIG_MAP, Town, inhabited, ready, released, says
from tests.servers import ApiServer

pytestmark = pytest.mark.slow

RBAC = "rbac.authorization.k8s.io"
CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {name: demo}
data:
  colour: {{ .Values.colour | default "red" | quote }}
  seen: {{ lookup "v1" "ConfigMap" .Release.Namespace "none" | empty | quote }}
"""
HOOK = """apiVersion: v1
kind: ConfigMap
metadata:
  name: hook
  annotations: {helm.sh/hook: "pre-install,pre-upgrade,pre-delete"}
"""
CHART = {"templates/a.yaml": CONFIG, "templates/hook.yaml": HOOK}
ALL = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}


@pytest.fixture(params=["embedded", pytest.param("kube", marks=pytest.mark.real)])
async def api_server(request: pytest.FixtureRequest) -> AsyncIterator[ApiServer]:
    """Each API server in turn, the embedded one as strict as the real one."""
    if request.param == "kube":
        yield request.getfixturevalue("kube")
        return
    async with servers.embedded(secure=True) as server:
        yield server


async def account(client: Client, namespace: str, name: str, *rules: Manifest) -> None:
    """An account of a namespace, and what it may do there."""
    meta = {"name": name, "namespace": namespace}
    role = {"apiGroup": RBAC, "kind": "Role", "name": name}
    subject = {"kind": "ServiceAccount", **meta}
    head = {"apiVersion": f"{RBAC}/v1"}
    for manifest in (
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta},
        {**head, "kind": "Role", "metadata": meta, "rules": list(rules)},
        {**head, "kind": "RoleBinding", "metadata": meta, "roleRef": role, "subjects": [subject]},
    ):
        await client.create(manifest, manager="someone")


def user(town: Town, name: str) -> str:
    return f"system:serviceaccount:{town.namespace}:{name}"


def message(manifest: Manifest) -> str:
    return text(condition(manifest, "Ready"), "message")


async def test_an_account_without_rights_is_refused_and_named(town: Town):
    await account(town.client, town.namespace, "poor")
    await town.offer(archive(CHART))
    await town.release(serviceAccountName="poor")

    hr = await town.until(lambda found: 'cannot list resource "secrets"' in message(found))

    assert user(town, "poor") in message(hr)
    assert says("StateError")(hr), "Helm's records are read in its name too"
    assert await town.states() == []


@pytest.mark.parametrize(
    ("rules", "refused"),
    [
        ([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["*"]}], "configmaps"),
        (
            [
                {"apiGroups": [""], "resources": ["secrets"], "verbs": ["*"]},
                {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]},
            ],
            "pre-install hooks failed",
        ),
    ],
    ids=["lookups", "hooks"],
)
async def test_templates_and_hooks_have_the_rights_of_the_account(
    town: Town, rules: list[Manifest], refused: str
):
    await account(town.client, town.namespace, "poor", *rules)
    await town.offer(archive(CHART))
    await town.release(serviceAccountName="poor")

    hr = await town.until(says("InstallFailed", of="Released"))

    said = text(condition(hr, "Released"), "message")
    assert refused in said
    assert user(town, "poor") in said
    assert await town.find(town.ref("demo", CONFIG_MAP)) is None


async def test_all_that_a_release_is_made_of_is_done_in_the_name_of_the_account(
    town: Town, api_server: ApiServer
):
    await account(town.client, town.namespace, "rich", ALL)
    await town.offer(archive(CHART))
    await town.release(serviceAccountName="rich")
    await town.until(ready)
    await town.change(values={"colour": "blue"})
    await town.until(released(2))
    await town.client.delete(town.ref())
    await town.until_gone(town.ref())

    about = {"secrets", "configmaps"}
    done = [
        each
        for each in api_server.audit()
        if each.namespace == town.namespace and each.resource in about and each.verb != "watch"
    ]
    ours = {each.impersonated for each in done if each.verb != "list"}
    assert ours == {user(town, "rich")}
    assert {(each.verb, each.resource) for each in done} >= {
        ("create", "secrets"),
        ("update", "secrets"),
        ("delete", "secrets"),
        ("patch", "configmaps"),
        ("delete", "configmaps"),
    } - _other_words(done)


def _other_words(done: Iterable[object]) -> set[tuple[str, str]]:
    """A record may be written by a patch where Helm updates it."""
    found = {(each.verb, each.resource) for each in done}  # type: ignore[attr-defined]
    return {("update", "secrets")} if ("patch", "secrets") in found else set()


async def test_a_release_whose_account_is_gone_goes_and_says_what_it_left(town: Town):
    await account(town.client, town.namespace, "rich", ALL)
    await town.offer(archive(CHART))
    await town.release(serviceAccountName="rich")
    await town.until(ready)
    await town.client.delete(Ref("", "ServiceAccount", town.namespace, "rich", "v1"))

    await town.client.delete(town.ref())

    await town.until_gone(town.ref())
    assert await town.states() == [(1, "deployed")]
    assert await town.find(town.ref("demo", CONFIG_MAP)) is not None
    (said,) = await town.messages("UninstallFailed")
    assert f"left behind: release {town.namespace}/demo" in said


@dataclass(frozen=True, slots=True)
class Abroad:
    """Another cluster, with a namespace of the same name."""

    server: ApiServer
    client: Client

    async def find(self, ref: Ref) -> Manifest | None:
        try:
            return await self.client.get(ref)
        except NotFound:
            return None


@pytest.fixture
async def abroad(town: Town) -> AsyncIterator[Abroad]:
    async with servers.embedded(secure=True) as server, server.client() as client:
        home: Manifest = {"apiVersion": "v1", "kind": "Namespace"}
        await client.create({**home, "metadata": {"name": town.namespace}}, manager="someone")
        yield Abroad(server, client)


async def way_by_secret(town: Town, abroad: Abroad) -> dict[str, object]:
    """A Secret with a kubeconfig."""
    content = base64.b64encode(abroad.server.kubeconfig.read_bytes()).decode()
    meta = {"name": "there", "namespace": town.namespace}
    secret: Manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": meta}
    await town.client.apply({**secret, "data": {"value": content}}, manager="someone")
    return {"kubeConfig": {"secretRef": {"name": "there"}}}


async def test_a_release_is_made_in_the_cluster_of_its_kubeconfig(town: Town, abroad: Abroad):
    await town.offer(archive(CHART))
    await town.release(driftDetection={"mode": "enabled"}, **await way_by_secret(town, abroad))
    await town.until(ready)
    demo, record = town.ref("demo", CONFIG_MAP), town.secret("sh.helm.release.v1.demo.v1")
    assert await abroad.find(demo) is not None
    assert await abroad.find(record) is not None
    assert await town.find(demo) is None
    assert await town.states() == []

    await abroad.client.delete(demo)
    await Town(abroad.client, town.namespace, town.shelf, town.metrics).until_there(demo)

    await town.client.delete(town.ref())
    await town.until_gone(town.ref())
    assert await abroad.find(demo) is None
    assert await abroad.find(record) is None


async def test_a_kubeconfig_that_is_not_there_is_told_and_waited_for(town: Town, abroad: Abroad):
    way = await way_by_secret(town, abroad)
    await town.client.delete(town.secret("there"))
    await town.offer(archive(CHART))
    await town.release(**way)

    hr = await town.until(says("RESTClientError"))

    assert "spec.kubeConfig.secretRef" in message(hr)
    assert "there" in message(hr)
    await way_by_secret(town, abroad)
    await town.ask("now")
    await town.until(ready)


async def test_the_account_is_one_of_the_other_cluster(town: Town, abroad: Abroad):
    await account(abroad.client, town.namespace, "poor")
    await town.offer(archive(CHART))
    await town.release(serviceAccountName="poor", **await way_by_secret(town, abroad))

    hr = await town.until(lambda found: 'cannot list resource "secrets"' in message(found))

    assert user(town, "poor") in message(hr)
    assert await abroad.find(town.ref("demo", CONFIG_MAP)) is None


async def test_a_config_map_leads_to_a_cluster_that_takes_tokens_of_ours(
    town: Town, api_server: ApiServer
):
    """The cluster is our own: it is one that knows our accounts."""
    await account(town.client, town.namespace, "traveller", ALL)
    meta = {"name": "there", "namespace": town.namespace}
    data = {
        "provider": "generic",
        "address": api_server.url,
        "ca.crt": api_server.authority,
        "serviceAccountName": "traveller",
        "audiences": await audience(town, api_server),
    }
    config: Manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}
    await town.client.create(config, manager="someone")
    await town.offer(archive(CHART))
    await town.release(kubeConfig={"configMapRef": {"name": "there"}})

    await town.until(ready)

    assert await town.states() == [(1, "deployed")]
    users = {
        each.user
        for each in api_server.audit()
        if (each.namespace, each.resource, each.name) == (town.namespace, "configmaps", "demo")
        and each.verb == "patch"
    }
    assert users == {user(town, "traveller")}
    await town.client.delete(town.ref())
    await town.until_gone(town.ref())


async def audience(town: Town, api_server: ApiServer) -> str:
    """Whom the tokens of accounts are for where nobody says."""
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    path = f"/api/v1/namespaces/{town.namespace}/serviceaccounts/traveller/token"
    async with api_server.session() as api, api.post(path, json=body) as answer:
        answer.raise_for_status()
        found: list[str] = (await answer.json())["spec"]["audiences"]
    return "\n".join(f"- {one}" for one in found)


async def test_a_release_whose_kubeconfig_is_gone_goes_and_says_what_it_left(
    town: Town, abroad: Abroad
):
    await town.offer(archive(CHART))
    await town.release(**await way_by_secret(town, abroad))
    await town.until(ready)
    await town.client.delete(town.secret("there"))

    await town.client.delete(town.ref())

    await town.until_gone(town.ref())
    assert await abroad.find(town.ref("demo", CONFIG_MAP)) is not None
    (said,) = await town.messages("UninstallFailed")
    assert "left behind: release" in said


async def test_a_release_whose_cluster_is_away_stays_until_it_is_back(town: Town, abroad: Abroad):
    await town.offer(archive(CHART))
    await town.release(**await way_by_secret(town, abroad))
    await town.until(ready)

    async with abroad.server.down():
        await town.client.delete(town.ref())
        hr = await town.until(lambda found: says("UninstallFailed")(found))
        said = message(hr)
    await town.ask("again")

    await town.until_gone(town.ref())
    assert "spec.suspend" in said, "what to do is told"
    assert "deletionPolicy" not in said, "and not of another kind"
    assert await abroad.find(town.ref("demo", CONFIG_MAP)) is None


@pytest.fixture
async def town(api_server: ApiServer, namespace: str, shelf: Shelf) -> AsyncIterator[Town]:
    async with api_server.client() as client, inhabited(client, namespace, shelf) as town:
        yield town
