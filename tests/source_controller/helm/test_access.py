from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from shared.api.helm_repository import HelmRepository
from shared.oci.credential import Keyring, Login
from shared.oci.location import parse
from shared.problem import Problem
from source_controller.helm.access import SecretAccess
from source_controller.helm.problem import HelmProblem

CASES = json.loads((Path(__file__).parents[2] / "data/source/helm_access.json").read_text())
TLS = {"ca.crt": "CA", "tls.crt": "CERT", "tls.key": "KEY"}
USER = {"username": "ada", "password": "c4n4ry"}
SECRETS = {
    "user": USER,
    "half": {"username": "ada"},
    "other-half": {"password": "c4n4ry"},
    "tls": TLS,
    "old": {"caFile": "CA", "certFile": "CERT", "keyFile": "KEY"},
    "both": USER | {"ca.crt": "OTHER"},
    "keyless": {"tls.crt": "CERT"},
    "docker": {
        ".dockerconfigjson": '{"auths": {"example.org": {"username": "grace", "password": "x"}}}'
    },
    "torn": {".dockerconfigjson": "{"},
}


class Secrets:
    async def data(self, namespace: str, name: str) -> dict[str, str]:
        if name not in SECRETS or namespace != "apps":
            raise Problem("not found")
        return SECRETS[name]


class Clouds:
    async def keyring(self, provider, location, identity) -> Keyring:
        if provider == "gcp":
            raise Problem("the cloud says no")
        return Keyring.of(Login(f"{provider}@{location}", "token"))


def repository(spec: dict[str, object]) -> HelmRepository:
    whole = {"url": "https://example.org", "interval": "1m", **spec}
    return HelmRepository.model_validate(
        {"metadata": {"name": "charts", "namespace": "apps"}, "spec": whole}
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
async def test_who_we_are_by_spec_and_secrets(case):
    accesses = SecretAccess(Secrets(), Clouds())
    if "refused" in case:
        with pytest.raises(HelmProblem, match=case["refused"]) as caught:
            await accesses.of(repository(case["spec"]))
        assert "c4n4ry" not in str(caught.value)
        return

    access = await accesses.of(repository(case["spec"]))

    said = asdict(access)
    way = said.pop("way")
    found = {k: v for k, v in {**said, **way}.items() if v and k not in {"url", "limit", "keyring"}}
    if login := access.way.keyring.login_for(parse("oci://example.org/charts")).username:
        found["login"] = login
    assert found == case["expect"]
    assert "@" not in access.url
    assert "c4n4ry" not in repr(access)
