from __future__ import annotations

import base64

import pytest

from kustomize_controller.admission import Rules
from kustomize_controller.impersonation import Accounts
from kustomize_controller.problem import KustomizationProblem
from kustomize_controller.variables import ClusterVariables
from shared.api.kustomization import Kustomization
from shared.api.parsing import parse
from shared.manifest.identity import Manifest
from tests.servers import RealServer


def secret(namespace: str, name: str = "vars", **data: bytes) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "data": {key: base64.b64encode(value).decode() for key, value in data.items()},
    }


def of(kind: str, name: str = "vars", **more: object) -> dict[str, object]:
    return {"kind": kind, "name": name, **more}


def variables(scene) -> ClusterVariables:
    return ClusterVariables(Accounts(scene.client, Rules()))


async def test_a_later_source_beats_an_earlier_one_and_what_is_inline_beats_all(scene) -> None:
    await scene.client.create(scene.settings("vars", a="1", b="1", c="1\n"), manager="someone")
    await scene.client.create(secret(scene.namespace, b=b"2\n2", c=b"2"), manager="someone")
    ks = scene.kustomization(
        postBuild={
            "substituteFrom": [of("ConfigMap"), of("Secret")],
            "substitute": {"c": "3\n"},
        }
    )

    found = await variables(scene).of(ks)

    assert found is not None
    assert found.variables == {"a": b"1", "b": b"22", "c": b"3"}
    assert found.strict


async def test_what_is_optional_may_be_missing(scene) -> None:
    one = of("ConfigMap", "gone", optional=True)
    ks = scene.kustomization(postBuild={"substituteFrom": [one], "substitute": {"a": "1"}})

    found = await variables(scene).of(ks)

    assert found is not None
    assert found.variables == {"a": b"1"}


async def test_what_is_not_may_not(scene) -> None:
    ks = scene.kustomization(postBuild={"substituteFrom": [of("Secret", "gone")]})

    with pytest.raises(KustomizationProblem, match=r"Secret/.*/gone not found"):
        await variables(scene).of(ks)


@pytest.mark.parametrize("key", ["a-b", "a.b", "1a", "ä"])
async def test_s07_one_key_that_is_no_name_fails_everything(scene, key: str) -> None:
    if key != "ä":
        config = scene.settings("vars", **{key: "x", "good": "1"})
        await scene.client.create(config, manager="someone")
        ks = scene.kustomization(postBuild={"substituteFrom": [of("ConfigMap")]})
    else:
        ks = scene.kustomization(postBuild={"substitute": {key: "x"}})

    with pytest.raises(KustomizationProblem, match=f"'{key}' var name is invalid"):
        await variables(scene).of(ks)


@pytest.mark.real
async def test_s08_only_what_the_account_may_read_is_read(kube: RealServer) -> None:
    async with kube.client() as client:
        await client.apply(secret("default", "hidden", a=b"CANARY"), manager="someone")
        accounts = Accounts(client, Rules(default_account="nobody"))
        reference = of("Secret", "hidden", optional=True)
        spec = {
            "interval": "1m",
            "prune": True,
            "sourceRef": {"kind": "GitRepository", "name": "apps"},
            "postBuild": {"substituteFrom": [reference]},
        }
        meta = {"name": "apps", "namespace": "default"}
        ks = parse(Kustomization, {"metadata": meta, "spec": spec})

        with pytest.raises(KustomizationProblem, match="cannot get resource") as refusal:
            await ClusterVariables(accounts).of(ks)

    assert "CANARY" not in str(refusal.value)


@pytest.mark.parametrize(
    ("post_build", "looks"),
    [
        (None, False),
        ({}, False),
        ({"substituteStrategy": "Always"}, True),
        ({"substitute": {"a": ""}}, True),
    ],
)
async def test_without_a_variable_nothing_is_looked_for_unless_always(
    scene, post_build, looks: bool
) -> None:
    spec = {} if post_build is None else {"postBuild": post_build}

    found = await variables(scene).of(scene.kustomization(**spec))

    assert (found is not None) == looks
