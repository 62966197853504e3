from __future__ import annotations

import re
from contextlib import nullcontext
from datetime import timedelta

import pytest

from kustomize_controller.dependency import (
    ClusterDependencies,
    cycle_from,
    depends_on,
    fault_of,
)
from shared.api.kustomization import Kustomization
from shared.api.parsing import parse
from shared.cluster.error import NotFound
from shared.manifest.identity import Manifest, Ref
from shared.reconcile.failure import Waiting
from tests.fake.world import artifact

SOURCE = {"kind": "GitRepository", "name": "apps"}
OTHER = {"kind": "GitRepository", "name": "other"}


def manifest(name: str, *depends: str, ready: str = "True", **changes) -> Manifest:
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {
            "name": name,
            "namespace": "apps",
            "generation": changes.get("generation", 1),
        },
        "spec": {
            "interval": "1m",
            "prune": True,
            "sourceRef": changes.get("source", SOURCE),
            "dependsOn": [{"name": one} for one in depends],
        },
        "status": {
            "observedGeneration": 1,
            "lastAppliedRevision": changes.get("revision", "new"),
            "conditions": [
                {
                    "type": "Ready",
                    "status": ready,
                    "reason": "BuildFailed",
                    "message": "",
                    "lastTransitionTime": "2026-01-01T00:00:00Z",
                }
            ],
        },
    }


def ref(name: str) -> Ref:
    return Ref("kustomize.toolkit.fluxcd.io", "Kustomization", "apps", name)


class Objects:
    """Plays the client and the cache."""

    def __init__(self, *manifests: Manifest) -> None:
        self.objects = {Ref.of(one): one for one in manifests}

    async def get(self, wanted: Ref) -> Manifest:
        if wanted not in self.objects:
            raise NotFound(f"{wanted} not found")
        return self.objects[wanted]

    def find(self, namespace: str, name: str) -> Manifest | None:
        return self.objects.get(ref(name))


@pytest.mark.parametrize(
    ("dependency", "fault"),
    [
        (manifest("base"), ""),
        (manifest("base", ready="False"), "is not ready (BuildFailed)"),
        (manifest("base", ready="Unknown"), "is not ready (BuildFailed)"),
        (manifest("base", generation=2), "is not ready"),
        (manifest("base", revision="old"), "has not applied revision new yet"),
        (manifest("base", revision="old", source=OTHER), ""),
    ],
    ids=["ready", "failed", "on its way", "changed since", "behind", "behind, of another source"],
)
def test_whether_a_dependency_is_ready(dependency: Manifest, fault: str) -> None:
    ks = parse(Kustomization, manifest("web", "base"))

    said = fault_of(parse(Kustomization, dependency), ks, artifact("new"))

    assert said == (f"dependency apps/base {fault}" if fault else "")


async def test_all_that_is_missing_is_said_at_once() -> None:
    objects = Objects(manifest("one", ready="False"), manifest("two"))
    room = ClusterDependencies(objects, objects, timedelta(seconds=30))  # type: ignore[arg-type]

    with pytest.raises(Waiting) as waiting:
        await room.require_ready(
            parse(Kustomization, manifest("web", "one", "two", "three")), artifact("new")
        )

    assert waiting.value.reason == "DependencyNotReady"
    assert waiting.value.retry_in == timedelta(seconds=30)
    assert waiting.value.message == (
        "dependency apps/one is not ready (BuildFailed); dependency apps/three not found; "
        "looking again in 30s"
    )


VERSIONS = "dep.metadata.labels['version'] == self.metadata.labels['version']"


@pytest.mark.parametrize(
    ("expression", "additive", "ready", "fault"),
    [
        ("true", False, "False", ""),
        ("true", True, "False", "is not ready (BuildFailed)"),
        ("true", True, "True", ""),
        ("dep.metadata.name == self.metadata.name", False, "True",
         "is not ready: spec.dependsOn[1].readyExpr is false"),
        (VERSIONS, False, "True", "is not ready: spec.dependsOn[1].readyExpr: cannot evaluate"),
    ],
    ids=["in place of the check", "beside it", "both", "not so", "no answer yet"],
)  # fmt: skip
async def test_what_an_expression_says_of_a_dependency(
    expression: str, additive: bool, ready: str, fault: str
) -> None:
    web = manifest("web", "other", "base")
    web["spec"]["dependsOn"][1]["readyExpr"] = expression
    objects = Objects(web, manifest("other"), manifest("base", ready=ready))
    soon = timedelta(seconds=30)
    room = ClusterDependencies(objects, objects, soon, additive)  # type: ignore[arg-type]

    expected = pytest.raises(Waiting, match=re.escape(f"dependency apps/base {fault}"))
    with expected if fault else nullcontext():
        await room.require_ready(parse(Kustomization, web), artifact("new"))


async def test_a_circle_is_spelled_out() -> None:
    web = manifest("web", "one", ready="False")
    objects = Objects(
        web, manifest("one", "two", ready="False"), manifest("two", "web", ready="False")
    )
    room = ClusterDependencies(objects, objects, timedelta(seconds=30))  # type: ignore[arg-type]

    with pytest.raises(Waiting, match="a circle: apps/web → apps/one → apps/two → apps/web"):
        await room.require_ready(parse(Kustomization, web), artifact("new"))


@pytest.mark.parametrize(
    ("edges", "way"),
    [
        ({"a": "a"}, "aa"),
        ({"a": "b", "b": "a"}, "aba"),
        ({"a": "bc", "b": "d", "c": "d", "d": ""}, ""),
        ({"a": "b", "b": "c", "c": "b"}, ""),
        ({"a": "bc", "c": "a"}, "aca"),
    ],
)
def test_a_way_back_is_found_where_there_is_one(edges: dict[str, str], way: str) -> None:
    found = cycle_from(
        ref("a"), lambda one: [ref(next_one) for next_one in edges.get(one.name, "")]
    )

    assert "".join(one.name for one in found) == way


def test_a_long_chain_is_no_circle() -> None:
    found = cycle_from(
        ref("0"), lambda one: [ref(str(int(one.name) + 1))] if int(one.name) < 1000 else []
    )

    assert found == ()


def test_who_depends_on_whom() -> None:
    assert depends_on(manifest("web", "base"), ref("base"))
    assert not depends_on(manifest("web", "base"), ref("web"))
    assert not depends_on({"metadata": {"namespace": "other"}, "spec": {}}, ref("base"))
