"""Bodies that are too big, too deep or too many, on both API servers: a Status, and soon."""

from __future__ import annotations

import asyncio

import pytest

from tests.contract.api import APPLY, Api

PATIENCE = 20
"""Seconds in which any answer has to come."""


@pytest.fixture
def path(namespace: str) -> str:
    """Where the config maps are."""
    return f"/api/v1/namespaces/{namespace}/configmaps"


@pytest.mark.slow
async def test_a_body_of_ten_megabytes_is_refused(api: Api, path: str):
    head = b'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":"'
    body = head + b"x" * 10_000_000 + b'"}}'

    async with asyncio.timeout(PATIENCE):
        answer = await api.ask("POST", path, {}, body)

    assert answer.status == 413
    assert answer.body["reason"] == "RequestEntityTooLarge"
    assert answer.body["message"] == "Request entity too large: limit is 3145728"


@pytest.mark.parametrize("depth", [1_000, 100_000, 1_000_000])
@pytest.mark.parametrize("form", ["application/json", APPLY])
async def test_a_body_of_many_levels_is_refused(api: Api, path: str, depth: int, form: str):
    body = b'{"apiVersion":"v1","kind":"ConfigMap","data":' + b"[" * depth + b"]" * depth + b"}"
    verb, query = ("POST", {}) if form != APPLY else ("PATCH", {"fieldManager": "m"})
    where = path if verb == "POST" else f"{path}/a"

    async with asyncio.timeout(PATIENCE):
        answer = await api.ask(verb, where, query, body, form)

    assert answer.status in (400, 500)
    assert answer.body["kind"] == "Status"


async def test_a_name_that_stands_for_too_much_is_refused(api: Api, path: str):
    """Nine levels of ten: a billion laughs."""
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    body = "\n".join(["apiVersion: v1", "kind: ConfigMap", *levels]).encode()

    async with asyncio.timeout(PATIENCE):
        answer = await api.ask("POST", path, {}, body, "application/yaml")

    assert 400 <= answer.status < 500
    assert answer.body["kind"] == "Status"


async def test_a_selector_of_many_parts_is_answered(api: Api, path: str):
    selector = "x in (" + ",".join(f"v{number}" for number in range(1_000)) + ")"

    async with asyncio.timeout(PATIENCE):
        answer = await api.get(path, labelSelector=selector)

    assert answer.status == 200
    assert answer.body["items"] == []


async def test_a_patch_of_too_many_operations_is_refused(api: Api, path: str):
    await api.post(path, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})
    operations = [{"op": "test", "path": "/data", "value": None}] * 10_001

    async with asyncio.timeout(PATIENCE):
        answer = await api.patch(f"{path}/a", operations, "application/json-patch+json")

    assert answer.status == 413
    assert answer.body["reason"] == "RequestEntityTooLarge"


@pytest.mark.slow
@pytest.mark.parametrize("count", [2_000, 100_000])
async def test_a_selector_of_many_names_is_answered(api: Api, path: str, count: int):
    selector = "x in (" + ",".join(f"v{number}" for number in range(count)) + ")"

    async with asyncio.timeout(PATIENCE):
        answer = await api.get(path, labelSelector=selector)

    assert answer.status == 200
    assert answer.body["items"] == []


async def test_a_selector_beyond_all_measure_is_refused(api: Api, path: str):
    async with asyncio.timeout(PATIENCE):
        answer = await api.get(path, labelSelector="x" * 3_000_000)

    assert answer.status == 431


@pytest.mark.parametrize("count", [40, 1_000])
async def test_copies_of_copies_are_refused(api: Api, path: str, count: int):
    """A copy into itself makes a document twice as big: forty of them would be terabytes."""
    data = {"data": {"a": "x" * 1_000}}
    await api.post(
        path, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, **data}
    )
    operations = [{"op": "copy", "from": "/data", "path": f"/data/o{n}"} for n in range(count)]

    async with asyncio.timeout(PATIENCE):
        answer = await api.patch(f"{path}/a", operations, "application/json-patch+json")

    assert answer.status == 422
    assert answer.body["reason"] == "Invalid"
    assert (await api.get(f"{path}/a")).body["data"] == data["data"]


async def test_many_unknown_fields_are_told_of_a_hundred_times_at_most(api: Api, path: str):
    unknown = {f"field{number}": {} for number in range(10_000)}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, **unknown}

    async with asyncio.timeout(PATIENCE):
        answer = await api.post(path, body, fieldValidation="Warn")

    assert answer.status == 201
    assert len(answer.warnings) == 100
    assert answer.warnings[0] == '299 - "unknown field \\"field0\\""'


@pytest.mark.parametrize("form", ["application/yaml", APPLY])
async def test_text_that_is_not_in_utf_8_is_refused(api: Api, path: str, form: str):
    body = b'{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: "\xff"}}'
    verb, query = ("POST", {}) if form != APPLY else ("PATCH", {"fieldManager": "m"})
    where = path if verb == "POST" else f"{path}/a"

    async with asyncio.timeout(PATIENCE):
        answer = await api.ask(verb, where, query, body, form)

    assert answer.status == 400
    assert answer.body["reason"] == "BadRequest"
