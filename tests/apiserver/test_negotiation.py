"""Which form of answer a client gets."""

from __future__ import annotations

import pytest

from apiserver.negotiation import form_name, wants_aggregate
from apiserver.refusal import Refusal

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PARTIAL = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
AGGREGATE = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("", "object"), ("*/*", "object"), ("application/json", "object"),
        ("application/vnd.kubernetes.protobuf, application/json", "object"),
        (f"{TABLE},application/json", "table"), (PARTIAL, "partial"),
        (f"application/json;q=0.5,{PARTIAL};q=0.9", "partial"),
        ("application/json;stream=watch", "object"),
        ("application/json;as=Table;v=v1;g=other,application/json", "object"),
    ],
)  # fmt: skip
def test_the_first_form_that_is_written_here_is_taken(header: str, form: str):
    assert form_name(header) == form


@pytest.mark.parametrize("header", ["text/html", "application/vnd.kubernetes.protobuf"])
def test_a_client_that_reads_nothing_of_it_is_refused(header: str):
    with pytest.raises(Refusal) as refusal:
        form_name(header)

    assert refusal.value.code == 406


def test_discovery_comes_whole_to_who_asks_first_for_that():
    assert wants_aggregate(f"{AGGREGATE},application/json") == "v2"
    assert wants_aggregate(f"application/json,{AGGREGATE};q=0.5") == ""
