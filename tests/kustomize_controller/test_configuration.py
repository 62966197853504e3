from __future__ import annotations

import pytest

from kustomize_controller.configuration import configuration_changed
from shared.manifest.identity import Manifest
from shared.reconcile.key import Key
from shared.runtime.queue import Queue
from tests.fake.kind import FakeKind


def configuration(version: str, kind: str = "ConfigMap", **where: str) -> Manifest:
    meta = {"namespace": "tenant", "name": "vars", "resourceVersion": version}
    return {"apiVersion": "v1", "kind": kind, "metadata": meta | where}


def kustomization(**spec: object) -> Manifest:
    return {"metadata": {"namespace": "tenant", "name": "apps"}, "spec": spec}


def reads(kind: str) -> Manifest:
    return kustomization(postBuild={"substituteFrom": [{"kind": kind, "name": "vars"}]})


@pytest.mark.parametrize(
    ("manifest", "kind", "wakes"),
    [
        (reads("ConfigMap"), "ConfigMap", True),
        (reads("ConfigMap"), "Secret", False),
        (reads("Secret"), "Secret", True),
        (kustomization(decryption={"secretRef": {"name": "vars"}}), "Secret", True),
        (kustomization(decryption={"secretRef": {"name": "vars"}}), "ConfigMap", False),
        (kustomization(kubeConfig={"configMapRef": {"name": "vars"}}), "ConfigMap", True),
        (kustomization(kubeConfig={"secretRef": {"name": "vars"}}), "Secret", True),
        (kustomization(), "Secret", False),
    ],
)
def test_what_is_referred_to_wakes(manifest: Manifest, kind: str, wakes: bool) -> None:
    queue, configurations = Queue(), FakeKind()
    configuration_changed(configurations, FakeKind(manifest))(queue)

    configurations.change(configuration("1", kind), configuration("2", kind))

    assert len(queue) == wakes


@pytest.mark.parametrize(
    ("old", "new", "wakes"),
    [
        (None, configuration("1"), True),
        (configuration("1"), None, True),
        (configuration("1"), configuration("1"), False),
        (configuration("1", namespace="b"), configuration("2", namespace="b"), False),
    ],
    ids=["new", "gone", "the same", "of another namespace"],
)
async def test_only_what_has_changed_does(old, new, wakes: bool) -> None:
    queue, configurations = Queue(), FakeKind()
    configuration_changed(configurations, FakeKind(reads("ConfigMap")))(queue)

    configurations.change(old, new)

    assert len(queue) == wakes
    if wakes:
        assert await queue.take() == Key("tenant", "apps")
