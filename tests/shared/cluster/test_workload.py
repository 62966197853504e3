from __future__ import annotations

import base64
import json

import pytest

from shared.cloud.identity import Identity
from shared.cluster.workload import AccountProblem, WorkloadAccounts, own_account
from shared.manifest.identity import Manifest
from tests.fake.clock import ManualClock
from tests.servers import ApiServer

DEPLOYER = "deployer"


def account(namespace: str, **annotations: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": DEPLOYER, "namespace": namespace, "annotations": annotations},
    }


async def test_an_account_says_what_it_is_linked_to(api_server: ApiServer, namespace: str) -> None:
    async with api_server.client() as client:
        await client.create(account(namespace, role="reader"), manager="test")

        said = await WorkloadAccounts(client, ManualClock()).annotations(
            Identity(namespace, DEPLOYER)
        )

    assert said["role"] == "reader"


async def test_a_token_is_for_the_audience_alone(api_server: ApiServer, namespace: str) -> None:
    async with api_server.client() as client:
        await client.create(account(namespace), manager="test")
        accounts = WorkloadAccounts(client, ManualClock())

        token = await accounts.token(Identity(namespace, DEPLOYER), ("sts.amazonaws.com",))

    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["aud"] == ["sts.amazonaws.com"]
    assert claims["sub"] == f"system:serviceaccount:{namespace}:{DEPLOYER}"


async def test_an_account_that_is_not_there_is_named(api_server: ApiServer, namespace: str) -> None:
    async with api_server.client() as client:
        with pytest.raises(AccountProblem, match=f"ServiceAccount/{namespace}/gone not found"):
            await WorkloadAccounts(client, ManualClock()).annotations(Identity(namespace, "gone"))


async def test_a_process_finds_out_which_account_it_is(
    api_server: ApiServer, namespace: str
) -> None:
    async with api_server.client() as client:
        await client.create(account(namespace), manager="test")
        acting = client.impersonating(f"system:serviceaccount:{namespace}:{DEPLOYER}")

        assert await own_account(acting) == Identity(namespace, DEPLOYER)


async def test_a_process_that_is_none_is_told(api_server: ApiServer) -> None:
    async with api_server.client() as client:
        with pytest.raises(AccountProblem, match="'somebody' for the API server"):
            await own_account(client.impersonating("somebody"))
