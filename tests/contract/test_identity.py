"""Who somebody is: tokens, impersonation, and the reviews that tell of both, on both servers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.api import Answer, Api
from tests.contract.identity import AUTHENTICATION, AUTHORIZATION, api_of, eventually, make
from tests.servers import ApiServer

SELF = f"{AUTHENTICATION}/selfsubjectreviews"
REVIEWS = f"{AUTHENTICATION}/tokenreviews"
AUDIENCE = "https://kubernetes.default.svc"


@pytest.fixture
def api_server(guarded_server: ApiServer) -> ApiServer:
    return guarded_server


@pytest.fixture
async def tokens(api_server: ApiServer, namespace: str) -> str:
    """Where tokens for the account `robot` of the namespace are asked for."""
    accounts = f"/api/v1/namespaces/{namespace}/serviceaccounts"
    async with api_of(api_server) as api:
        answer = await api.post(accounts, {"metadata": {"name": "robot"}})
    assert answer.status == 201
    return f"{accounts}/robot/token"


async def who(api: Api) -> dict[str, Any]:
    answer = await api.post(SELF, {})
    assert answer.status == 201, answer.body
    return answer.body["status"]["userInfo"]


async def token_of(api_server: ApiServer, tokens: str, **spec: Any) -> str:
    async with api_of(api_server) as api:
        answer = await api.post(tokens, {"spec": spec})
    assert answer.status == 201, answer.body
    return answer.body["status"]["token"]


@pytest.mark.parametrize("token", ["", "wrong", "a.b.c"])
async def test_nobody_gets_in_without_a_token_that_is_known(api_server: ApiServer, token: str):
    async with api_of(api_server, "none") as api:
        api._session.headers["Authorization"] = f"Bearer {token}"
        answer = await api.get("/api/v1/namespaces")

    assert (answer.status, answer.body["reason"]) == (401, "Unauthorized")
    assert answer.body["message"] == "Unauthorized"


async def test_an_account_is_who_its_token_says(api_server: ApiServer, namespace: str, tokens: str):
    token = await token_of(api_server, tokens)

    async with api_of(api_server, token) as api:
        user = await who(api)

    assert user["username"] == f"system:serviceaccount:{namespace}:robot"
    assert user["groups"] == [
        "system:serviceaccounts",
        f"system:serviceaccounts:{namespace}",
        "system:authenticated",
    ]
    credential = user["extra"]["authentication.kubernetes.io/credential-id"][0]
    assert credential.startswith("JTI=")


async def test_a_token_ends_with_its_account(api_server: ApiServer, tokens: str):
    token = await token_of(api_server, tokens)
    async with api_of(api_server) as admin:
        await admin.delete(tokens.removesuffix("/token"))

    async with api_of(api_server, token) as api:
        answer = await eventually(api, f"POST {SELF}", {}, {"code": 401})

    assert answer.status == 401


async def test_a_token_that_is_bound_to_a_secret_ends_with_it(
    api_server: ApiServer, namespace: str, tokens: str
):
    secrets = f"/api/v1/namespaces/{namespace}/secrets"
    reference = {"apiVersion": "v1", "kind": "Secret", "name": "bound"}
    async with api_of(api_server) as admin:
        await admin.post(secrets, {"metadata": {"name": "bound"}})
        token = await token_of(api_server, tokens, boundObjectRef=reference)
        async with api_of(api_server, token) as api:
            assert (await api.post(SELF, {})).status == 201

            await admin.delete(f"{secrets}/bound")

            answer = await eventually(api, f"POST {SELF}", {}, {"code": 401})
    assert answer.status == 401


async def test_a_token_for_others_is_of_no_use_here(api_server: ApiServer, tokens: str):
    token = await token_of(api_server, tokens, audiences=["vault"])

    async with api_of(api_server, token) as api:
        assert (await api.post(SELF, {})).status == 401
    async with api_of(api_server) as admin:
        told = await admin.post(REVIEWS, {"spec": {"token": token, "audiences": ["vault"]}})

    assert told.body["status"]["authenticated"] is True
    assert told.body["status"]["audiences"] == ["vault"]


async def test_a_token_lasts_as_long_as_was_asked_for(api_server: ApiServer, tokens: str):
    async with api_of(api_server) as api:
        answer = await api.post(tokens, {"spec": {"expirationSeconds": 700, "audiences": ["a"]}})

    assert answer.status == 201
    assert answer.body["kind"] == "TokenRequest"
    assert answer.body["metadata"]["name"] == "robot"
    spec = {"audiences": ["a"], "expirationSeconds": 700, "boundObjectRef": None}
    assert answer.body["spec"] == spec


WRONG = [
    ({"spec": {"expirationSeconds": 5}}, 422, "may not specify a duration less than 10 minutes"),
    ({"spec": {"expirationSeconds": 1 << 40}}, 422, "may not specify a duration larger than 2^32"),
    ({"metadata": {"name": "other"}, "spec": {}}, 422, "must match the service account name"),
    (
        {"spec": {"boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": "no"}}},
        404,
        'pods "no" not found',
    ),
    (
        {"spec": {"boundObjectRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}}},
        400,
        "cannot bind token to object of type apps/v1, Kind=Deployment",
    ),
]


@pytest.mark.parametrize(("body", "code", "message"), WRONG, ids=[each[2] for each in WRONG])
async def test_a_wrong_request_for_a_token_is_told_why(
    api_server: ApiServer, tokens: str, body: dict[str, Any], code: int, message: str
):
    async with api_of(api_server) as api:
        answer = await api.post(tokens, body)

    assert answer.status == code
    assert message in answer.body["message"]


async def test_no_token_for_an_account_that_is_not_there(api_server: ApiServer, tokens: str):
    async with api_of(api_server) as api:
        answer = await api.post(tokens.replace("/robot/", "/none/"), {"spec": {}})
        read = await api.get(tokens)

    assert (answer.status, answer.body["message"]) == (404, 'serviceaccounts "none" not found')
    assert read.status == 405


async def review(api_server: ApiServer, spec: dict[str, Any]) -> Answer:
    async with api_of(api_server) as api:
        return await api.post(REVIEWS, {"spec": spec})


async def test_a_review_of_a_token_tells_whose_it_is(
    api_server: ApiServer, namespace: str, tokens: str
):
    token = await token_of(api_server, tokens)

    good = (await review(api_server, {"token": token})).body["status"]
    other = (await review(api_server, {"token": token, "audiences": ["x"]})).body["status"]
    bad = (await review(api_server, {"token": "rubbish"})).body["status"]
    none = await review(api_server, {})

    assert good["authenticated"] is True
    assert good["user"]["username"] == f"system:serviceaccount:{namespace}:robot"
    assert good["audiences"] == [AUDIENCE]
    why = f'token audiences ["{AUDIENCE}"] is invalid for the target audiences ["x"]'
    assert other == {"user": {}, "error": f"[invalid bearer token, {why}]"}
    assert bad == {"user": {}, "error": "invalid bearer token"}
    assert none.status == 400
    assert none.body["message"] == "token is required for TokenReview in authentication"


ACTING = [
    ({"user": "jane"}, {"username": "jane", "groups": ["system:authenticated"]}),
    (
        {"user": "jane", "groups": ["a", "b"], "uid": "7", "extra": {"Why": "because"}},
        {
            "username": "jane",
            "uid": "7",
            "groups": ["a", "b", "system:authenticated"],
            "extra": {"why": ["because"]},
        },
    ),
    (
        {"user": "system:serviceaccount:x:y"},
        {
            "username": "system:serviceaccount:x:y",
            "groups": [
                "system:serviceaccounts",
                "system:serviceaccounts:x",
                "system:authenticated",
            ],
        },
    ),
]


@pytest.mark.parametrize(("other", "user"), ACTING)
async def test_an_administrator_acts_as_anybody(
    api_server: ApiServer, other: dict[str, Any], user: dict[str, Any]
):
    async with api_of(api_server, **other) as api:
        assert await who(api) == user


AS_USER = (
    'nodes is forbidden: {0} cannot impersonate-on:user-info:list resource "nodes" in API group "" '
    "at the cluster scope"
)
REFUSED = [
    ({"user": "jane"}, AS_USER),
    ({"user": "system:serviceaccount:x:y"}, AS_USER.replace("user-info", "serviceaccount")),
    ({"user": "allowed", "groups": ["g"]}, AS_USER),
    ({"user": "allowed", "uid": "7"}, AS_USER),
    ({"user": "allowed", "extra": {"Why": "because"}}, AS_USER),
    (
        {"user": "allowed"},
        'nodes is forbidden: User "allowed" cannot list resource "nodes" in API group "" '
        "at the cluster scope",
    ),
]


@pytest.mark.parametrize(("other", "message"), REFUSED)
async def test_whoever_acts_as_another_needs_the_right_to(
    api_server: ApiServer, namespace: str, tokens: str, other: dict[str, Any], message: str
):
    rule = {
        "apiGroups": [""],
        "resources": ["users"],
        "resourceNames": ["allowed"],
        "verbs": ["impersonate"],
    }
    name = f"{namespace}-as"
    given = [
        {"kind": "ClusterRole", "name": name, "rules": [rule]},
        {
            "kind": "ClusterRoleBinding",
            "name": name,
            "role": f"ClusterRole/{name}",
            "accounts": ["robot"],
        },
    ]
    token = await token_of(api_server, tokens)
    async with api_of(api_server) as admin:
        for each in given:
            await make(admin, each, namespace)
    wanted = message.format(f'User "system:serviceaccount:{namespace}:robot"')

    async with api_of(api_server, token, **other) as api:
        expected = {"code": 403, "message": wanted}
        answer = await eventually(api, "GET /api/v1/nodes", None, expected)

    assert (answer.status, answer.body["message"]) == (403, wanted)


PODS = {"verb": "get", "resource": "pods"}
VERSION = {"verb": "get", "path": "/version"}
ABOUT = [
    ("selfsubjectaccessreviews", {"resourceAttributes": PODS}, {"allowed": True}),
    (
        "subjectaccessreviews",
        {"user": "jane", "resourceAttributes": PODS},
        {"allowed": False},
    ),
    (
        "subjectaccessreviews",
        {"user": "jane", "groups": ["system:masters"], "resourceAttributes": PODS},
        {"allowed": True},
    ),
    (
        "subjectaccessreviews",
        {
            "user": "jane",
            "groups": ["system:authenticated"],
            "nonResourceAttributes": VERSION,
        },
        {"allowed": True},
    ),
    (
        "namespaces/$ns/localsubjectaccessreviews",
        {"user": "jane", "resourceAttributes": {**PODS, "namespace": "$ns"}},
        {"allowed": False},
    ),
    ("subjectaccessreviews", {"user": "jane", "resourceAttributes": {}}, {"allowed": False}),
]


@pytest.mark.parametrize(("kind", "spec", "status"), ABOUT)
async def test_a_review_says_what_somebody_may(
    api_server: ApiServer,
    namespace: str,
    kind: str,
    spec: dict[str, Any],
    status: dict[str, Any],
):
    if "namespace" in (about := spec.get("resourceAttributes", {})):
        spec = {**spec, "resourceAttributes": {**about, "namespace": namespace}}
    async with api_of(api_server) as api:
        answer = await api.post(f"{AUTHORIZATION}/{kind.replace('$ns', namespace)}", {"spec": spec})

    assert answer.status == 201, answer.body
    assert answer.body["spec"] == spec
    told = answer.body["status"]
    # Which of several bindings is named is chance.
    assert told.pop("reason", "RBAC: allowed by ClusterRoleBinding").startswith("RBAC: allowed by ")
    assert told == status


UNCLEAR = [
    (
        "selfsubjectaccessreviews",
        {},
        "spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or "
        "resourceAttributes must be specified",
    ),
    (
        "selfsubjectaccessreviews",
        {"resourceAttributes": PODS, "nonResourceAttributes": VERSION},
        'spec.nonResourceAttributes: Invalid value: {"Path":"/version","Verb":"get"}: cannot be '
        "specified in combination with resourceAttributes",
    ),
    (
        "subjectaccessreviews",
        {"resourceAttributes": PODS},
        'spec.user: Invalid value: "": at least one of user or group must be specified',
    ),
    (
        "namespaces/default/localsubjectaccessreviews",
        {"user": "jane", "resourceAttributes": PODS},
        'spec.resourceAttributes.namespace: Invalid value: "": must match metadata.namespace',
    ),
    (
        "namespaces/default/localsubjectaccessreviews",
        {"user": "jane", "nonResourceAttributes": VERSION},
        'spec.nonResourceAttributes: Invalid value: {"Path":"/version","Verb":"get"}: disallowed '
        "on this kind of request",
    ),
]


@pytest.mark.parametrize(("kind", "spec", "message"), UNCLEAR)
async def test_an_unclear_review_is_told_what_it_lacks(
    api_server: ApiServer, kind: str, spec: dict[str, Any], message: str
):
    async with api_of(api_server) as api:
        answer = await api.post(f"{AUTHORIZATION}/{kind}", {"spec": spec})

    assert answer.status == 422
    assert answer.body["message"] == f'.authorization.k8s.io "" is invalid: {message}'


async def test_everybody_may_ask_for_their_own_rules(api_server: ApiServer, namespace: str):
    user = f"{namespace}-ann"
    path = f"{AUTHORIZATION}/selfsubjectrulesreviews"
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}
    async with api_of(api_server) as admin, api_of(api_server, user=user) as api:
        await make(admin, {"kind": "Role", "name": "r", "rules": [rule]}, namespace)
        given = {"kind": "RoleBinding", "name": "r", "role": "Role/r", "users": [user]}
        await make(admin, given, namespace)
        reading = f"GET /api/v1/namespaces/{namespace}/configmaps"
        await eventually(api, reading, None, {"code": 200})

        answer = await api.post(path, {"spec": {"namespace": namespace}})
        nowhere = await api.post(path, {"spec": {}})

    status = answer.body["status"]
    assert rule in status["resourceRules"]
    paths = {url for each in status["nonResourceRules"] for url in each["nonResourceURLs"]}
    assert "/apis/*" in paths
    assert status["incomplete"] is False
    assert (nowhere.status, nowhere.body["message"]) == (400, "no namespace on request")


async def test_every_namespace_has_its_account_and_knows_the_authority(
    api_server: ApiServer, namespace: str
):
    where = f"/api/v1/namespaces/{namespace}"
    async with api_of(api_server) as api:
        account = f"GET {where}/serviceaccounts/default"
        assert (await eventually(api, account, None, {"code": 200})).status == 200
        known = f"GET {where}/configmaps/kube-root-ca.crt"
        answer = await eventually(api, known, None, {"code": 200})

    assert answer.body["data"]["ca.crt"].strip() == api_server.authority.strip()
