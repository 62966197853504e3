from __future__ import annotations

import pytest

from kustomize_controller.sops.metadata import MasterKey
from kustomize_controller.sops.value import SopsProblem
from kustomize_controller.sops.vault import OwnToken, Pass, Vault, addresses_in
from shared.problem import Problem
from tests.fake.cloud import DATA_KEY, PLAIN, Cloud, cloud

ADDRESS = "https://vault.example.org:8200"


def master(address: str = ADDRESS, engine: str = "transit", name: str = "k") -> MasterKey:
    said = {"vault_address": address, "engine_path": engine, "key_name": name}
    return MasterKey("hc_vault", "vault:v1:sealed", said, {})


def vault(sky: Cloud) -> Vault:
    own = OwnToken(Pass("hunter2"), addresses_in(f"# ours\n{ADDRESS}/\n".encode()), "say so")
    return Vault(own, sky)


@pytest.mark.parametrize("engine", ["transit", "/deep/transit/"])
async def test_a_data_key_is_opened(engine: str) -> None:
    async with cloud() as sky:
        path = f"vault.example.org:8200/v1/{engine.strip('/')}/decrypt/k"
        sky.answers[path] = (200, {"data": {"plaintext": PLAIN}})

        assert await vault(sky).open(master(f"{ADDRESS}/", engine)) == DATA_KEY

    [request] = sky.requests
    assert request.json() == {"ciphertext": "vault:v1:sealed"}
    assert request.headers["x-vault-token"] == "hunter2"


@pytest.mark.parametrize(
    "key",
    [
        master("https://evil.example.org"),
        master("http://vault.example.org:8200"),
        master("https://vault.example.org:8200@evil.example.org"),
        master("https://vault.example.org:8200.evil.example.org"),
        master(f"{ADDRESS}/../x"),
        master("https://vault.example.org"),
        master(engine="../../sys"),
        master(engine="transit/.."),
        master(name="k/../../x?a"),
        master(""),
    ],
)
async def test_e10_the_token_is_shown_to_the_addresses_of_the_secret_alone(key: MasterKey) -> None:
    async with cloud() as sky:
        with pytest.raises(SopsProblem) as refusal:
            await vault(sky).open(key)

    assert sky.requests == []
    assert "hunter2" not in str(refusal.value)


async def test_e10_without_an_address_it_is_shown_to_nobody() -> None:
    async with cloud() as sky:
        with pytest.raises(SopsProblem, match="may be shown to: say so"):
            await Vault(OwnToken(Pass("hunter2"), frozenset(), "say so"), sky).open(master())


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((403, {"errors": ["permission denied"]}), "Vault answers 403: permission denied"),
        ((200, {"data": None}), "without a data key"),
    ],
)
async def test_a_bad_answer_is_told(answer, says: str) -> None:
    async with cloud() as sky:
        sky.answers["vault.example.org"] = answer

        with pytest.raises(Problem, match=says):
            await vault(sky).open(master())


@pytest.mark.parametrize("line", [b"http://vault", b"vault", b"https://a/b", b"https://u@a"])
def test_an_address_that_is_none_is_refused(line: bytes) -> None:
    with pytest.raises(SopsProblem):
        addresses_in(line)
