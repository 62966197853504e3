from __future__ import annotations

from dataclasses import replace

import pytest

from shared.manifest.identity import Manifest, annotations_of, labels_of, metadata, section
from shared.manifest.managed_fields import entries_of, entry_of
from shared.operation.change import ChangeLog
from shared.operation.problem import OperationProblem
from shared.operation.watching import Watching
from tests.fake.clock import ManualClock
from tests.kustomize_controller.conftest import definition

MINE = "kustomize.toolkit.fluxcd.io"


def marked(manifest: Manifest, key: str, value: str) -> Manifest:
    meta = metadata(manifest)
    annotations = section(meta, "annotations") | {f"{MINE}/{key}": value}
    return {**manifest, "metadata": {**meta, "annotations": annotations}}


async def test_an_object_is_made_with_the_labels_of_its_owner(scene) -> None:
    changes = await scene.apply(scene.settings(colour="red"))

    live = await scene.client.get(scene.ref())
    assert str(changes) == f"ConfigMap/{scene.namespace}/web created"
    assert labels_of(live) == {f"{MINE}/name": "apps", f"{MINE}/namespace": scene.namespace}
    assert entry_of(live, "kustomize-controller")


async def test_an_object_that_is_as_it_should_be_is_not_written(scene) -> None:
    await scene.apply(scene.settings(colour="red"))
    before = await scene.client.get(scene.ref())

    changes = await scene.apply(scene.settings(colour="red"))

    after = await scene.client.get(scene.ref())
    assert [change.action for change in changes.changes] == ["unchanged"]
    assert not changes
    assert metadata(after)["resourceVersion"] == metadata(before)["resourceVersion"]


async def test_an_object_that_differs_is_put_right(scene) -> None:
    await scene.apply(scene.settings(colour="red"))
    await scene.client.patch(scene.ref(), {"data": {"colour": "blue"}}, manager="someone")

    changes = await scene.apply(scene.settings(colour="red"))

    live = await scene.client.get(scene.ref())
    [said] = str(changes).splitlines()
    assert said.startswith(
        f"ConfigMap/{scene.namespace}/web configured: data.colour (changed by someone at 2"
    )
    assert live["data"] == {"colour": "red"}


async def test_fields_of_others_are_left_to_them(scene) -> None:
    await scene.apply(scene.settings(colour="red"))
    await scene.client.patch(scene.ref(), {"data": {"size": "big"}}, manager="someone")

    changes = await scene.apply(scene.settings(colour="red"))

    assert not changes
    assert (await scene.client.get(scene.ref()))["data"] == {"colour": "red", "size": "big"}


@pytest.mark.parametrize("manager", ["kubectl", "kubectl-edit", "before-first-apply"])
async def test_fields_that_kubectl_added_are_taken_back(scene, manager: str) -> None:
    await scene.apply(scene.settings(colour="red"))
    await scene.client.patch(scene.ref(), {"data": {"size": "big"}}, manager=manager)

    changes = await scene.apply(scene.settings(colour="red"))

    live = await scene.client.get(scene.ref())
    assert str(changes).endswith("configured")
    assert live["data"] == {"colour": "red"}
    assert [entry["manager"] for entry in entries_of(live)] == ["kustomize-controller"]


async def test_what_kubectl_remembers_is_taken_off(scene) -> None:
    last = "kubectl.kubernetes.io/last-applied-configuration"
    given = scene.settings(colour="red")
    metadata(given)["annotations"] = {last: "{}", "mine": "stays"}
    await scene.client.create(given, manager="someone")

    await scene.apply(scene.settings(colour="red"))

    assert annotations_of(await scene.client.get(scene.ref())) == {"mine": "stays"}


async def test_an_object_marked_merge_keeps_what_kubectl_added(scene) -> None:
    given = marked(scene.settings(colour="red"), "ssa", "Merge")
    await scene.apply(given)
    await scene.client.patch(scene.ref(), {"data": {"size": "big"}}, manager="kubectl")

    changes = await scene.apply(given)

    assert not changes
    assert (await scene.client.get(scene.ref()))["data"] == {"colour": "red", "size": "big"}


async def test_an_object_made_once_is_not_touched_again(scene) -> None:
    await scene.apply(marked(scene.settings(colour="red"), "ssa", "IfNotPresent"))

    changes = await scene.apply(marked(scene.settings(colour="blue"), "ssa", "IfNotPresent"))

    assert [change.action for change in changes.changes] == ["skipped"]
    assert (await scene.client.get(scene.ref()))["data"] == {"colour": "red"}


@pytest.mark.parametrize(("key", "value"), [("reconcile", "Disabled"), ("ssa", "Ignore")])
async def test_an_object_to_be_left_alone_is(scene, key: str, value: str) -> None:
    changes = await scene.apply(marked(scene.settings(), key, value))

    assert [change.action for change in changes.changes] == ["skipped"]
    assert not await scene.exists(scene.ref())


async def test_whoever_marks_the_live_object_pauses_it(scene) -> None:
    await scene.apply(scene.settings(colour="red"))
    pause = {"metadata": {"labels": {f"{MINE}/reconcile": "disabled"}}, "data": {"colour": "x"}}
    await scene.client.patch(scene.ref(), pause, manager="someone")

    changes = await scene.apply(scene.settings(colour="red"))

    assert [change.action for change in changes.changes] == ["skipped"]
    assert (await scene.client.get(scene.ref()))["data"] == {"colour": "x"}


async def test_taking_an_object_from_another_owner_is_said_on_both(scene) -> None:
    await scene.apply(scene.settings(colour="red"))

    theirs = await scene.apply(scene.settings(colour="blue"), ks=scene.kustomization("other"))
    ours = await scene.apply(scene.settings(colour="red"))

    assert f"taken over from Kustomization/{scene.namespace}/apps" in theirs.remarks[0]
    assert f"taken over from Kustomization/{scene.namespace}/other" in ours.remarks[0]


async def test_one_object_that_would_be_refused_keeps_its_stage_from_being_written(scene) -> None:
    broken = scene.settings("broken")
    broken["data"] = {"size": {"not": "a string"}}
    worse = scene.settings("worse")
    worse["data"] = {"size": {"not": "a string"}}
    changes = ChangeLog()

    with pytest.raises(OperationProblem) as problem:
        await scene.try_apply(changes, scene.settings("a"), broken, worse, ks=scene.kustomization())

    assert f"ConfigMap/{scene.namespace}/broken dry-run failed" in str(problem.value)
    assert f"ConfigMap/{scene.namespace}/worse dry-run failed" in str(problem.value)
    assert changes.changes == []
    assert not await scene.exists(scene.ref("a"))


async def test_an_earlier_stage_stays(scene) -> None:
    group = f"{scene.namespace}.example.org"
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": group},
        "rules": [],
    }
    broken = scene.settings("broken")
    broken["data"] = {"size": {"not": "a string"}}
    changes = ChangeLog()

    with pytest.raises(OperationProblem):
        await scene.try_apply(changes, broken, role, ks=scene.kustomization())

    assert str(changes) == f"ClusterRole/{group} created"


async def test_a_definition_and_an_object_of_it_are_applied_together(scene) -> None:
    group = f"{scene.namespace}.example.org"
    changes = await scene.apply(
        {
            "apiVersion": f"{group}/v1",
            "kind": "Widget",
            "metadata": {"name": "w", "namespace": scene.namespace},
            "spec": {"size": 1},
        },
        definition(group),
    )

    assert [change.action for change in changes.changes] == ["created", "created"]
    assert await scene.exists(scene.ref("w", "Widget", group))


async def test_a_namespace_is_there_before_what_is_in_it(scene) -> None:
    inside = scene.settings()
    metadata(inside)["namespace"] = f"{scene.namespace}-more"
    namespace = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": f"{scene.namespace}-more"},
    }

    changes = await scene.apply(inside, namespace)

    assert [change.ref.kind for change in changes.changes] == ["Namespace", "ConfigMap"]


async def test_an_object_of_a_kind_that_nobody_serves_is_named_and_nothing_is_written(
    scene,
) -> None:
    unknown = {
        "apiVersion": "nowhere.example.org/v1",
        "kind": "Widget",
        "metadata": {"name": "web", "namespace": scene.namespace},
    }

    with pytest.raises(OperationProblem, match=r"Widget/.*/web.*nowhere\.example\.org"):
        await scene.apply(scene.settings(), unknown)

    assert not await scene.exists(scene.ref())


def frozen(scene, colour: str) -> Manifest:
    return {**scene.settings(colour=colour), "immutable": True}


async def test_a_field_that_cannot_change_is_an_error_and_the_object_stays(scene) -> None:
    await scene.apply(frozen(scene, "red"))
    before = await scene.client.get(scene.ref())

    with pytest.raises(OperationProblem, match="immutable"):
        await scene.apply(frozen(scene, "blue"))

    after = await scene.client.get(scene.ref())
    assert metadata(after)["uid"] == metadata(before)["uid"]


@pytest.mark.parametrize("by", ["spec", "object"])
async def test_force_makes_the_object_anew(scene, by: str) -> None:
    await scene.apply(frozen(scene, "red"))
    before = await scene.client.get(scene.ref())
    wanted = frozen(scene, "blue")
    if by == "object":
        wanted = marked(wanted, "force", "enabled")

    changes = await scene.apply(wanted, ks=scene.kustomization(force=by == "spec"))

    after = await scene.client.get(scene.ref())
    assert metadata(after)["uid"] != metadata(before)["uid"]
    assert after["data"] == {"colour": "blue"}
    assert str(changes).endswith("created")


@pytest.mark.slow
async def test_an_object_that_does_not_go_keeps_nobody_else_and_is_waited_for_once(scene) -> None:
    """Somebody's finalizer never ends; the clock of the wait runs at once."""
    await scene.apply({**frozen(scene, "red")}, scene.settings("later", colour="red"))
    await scene.client.patch(scene.ref(), {"metadata": {"finalizers": ["t.io/x"]}}, manager="me")
    places = scene.cluster.places
    rollout = replace(places.home.rollout, watching=Watching(ManualClock()))
    hurried = replace(
        scene.cluster, places=replace(places, home=replace(places.home, rollout=rollout))
    )
    wanted = [frozen(scene, "blue"), scene.settings("later", colour="blue")]

    with pytest.raises(OperationProblem, match="still there after 60s: look at its finalizers"):
        await replace(scene, cluster=hurried).apply(*wanted, ks=scene.kustomization(force=True))

    assert (await scene.client.get(scene.ref("later")))["data"] == {"colour": "blue"}
    await scene.client.patch(scene.ref(), {"metadata": {"finalizers": None}}, manager="me")


def workload(scene, app: str, replicas: int) -> Manifest:
    labels = {"app": app}
    spec = {"containers": [{"name": "web", "image": "web:1"}]}
    template = {"metadata": {"labels": labels}, "spec": spec}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": scene.namespace},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
    }


async def test_force_does_not_delete_what_could_not_be_made_again(scene) -> None:
    await scene.apply(workload(scene, "old", 0))
    web = scene.ref(kind="Deployment", group="apps")
    before = await scene.client.get(web)

    with pytest.raises(OperationProblem, match="replicas"):
        await scene.apply(workload(scene, "new", -1), ks=scene.kustomization(force=True))

    after = await scene.client.get(web)
    assert metadata(after)["uid"] == metadata(before)["uid"]


async def test_force_gives_a_binding_another_role(scene) -> None:
    def binding(role: str) -> Manifest:
        return {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "web", "namespace": scene.namespace},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role},
        }

    await scene.apply(binding("reader"))

    await scene.apply(binding("writer"), ks=scene.kustomization(force=True))

    group = "rbac.authorization.k8s.io"
    live = await scene.client.get(scene.ref(kind="RoleBinding", group=group))
    assert section(live, "roleRef")["name"] == "writer"


def claim(scene, size: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "web", "namespace": scene.namespace},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": size,
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }


async def test_force_on_the_kustomization_is_not_enough_where_data_would_go(scene) -> None:
    await scene.apply(claim(scene, "slow"))

    with pytest.raises(OperationProblem, match="may lose data"):
        await scene.apply(claim(scene, "fast"), ks=scene.kustomization(force=True))


async def test_an_account_without_rights_applies_nothing(scene, api_server) -> None:
    if api_server.name == "embedded":
        pytest.skip("the embedded server lets everybody do everything")
    ks = scene.kustomization(serviceAccountName="nobody")

    with pytest.raises(OperationProblem) as problem:
        await scene.apply(scene.settings(), ks=ks)

    assert f"system:serviceaccount:{scene.namespace}:nobody" in str(problem.value)
    assert f"ConfigMap/{scene.namespace}/web" in str(problem.value)
    assert not await scene.exists(scene.ref())
