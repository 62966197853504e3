"""What the service accounts of an installation may do, and what they may not: asked of the server,
in their own name."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.contract.api import Api
from tests.deploy.installation import installed
from tests.deploy.shape import ROOT
from tests.servers import RealServer

CASES = yaml.safe_load((ROOT / "tests/data/deploy/rights.yaml").read_text())
RIGHT = re.compile(
    r"(?P<verb>\S+) (?P<resource>[a-z]+)(\.(?P<group>[a-z0-9.]+))?(/(?P<subresource>\S+))?"
    r"( in (?P<namespace>\S+))?"
)
TRIES = 500
"""The server learns of a new binding within milliseconds, by a watch of its own."""


@pytest.mark.real
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['shape']}-{case['account']}")
async def test_an_account_may_do_its_work_and_no_more(kube: RealServer, case: dict[str, Any]):
    async with installed(kube, case["shape"]):
        token = await token_of(kube, case["account"])
        async with kube.session(token) as session:
            api = Api(session)
            await settled(api, case["allowed"][-1:], case["denied"][-1:])

            allowed = [right for right in case["allowed"] if await may(api, right)]
            denied = [right for right in case["denied"] if not await may(api, right)]

    assert allowed == case["allowed"]
    assert denied == case["denied"]


async def token_of(server: RealServer, account: str) -> str:
    """A token of the account, as its pod would be given."""
    path = f"/api/v1/namespaces/flux-system/serviceaccounts/{account}/token"
    body = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"expirationSeconds": 3600},
    }
    async with server.session() as session:
        answer = await Api(session).post(path, body)
    assert answer.status == 201, answer.body
    return str(answer.body["status"]["token"])


async def may(api: Api, right: str) -> bool:
    """Whether whoever asks has the right."""
    parts = RIGHT.fullmatch(right)
    assert parts, f"not a right: {right!r}"
    asked = {key: value for key, value in parts.groupdict().items() if value}
    answer = await api.post(
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": asked},
        },
    )
    assert answer.status == 201, answer.body
    return bool(answer.body["status"]["allowed"])


async def settled(api: Api, allowed: list[str], denied: list[str]) -> None:
    """Wait until the server knows of the bindings that were just made, and of those removed."""
    for _ in range(TRIES):
        yes = [await may(api, right) for right in allowed]
        no = [await may(api, right) for right in denied]
        if all(yes) and not any(no):
            return
