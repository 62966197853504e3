from __future__ import annotations

import base64

import pytest

from kustomize_controller.admission import Rules
from kustomize_controller.decryption_keys import ClusterKeys, Custom
from kustomize_controller.impersonation import Accounts
from kustomize_controller.problem import KustomizationProblem
from kustomize_controller.sops.key_entry import Reach
from kustomize_controller.sops.metadata import MasterKey
from kustomize_controller.vault_access import VaultAccess
from shared.cloud.keep import Keep
from shared.manifest.identity import Manifest, Ref
from tests.fake.cloud import DATA_KEY, PLAIN, cloud
from tests.fake.service_accounts import ServiceAccounts
from tests.fake.sops import document, entry, reach


def secret(namespace: str, name: str, **entries: bytes) -> Manifest:
    data = {key.replace("__", "."): base64.b64encode(e).decode() for key, e in entries.items()}
    meta = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": data}


def keys(
    scene, common: str = "", account: str = "", logins: str = "", own: Reach | None = None
) -> ClusterKeys:
    own = own or reach()
    where = Ref("", "ConfigMap", scene.namespace, logins) if logins else None
    return ClusterKeys(
        Accounts(scene.client, Rules()),
        scene.client,
        own,
        VaultAccess(scene.client, own.surroundings, Keep(own.surroundings.clock), where),
        Custom(Ref("", "Secret", scene.namespace, common) if common else None, account),
    )


def naming(scene, name: str = "", **more: object):
    decryption: dict[str, object] = {"provider": "sops", **more}
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
    assert set(found.keyring.services) == {"age", "kms", "gcp_kms", "azure_kv"}


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
    assert one.keyring.services["age"] is again.keyring.services["age"]
    assert one == again
    assert one != other


KMS = MasterKey("kms", "c2VhbGVk", {"arn": "arn:aws:kms:eu-west-1:123456789012:key/612d5f0a"}, {})
ROLE = "arn:aws:iam::123456789012:role/"
SESSION = (
    "<AccessKeyId>T</AccessKeyId><SecretAccessKey>S</SecretAccessKey>"
    "<SessionToken>U</SessionToken><Expiration>2026-01-01T13:00:00Z</Expiration>"
)


@pytest.mark.parametrize(
    ("named", "default", "acts"),
    [("own", "", "own"), ("own", "all", "own"), ("", "all", "all")],
)
async def test_a_cloud_knows_it_as_the_account_that_it_names(
    scene, named: str, default: str, acts: str
) -> None:
    place = scene.namespace
    accounts = ServiceAccounts(
        {f"{place}/{name}": {"eks.amazonaws.com/role-arn": ROLE + name} for name in ("own", "all")}
    )
    async with cloud() as sky:
        sky.answers["sts.eu-west-1.amazonaws.com/"] = (200, SESSION)
        sky.answers["kms.eu-west-1.amazonaws.com/"] = (200, {"Plaintext": PLAIN})
        source = keys(scene, account=default, own=reach(sky, accounts))

        found = await source.of(naming(scene, **({"serviceAccountName": named} if named else {})))

        assert found is not None
        assert await found.keyring.services["kms"].open(KMS) == DATA_KEY

    assert sky.requests[0].form()["RoleArn"] == ROLE + acts
    assert accounts.asked == [(f"{place}/{acts}", ("sts.amazonaws.com",))]


async def test_without_an_account_it_is_this_process(scene) -> None:
    environment = {"AWS_ACCESS_KEY_ID": "OURS", "AWS_SECRET_ACCESS_KEY": "hunter2"}
    async with cloud() as sky:
        sky.answers["kms.eu-west-1.amazonaws.com/"] = (200, {"Plaintext": PLAIN})
        found = await keys(scene, own=reach(sky, environment=environment)).of(naming(scene))

        assert found is not None
        assert await found.keyring.services["kms"].open(KMS) == DATA_KEY

    assert "Credential=OURS/" in sky.requests[0].headers["authorization"]


async def test_an_entry_of_the_secret_comes_before_the_account(scene) -> None:
    aws = b"aws_access_key_id: THEIRS\naws_secret_access_key: hunter2\n"
    own = secret(scene.namespace, "own")
    own["data"] = {"sops.aws-kms": base64.b64encode(aws).decode()}
    await scene.client.create(own, manager="someone")
    async with cloud() as sky:
        sky.answers["kms.eu-west-1.amazonaws.com/"] = (200, {"Plaintext": PLAIN})
        source = keys(scene, own=reach(sky))
        found = await source.of(naming(scene, "own", serviceAccountName="other"))

        assert found is not None
        assert await found.keyring.services["kms"].open(KMS) == DATA_KEY

    assert "Credential=THEIRS/" in sky.requests[0].headers["authorization"]


async def test_the_keys_of_two_accounts_are_two_keyrings(scene) -> None:
    source = keys(scene)

    one = await source.of(naming(scene, serviceAccountName="one"))
    two = await source.of(naming(scene, serviceAccountName="two"))
    again = await source.of(naming(scene, serviceAccountName="one"))

    assert one != two
    assert one == again


VAULT = "https://vault.example.org:8200"
SEALED = MasterKey(
    "hc_vault",
    "vault:v1:sealed",
    {"vault_address": VAULT, "engine_path": "transit", "key_name": "k"},
    {},
)


def logins(namespace: str, content: str) -> Manifest:
    meta = {"name": "vaults", "namespace": namespace}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": meta,
        "data": {"config.yaml": content},
    }


LISTED = f"""
instances:
- address: {VAULT}
  loginPath: team/auth/kubernetes/login
"""


async def test_an_account_signs_in_to_a_vault_that_is_listed(scene) -> None:
    await scene.client.create(logins(scene.namespace, LISTED), manager="someone")
    accounts = ServiceAccounts()
    async with cloud() as sky:
        host = "vault.example.org:8200/v1"
        sky.answers[f"{host}/team/auth/kubernetes/login"] = (
            200,
            {"auth": {"client_token": "hvs.x", "lease_duration": 3600}},
        )
        sky.answers[f"{host}/transit/decrypt/k"] = (200, {"data": {"plaintext": PLAIN}})
        source = keys(scene, logins="vaults", own=reach(sky, accounts))
        for _ in range(2):
            found = await source.of(naming(scene, serviceAccountName="sops"))
            assert found is not None
            assert await found.keyring.services["hc_vault"].open(SEALED) == DATA_KEY

    assert accounts.asked == [(f"{scene.namespace}/sops", (VAULT,))]
    assert sky.requests[0].json() == {"role": f"{scene.namespace}_sops", "jwt": "token-1"}
    assert [one.headers.get("x-vault-token") for one in sky.requests] == [None, "hvs.x", "hvs.x"]


async def test_e10_no_token_is_made_for_a_vault_that_is_not_listed(scene) -> None:
    await scene.client.create(logins(scene.namespace, LISTED), manager="someone")
    accounts = ServiceAccounts()
    evil = MasterKey("hc_vault", "x", {**SEALED.said, "vault_address": "https://evil.org"}, {})
    async with cloud() as sky:
        found = await keys(scene, logins="vaults", own=reach(sky, accounts)).of(
            naming(scene, serviceAccountName="sops")
        )
        assert found is not None
        with pytest.raises(KustomizationProblem, match="not listed in"):
            await found.keyring.services["hc_vault"].open(evil)

    assert accounts.asked == []
    assert sky.requests == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "no list of instances"),
        ("{", "cannot be read"),
        ("instances: [x]", "loginPath"),
        ("instances: [{address: 'http://x', loginPath: a/b}]", "https://"),
        ("instances: [{address: 'https://x', loginPath: ../sys}]", "loginPath"),
    ],
)
async def test_a_list_of_vaults_that_is_none_is_told(scene, content: str, says: str) -> None:
    await scene.client.create(logins(scene.namespace, content), manager="someone")
    found = await keys(scene, logins="vaults").of(naming(scene))

    assert found is not None
    with pytest.raises(KustomizationProblem, match=f"--sops-vault-configmap: ConfigMap/.*{says}"):
        await found.keyring.services["hc_vault"].open(SEALED)


@pytest.mark.parametrize(("address", "shown"), [(VAULT, True), ("", False), ("https://a", False)])
async def test_e10_a_token_of_the_environment_is_shown_to_its_own_vault_alone(
    scene, address: str, shown: bool
) -> None:
    environment = {"VAULT_TOKEN": "hunter2", "VAULT_ADDR": address}
    async with cloud() as sky:
        sky.answers["vault.example.org"] = (200, {"data": {"plaintext": PLAIN}})
        found = await keys(scene, own=reach(sky, environment=environment)).of(naming(scene))
        assert found is not None
        vault = found.keyring.services["hc_vault"]
        if shown:
            assert await vault.open(SEALED) == DATA_KEY
        else:
            with pytest.raises(KustomizationProblem, match="VAULT_ADDR"):
                await vault.open(SEALED)

    assert bool(sky.requests) == shown
