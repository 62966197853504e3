from __future__ import annotations

import base64

import orjson
import pytest

from shared.oci.challenge import Challenge, challenges, is_trusted
from shared.oci.credential import ANONYMOUS, Keyring, Login
from shared.oci.docker_config import keyring_of
from shared.oci.error import InvalidAccess
from shared.oci.location import parse
from tests.fake.cases import cases

ADA, BOB = Login("ada", "one"), Login("bob", "two")


def config(**auths: object) -> str:
    return orjson.dumps({"auths": auths}).decode()


@cases("oci/keys.yaml")
def test_a_key_of_a_docker_config_is_for_a_repository(case):
    keyring = keyring_of(config(**{case["key"]: {"username": "ada", "password": "one"}}))

    found = keyring.login_for(parse(f"oci://{case['at']}"))

    assert found == (ADA if case["fits"] else ANONYMOUS)


@cases("oci/realms.yaml")
def test_a_token_server_is_trusted_with_a_login_or_not(case):
    location = parse(f"oci://{case['registry']}/team/apps")

    assert is_trusted(case["realm"], location, case.get("allowed", [])) is case["trusted"]


@cases("oci/challenges.yaml")
def test_a_challenge_is_read(case):
    assert challenges([case["header"]]) == [Challenge(*one) for one in case["is"]]


def test_a_header_that_goes_on_and_on_is_cut():
    assert len(challenges(["Basic realm=x, " * 10_000])) < 1_000


def test_the_key_that_says_the_most_is_taken():
    keyring = Keyring(
        (("registry.example", ADA), ("registry.example/team", BOB), ("*.example", Login("x")))
    )

    assert keyring.login_for(parse("oci://registry.example/team/apps")) == BOB
    assert keyring.login_for(parse("oci://registry.example/other")) == ADA


def test_of_several_secrets_the_first_counts():
    keyring = Keyring((("registry.example", ADA),)) + Keyring((("registry.example", BOB),))

    assert keyring.login_for(parse("oci://registry.example/apps")) == ADA


@pytest.mark.parametrize(
    ("entry", "login"),
    [
        ({"auth": base64.b64encode(b"ada:one").decode()}, ADA),
        ({"auth": base64.b64encode(b"ada:o:n:e").decode()}, Login("ada", "o:n:e")),
        ({"username": "ada", "password": "one", "email": "x"}, ADA),
        ({"identitytoken": "t"}, Login(identity="t")),
        ({"registrytoken": "t"}, Login(bearer="t")),
        ({}, ANONYMOUS),
    ],
)
def test_a_login_is_read_in_all_its_forms(entry, login):
    keyring = keyring_of(config(**{"registry.example": entry}))

    assert keyring.login_for(parse("oci://registry.example/apps")) == login


def test_the_older_form_has_no_frame():
    keyring = keyring_of('{"registry.example": {"username": "ada", "password": "one"}}', old=True)

    assert keyring.login_for(parse("oci://registry.example/apps")) == ADA


@pytest.mark.parametrize(
    "text",
    ["", "CANARY", "[]", "null", '{"auths": []}', '{"auths": {"x": "CANARY"}}',
     '{"auths": {"x": {"auth": "CANARY!"}}}', '{"auths": {"x": {"auth": "Q0FOQVJZ"}}}',
     " " * 2_000_000],
    ids=range(9),
)  # fmt: skip
def test_a_config_that_cannot_be_read_is_said_and_not_shown(text):
    with pytest.raises(InvalidAccess, match=r"docker config|'auth'") as refused:
        keyring_of(text)

    assert "CANARY" not in str(refused.value)
