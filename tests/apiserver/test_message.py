"""Objects that come as protobuf."""

from __future__ import annotations

import pytest

from apiserver.refusal import Refusal
from apiserver.wire.message import parse
from tests.apiserver.wire import chunk, envelope, number, pair

METADATA = 1


def metadata(name: str) -> bytes:
    # As Go writes them: texts that are empty and a time that is zero are sent too.
    return chunk(METADATA, chunk(1, name) + chunk(2, "") + number(7, 0) + chunk(8, b""))


def test_maps_and_bytes_are_read():
    message = metadata("a") + pair(2, "k", "v") + pair(3, "b", b"\x00\x01")

    assert parse(envelope("v1", "ConfigMap", message)) == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a"},
        "data": {"k": "v"},
        "binaryData": {"b": "AAE="},
    }


def test_a_zero_counts_where_a_pointer_brings_it():
    spec = number(1, 0) + number(5, 0) + number(7, 0)
    message = metadata("a") + chunk(2, spec)

    found = parse(envelope("apps/v1", "Deployment", message))

    assert found["spec"] == {"replicas": 0}


def test_special_types_have_their_json_forms():
    port = chunk(1, number(1, 1) + number(2, 0) + chunk(3, "http"))
    action = chunk(1, chunk(2, chunk(1, "") + chunk(2, number(1, 1) + chunk(3, "http"))))
    limits = pair(1, "cpu", chunk(1, "100m"))
    container = chunk(1, "c") + chunk(8, limits) + chunk(10, action)
    pod = chunk(2, chunk(2, container))
    times = chunk(1, chunk(1, "p") + chunk(8, number(1, 1_700_000_000)))

    found = parse(envelope("v1", "Pod", times + pod))

    assert port
    assert found["metadata"]["creationTimestamp"] == "2023-11-14T22:13:20Z"
    spec = found["spec"]["containers"][0]
    assert spec["resources"] == {"limits": {"cpu": "100m"}}
    assert spec["livenessProbe"]["httpGet"]["port"] == "http"


def test_a_message_of_an_unknown_kind_is_of_an_unknown_form():
    with pytest.raises(Refusal) as refusal:
        parse(envelope("x.test/v1", "Thing", b""))

    assert refusal.value.code == 415


@pytest.mark.parametrize(
    "data",
    [
        b"", b"k8s\x00\xff", b"nothing", envelope("v1", "ConfigMap", b"\x0a\x7f"),
        envelope("v1", "ConfigMap", chunk(METADATA, chunk(1, b"\xff"))),
        envelope("v1", "ConfigMap", b"\x80" * 80),
    ],
)  # fmt: skip
def test_a_broken_message_is_refused(data: bytes):
    with pytest.raises(Refusal) as refusal:
        parse(data)

    assert refusal.value.code in (400, 415)
