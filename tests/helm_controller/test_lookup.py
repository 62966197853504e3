"""What templates may look up: what the account of the release may see, and nothing else."""

from __future__ import annotations

import uuid

import aiohttp
import pytest
from yarl import URL

from helm_controller.lookup_door import LookupDoor
from helm_controller.second_look import ANNOTATION
from shared.manifest.identity import section, text
from shared.manifest.verdict import condition
from tests.helm_controller.cases import archive
from tests.helm_controller.town import CONFIG_MAP, Town, handled, inhabited, ready, released, says

pytestmark = pytest.mark.slow

LOOKUP = """{{ $there := lookup "v1" "ConfigMap" .Release.Namespace "there" }}
{{ $all := lookup "v1" "ConfigMap" .Release.Namespace "" }}
{{ $secret := lookup "v1" "Secret" .Release.Namespace "none" }}
apiVersion: v1
kind: ConfigMap
metadata: {name: demo}
data:
  found: {{ dig "data" "colour" "nothing" $there | quote }}
  some: {{ gt (len $all.items) 0 | quote }}
  none: {{ empty $secret | quote }}
  custom: {{ .Capabilities.APIVersions.Has "helm.toolkit.fluxcd.io/v2/HelmRelease" | quote }}
  version: {{ .Capabilities.KubeVersion.Version | quote }}
"""


async def put(town: Town, colour: str) -> None:
    meta = {"name": "there", "namespace": town.namespace}
    manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": meta,
        "data": {"colour": colour},
    }
    await town.client.apply(manifest, manager="someone")


async def test_templates_see_what_is_in_the_cluster(town: Town):
    await put(town, "green")
    await town.offer(archive({"templates/a.yaml": LOOKUP}))
    await town.release()
    await town.until(ready)

    live = section(await town.client.get(town.ref("demo", CONFIG_MAP)), "data")
    assert (live["found"], live["some"], live["none"], live["custom"]) == (
        "green",
        "true",
        "true",
        "true",
    )
    assert text(live, "version").startswith("v1.")

    await put(town, "blue")
    await town.change(values={"any": "thing"})
    await town.until(released(2))
    live = section(await town.client.get(town.ref("demo", CONFIG_MAP)), "data")
    assert live["found"] == "blue"


async def look_again(town: Town) -> None:
    """Have the chart rendered in every attempt."""
    patch = {"metadata": {"annotations": {ANNOTATION: "enabled"}}}
    await town.client.patch(town.ref(), patch, manager="someone")


async def colour(town: Town) -> object:
    return section(await town.client.get(town.ref("demo", CONFIG_MAP)), "data")["found"]


async def test_what_is_looked_up_counts_in_every_attempt_where_that_is_asked_for(town: Town):
    await put(town, "green")
    await town.offer(archive({"templates/a.yaml": LOOKUP}))
    await town.release()
    await town.until(ready)

    await put(town, "blue")
    await town.ask("one")
    await town.until(handled("one"))
    assert await colour(town) == "green", "nobody has asked for it"

    await look_again(town)
    await town.ask("two")
    await town.until(released(2))
    await town.until(handled("two"))
    assert await colour(town) == "blue"

    renders = town.renders()
    await town.ask("three")
    await town.until(handled("three"))
    assert await town.states() == [(1, "superseded"), (2, "deployed")]
    assert town.renders() == renders + 1


PASSWORD = """{{ $old := lookup "v1" "Secret" .Release.Namespace "password" }}
apiVersion: v1
kind: Secret
metadata: {name: password}
data: {word: {{ dig "data" "word" (randAlphaNum 9 | b64enc) $old | quote }}}
"""


async def test_a_password_that_is_made_once_stays(town: Town):
    await town.offer(archive({"templates/a.yaml": PASSWORD}))
    await town.release()
    await town.until(ready)
    before = section(await town.client.get(town.secret("password")), "data")

    await look_again(town)
    await town.ask("one")
    await town.until(handled("one"))

    assert await town.states() == [(1, "deployed")]
    assert section(await town.client.get(town.secret("password")), "data") == before


async def test_what_is_random_is_no_reason_for_a_release(town: Town):
    chart = {"templates/a.yaml": LOOKUP + "  random: {{ uuidv4 | quote }}\n"}
    await town.offer(archive(chart))
    await town.release()
    await town.until(ready)
    await look_again(town)

    await town.ask("one")

    hr = await town.until(handled("one"))
    assert ready(hr)
    assert await town.states() == [(1, "deployed")]
    assert len(await town.messages("RenderedDifferently")) == 1


PLAIN = """apiVersion: v1
kind: ConfigMap
metadata: {name: demo}
"""


async def test_a_chart_that_looks_nothing_up_is_not_rendered_again(town: Town):
    await town.offer(archive({"templates/a.yaml": PLAIN}))
    await town.release()
    await town.until(ready)
    await look_again(town)
    renders = town.renders()

    await town.ask("one")

    await town.until(handled("one"))
    assert town.renders() == renders


ELSEWHERE = """{{ $there := lookup "v1" "ConfigMap" "kube-system" "" }}
apiVersion: v1
kind: ConfigMap
metadata: {name: demo}
data: {found: {{ len $there.items | quote }}}
"""


@pytest.mark.real
async def test_templates_see_no_more_than_the_account_of_the_release(
    kube, shelf, namespace_of_kube
):
    async with kube.client() as client, inhabited(client, namespace_of_kube, shelf) as town:
        await tenant(town, "poor")
        await town.offer(archive({"templates/a.yaml": ELSEWHERE}))
        await town.release(serviceAccountName="poor")

        hr = await town.until(says("InstallFailed"))

        message = text(condition(hr, "Ready"), "message")
        assert 'cannot list resource "configmaps"' in message
        assert "system:serviceaccount" in message


async def tenant(town: Town, name: str) -> None:
    """An account that may do all in its namespace, and nothing elsewhere."""
    meta = {"name": name, "namespace": town.namespace}
    rules = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
    rbac = {"apiVersion": "rbac.authorization.k8s.io/v1"}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}
    subject = {"kind": "ServiceAccount", **meta}
    for manifest in (
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta},
        {**rbac, "kind": "Role", "metadata": meta, "rules": rules},
        {**rbac, "kind": "RoleBinding", "metadata": meta, "roleRef": role, "subjects": [subject]},
    ):
        await town.client.create(manifest, manager="someone")


@pytest.fixture
async def namespace_of_kube(kube) -> str:
    name = f"lookup-{uuid.uuid4().hex[:8]}"
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    async with kube.session() as api, api.post("/api/v1/namespaces", json=body) as answer:
        answer.raise_for_status()
    return name


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/namespaces/{ns}/configmaps"),
        ("DELETE", "/api/v1/namespaces/{ns}/configmaps/there"),
        ("GET", "/api/v1/namespaces/{ns}/pods/a/log"),
        ("GET", "/api/v1/namespaces/{ns}/services/a/proxy"),
        ("GET", "/api/v1/watch/namespaces"),
        ("GET", "/api/v1/namespaces/{ns}/configmaps?watch=true"),
        ("GET", "/metrics"),
        ("GET", "/api/v1/../../metrics"),
    ],
)
async def test_only_reading_gets_through_the_door(town: Town, method: str, path: str):
    door = LookupDoor()
    await door.open()
    async with aiohttp.ClientSession() as session:
        async with door.visit(town.client) as visit:
            url = URL(visit.url + path.format(ns=town.namespace), encoded=True)
            async with session.request(method, url) as answer:
                assert answer.status == 403
            assert visit.questions == 0
        async with session.get(f"{visit.url}/api/v1") as answer:
            assert answer.status == 403, "the visit is over"
    await door.close()
