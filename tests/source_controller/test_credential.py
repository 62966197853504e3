from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import pytest

from shared.git.credential import Credential, Secret
from shared.problem import Problem
from shared.reconcile.failure import Retryable, Stalled
from source_controller.credential import SecretCredentials
from tests.fake.git_provider import Nobody
from tests.fake.source_world import repository

CASES = json.loads((Path(__file__).parents[1] / "data/source/credentials.json").read_text())


class Vault:
    """Has one Secret, or none."""

    def __init__(self, data: Mapping[str, str] | None) -> None:
        self._data = data

    async def data(self, namespace: str, name: str) -> Mapping[str, str]:
        if self._data is None or (namespace, name) != ("flux-system", "git"):
            raise Problem(f'secrets "{name}" not found')
        return self._data


def revealed(credential: Credential) -> dict[str, str]:
    values = {field.name: getattr(credential, field.name) for field in fields(credential)}
    shown = {k: v.reveal() if isinstance(v, Secret) else v for k, v in values.items()}
    return {key: value for key, value in shown.items() if value and key != "holder"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
async def test_what_a_remote_is_shown(case):
    secret = {} if case["data"] is None else {"secretRef": {"name": "git"}}
    repo = repository(url=case["url"], **secret)
    credentials = SecretCredentials(Vault(case["data"]), Nobody())

    if "fault" in case:
        with pytest.raises(Retryable) as failure:
            await credentials.of(repo)
        assert failure.value.message == case["fault"]
        assert failure.value.reason == case.get("reason", "AuthenticationFailed")
        assert failure.value.condition == "FetchFailed"
    else:
        credential = await credentials.of(repo)
        assert revealed(credential) == case["expect"]
        assert credential.holder == ("flux-system/git" if secret else "")


async def test_a_secret_that_is_missing_is_named():
    with pytest.raises(Retryable) as failure:
        await SecretCredentials(Vault(None), Nobody()).of(repository(secretRef={"name": "git"}))

    assert failure.value.reason == "AuthenticationFailed"
    assert failure.value.message == (
        "failed to get secret 'flux-system/git': secrets \"git\" not found"
    )


@pytest.mark.parametrize(
    "url", ["file:///etc", "git@git.example:x", "https://c4n4ry@git.example/a;b"]
)
async def test_a_url_that_is_none_is_for_the_spec_to_mend(url):
    with pytest.raises(Stalled) as failure:
        await SecretCredentials(Vault(None), Nobody()).of(repository(url=url))

    assert (failure.value.reason, failure.value.condition) == ("URLInvalid", "FetchFailed")
    assert "c4n4ry" not in failure.value.message
