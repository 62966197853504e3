from __future__ import annotations

import base64

import pytest

from kustomize_controller.admission import Rules
from kustomize_controller.decryption_keys import ClusterKeys
from kustomize_controller.impersonation import Accounts
from kustomize_controller.problem import KustomizationProblem
from shared.manifest.identity import Manifest, Ref
from tests.fake.sops import document, entry, reach


def secret(namespace: str, name: str, **entries: bytes) -> Manifest:
    data = {key.replace("__", "."): base64.b64encode(e).decode() for key, e in entries.items()}
    meta = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": data}


def keys(scene, common: str = "") -> ClusterKeys:
    ref = Ref("", "Secret", scene.namespace, common) if common else None
    return ClusterKeys(Accounts(scene.client, Rules()), scene.client, reach(), ref)


def naming(scene, name: str = ""):
    decryption: dict[str, object] = {"provider": "sops"}
    if name:
        decryption["secretRef"] = {"name": name}
    return scene.kustomization(decryption=decryption)


async def test_the_keys_of_the_secret_that_is_named_are_used(scene) -> None:
    own = secret(scene.namespace, "own", one__agekey=entry("one.agekey"), rsa__asc=entry("rsa.asc"))
    await scene.client.create(own, manager="someone")

    found = await keys(scene).of(naming(scene, "own"))

    assert found is not None
    for name in ("regex-secret.yaml", "rsa-secret.yaml"):
        assert await found.keyring.data_key(document(name).metadata)


async def test_without_one_the_age_keys_of_all_are_and_no_others(scene) -> None:
    common = secret(scene.namespace, "all", a__agekey=entry("one.agekey"), b__asc=b"no key at all")
    await scene.client.create(common, manager="someone")

    found = await keys(scene, "all").of(naming(scene))

    assert found is not None
    assert await found.keyring.data_key(document("regex-secret.yaml").metadata)
    assert set(found.keyring.services) == {"age"}


async def test_those_do_not_count_beside_a_secret_of_its_own(scene) -> None:
    common = secret(scene.namespace, "all", a__agekey=entry("one.agekey"))
    own = secret(scene.namespace, "own", b__agekey=entry("two.agekey"))
    for each in (common, own):
        await scene.client.create(each, manager="someone")

    found = await keys(scene, "all").of(naming(scene, "own"))

    assert found is not None
    with pytest.raises(KustomizationProblem, match="none of the age keys fits"):
        await found.keyring.data_key(document("regex-secret.yaml").metadata)


async def test_who_asks_for_no_decryption_gets_none(scene) -> None:
    assert await keys(scene, "all").of(scene.kustomization()) is None


async def test_without_any_key_what_is_missing_is_said_once_something_is_encrypted(scene) -> None:
    found = await keys(scene).of(naming(scene))

    assert found is not None
    with pytest.raises(KustomizationProblem, match=r"no entry ending in \.agekey"):
        await found.keyring.data_key(document("regex-secret.yaml").metadata)


async def test_e04_a_secret_that_is_missing_is_named(scene) -> None:
    with pytest.raises(KustomizationProblem, match=r"secretRef: Secret/.*/gone not found"):
        await keys(scene).of(naming(scene, "gone"))
    with pytest.raises(KustomizationProblem, match=r"--sops-age-secret: Secret/.*/gone not found"):
        await keys(scene, "gone").of(naming(scene))


async def test_keys_that_have_not_changed_are_read_once(scene) -> None:
    own = secret(scene.namespace, "own", one__agekey=entry("one.agekey"))
    await scene.client.create(own, manager="someone")
    source = keys(scene)

    one = await source.of(naming(scene, "own"))
    again = await source.of(naming(scene, "own"))
    own["data"] = secret("", "", one__agekey=entry("two.agekey"))["data"]
    await scene.client.apply(own, manager="someone")
    other = await source.of(naming(scene, "own"))

    assert one is not None
    assert again is not None
    assert one.keyring is again.keyring
    assert one == again
    assert one != other
