"""Fields that are left to others: on objects that are there, by pointer and selector."""

from __future__ import annotations

import copy

import pytest

from kustomize_controller.ignore_rule import ignored_in
from kustomize_controller.mark import MARKS
from kustomize_controller.problem import KustomizationProblem
from shared.api.adjustment import IgnoreRule
from shared.manifest.identity import Manifest, Ref, section
from shared.manifest.managed_fields import entry_of
from tests.fake.cases import cases

SIZE = {"ignore": [{"paths": ["/data/size"]}]}


def rules(*said: object) -> list[IgnoreRule]:
    return [IgnoreRule.model_validate(one) for one in said]


@cases("kustomize_controller/ignoring.yaml")
def test_what_is_sent_for_an_object_that_is_there(case) -> None:
    wanted = copy.deepcopy(case["wanted"])

    sent = ignored_in(rules(*case["rules"]), wanted).adopted(wanted, case["live"], MARKS.manager)

    assert sent == case["expect"]
    assert wanted == case["wanted"]


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ({"paths": ["spec/replicas"]}, "is no JSON pointer"),
        ({"paths": ["/"]}, "is no JSON pointer"),
        ({"paths": ["/a"], "target": {"name": "("}}, r"spec.ignore\[0\].target"),
        ({"paths": ["/a"], "target": {"labelSelector": "a in b"}}, r"spec.ignore\[0\].target"),
    ],
)
def test_what_is_no_rule_is_named(rule, fault: str) -> None:
    wanted = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}}

    with pytest.raises(KustomizationProblem, match=fault):
        ignored_in(rules(rule), wanted)


async def resize(scene, size: str) -> Manifest:
    return await scene.client.patch(scene.ref(), {"data": {"size": size}}, manager="someone")


async def test_a_new_object_gets_all_that_is_wanted(scene) -> None:
    await scene.apply(scene.settings(colour="red", size="1"), ks=scene.kustomization(**SIZE))

    assert (await scene.client.get(scene.ref()))["data"] == {"colour": "red", "size": "1"}


async def test_a_value_that_somebody_changed_stays(scene) -> None:
    ks = scene.kustomization(**SIZE)
    await scene.apply(scene.settings(colour="red", size="1"), ks=ks)
    await resize(scene, "5")

    same = await scene.apply(scene.settings(colour="red", size="1"), ks=ks)
    other = await scene.apply(scene.settings(colour="blue", size="2"), ks=ks)

    assert [change.action for change in same.changes] == ["unchanged"]
    assert str(other) == f"ConfigMap/{scene.namespace}/web configured: data.colour"
    assert (await scene.client.get(scene.ref()))["data"] == {"colour": "blue", "size": "5"}


async def test_a_field_that_somebody_applies_is_theirs(scene) -> None:
    ks = scene.kustomization(**SIZE)
    await scene.apply(scene.settings(colour="red", size="1"), ks=ks)
    await scene.client.apply(scene.settings(size="5"), manager="scaler")

    await scene.apply(scene.settings(colour="blue", size="1"), ks=ks)

    live = await scene.client.get(scene.ref())
    fields = section(section(entry_of(live, "kustomize-controller") or {}, "fieldsV1"), "f:data")
    assert live["data"] == {"colour": "blue", "size": "5"}
    assert set(fields) == {"f:colour"}


async def test_a_rule_that_is_taken_off_puts_the_value_back(watched) -> None:
    given = watched.settings(colour="red", size="1")
    await watched.apply(given, ks=watched.kustomization(**SIZE))
    await resize(watched, "5")
    await watched.apply(given, ks=watched.kustomization(**SIZE))

    changes = await watched.apply(given)

    assert str(changes).startswith(f"ConfigMap/{watched.namespace}/web configured: data.size")
    assert section(await watched.client.get(watched.ref()), "data")["size"] == "1"


async def test_only_what_a_rule_is_about_is_left_alone(scene) -> None:
    target = {"kind": "ConfigMap", "name": "other.*"}
    ks = scene.kustomization(ignore=[{"paths": ["/data/size"], "target": target}])
    await scene.apply(scene.settings(size="1"), ks=ks)
    await resize(scene, "5")

    await scene.apply(scene.settings(size="1"), ks=ks)

    assert section(await scene.client.get(scene.ref()), "data")["size"] == "1"


async def test_an_autoscaler_keeps_its_replicas(scene) -> None:
    pod = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": "nginx:1"}]},
    }
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": pod}
    given = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": scene.namespace},
        "spec": spec,
    }
    target = {"group": "apps", "kind": "Deployment"}
    ks = scene.kustomization(ignore=[{"paths": ["/spec/replicas"], "target": target}])
    web = Ref("apps", "Deployment", scene.namespace, "web")
    await scene.apply(given, ks=ks)
    scale = {"spec": {"replicas": 7}}
    await scene.client.patch(web, scale, manager="autoscaler", subresource="scale")

    spec["replicas"] = 3
    pod["spec"]["containers"][0]["image"] = "nginx:2"
    changes = await scene.apply(given, ks=ks)

    live = section(await scene.client.get(web), "spec")
    assert live["replicas"] == 7
    # The revision may be what the controller of Deployments writes at that very moment.
    said = str(changes).replace("metadata.annotations[deployment.kubernetes.io/revision], ", "")
    assert said.endswith("configured: spec.template.spec.containers[web].image")
