import json
from pathlib import Path

import orjson
import pytest

from shared.cluster.answer import LONGEST, error_of, is_farewell
from shared.cluster.error import (
    Cause,
    ClusterError,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NoSuchKind,
    NotFound,
    Unauthorized,
    Unreachable,
)

CASES = json.loads((Path(__file__).parents[2] / "data/cluster/secret_answers.json").read_text())


def said(message="no", **more):
    return orjson.dumps({"kind": "Status", "message": message, **more})


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_an_answer_about_a_secret_keeps_what_it_holds(case):
    body = orjson.dumps({"kind": "Status", **case["body"]})

    error = error_of("patch Secret/apps/s", case["status"], body, secret=True)

    assert str(error) == case["expect"]
    assert "CANARY" not in f"{error} {error.causes}"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Invalid),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (409, Conflict),
        (410, Gone),
        (418, ClusterError),
        (422, Invalid),
        (429, Unreachable),
        (500, Unreachable),
        (504, Unreachable),
    ],
)
def test_each_status_is_an_error_of_its_own(status, kind):
    error = error_of("get Pod/a/b", status, said(reason="Why"))

    assert type(error) is kind
    assert (error.status, error.reason, str(error)) == (status, "Why", "get Pod/a/b: no")


def test_causes_name_the_fields():
    cause = {"field": "spec.x", "reason": "FieldValueInvalid", "message": "wrong"}

    error = error_of("get Pod/a/b", 422, said(details={"causes": [cause, "?"]}))

    assert error.causes == (Cause("spec.x", "FieldValueInvalid", "wrong"),)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"no backend\nat all", " (no backend)"),
        (b"<html>", ""),
        (b'{"kind":"Other"}', ""),
        (b"", ""),
        (b"\xff", " (\ufffd)"),
    ],
)
def test_an_answer_of_a_proxy_is_said_by_its_status(body, shown):
    error = error_of("get Pod/a/b", 502, body)

    assert str(error) == f"get Pod/a/b: the server answered 502 Bad Gateway{shown}"


def test_a_proxy_may_know_numbers_that_nobody_else_knows():
    assert "answered 599" in str(error_of("get Pod/a/b", 599, b""))


def test_a_path_that_nobody_serves_is_no_such_kind():
    assert type(error_of("get Pod/a/b", 404, b"404 page not found")) is NoSuchKind


def test_a_long_message_is_cut():
    assert len(str(error_of("get", 500, said("x" * 10_000)))) == LONGEST + len("get: ")


@pytest.mark.parametrize(
    ("answer", "is_gone"),
    [
        ({"kind": "Status", "status": "Success", "details": {"uid": "u-1"}}, True),
        ({"kind": "Status", "status": "Failure"}, False),
        ({"kind": "Status"}, False),
        ({"kind": "Service", "metadata": {"name": "web", "uid": "u-1"}}, True),
        ({"kind": "Pod", "metadata": {"uid": "u-1", "deletionTimestamp": "2026-01-01"}}, False),
        ({"kind": "Service", "metadata": {"name": "web"}}, False),
        ({}, False),
    ],
)
def test_the_answer_to_a_deletion_tells_whether_the_object_is_gone(answer, is_gone):
    assert is_farewell(answer) is is_gone
