"""Records of releases: what Helm wrote is read, and what is written is Helm's to the byte."""

from __future__ import annotations

import base64
import gzip
import json
import secrets
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helm_controller import release_record
from helm_controller.problem import HelmError
from helm_controller.release_record import Record, decode, encode, record_of, secret_of
from tests.helm_controller.cases import recorded

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RELEASE: dict[str, object] = {
    "name": "demo",
    "info": {"status": "deployed", "description": "Install complete"},
    "chart": {"metadata": {"name": "demo"}},
    "version": 3,
    "namespace": "apps",
}


@pytest.mark.parametrize("case", recorded("helm", "release.json"))
def test_a_release_is_written_as_helm_wrote_it(case: Path):
    written = (case / "release.json").read_bytes().strip()

    assert release_record.json_of(json.loads(written)) == written


def test_what_was_recorded_is_read_again():
    assert decode(encode(RELEASE))["info"] == RELEASE["info"]


def test_a_record_of_helm_2_was_not_compressed():
    assert decode(base64.b64encode(b'{"name":"old"}')) == {"name": "old"}


def test_fields_have_the_order_of_helm_and_those_of_a_chart_are_always_there():
    written = release_record.json_of(RELEASE).decode()

    assert written == (
        '{"name":"demo","info":{"description":"Install complete","status":"deployed"},'
        '"chart":{"metadata":{"name":"demo"},"lock":null,"templates":null,"values":null,'
        '"schema":null,"schemamodtime":"0001-01-01T00:00:00Z","files":null},"version":3,"namespace":"apps"}'
    )


def test_a_new_revision_is_a_secret_with_labels_that_helm_selects_by():
    secret = secret_of(Record(RELEASE, {"team": "blue"}), "storage", created=NOW)

    assert secret["type"] == "helm.sh/release.v1"
    assert secret["metadata"] == {
        "name": "sh.helm.release.v1.demo.v3",
        "namespace": "storage",
        "labels": {
            "createdAt": "1767323045",
            "name": "demo",
            "owner": "helm",
            "status": "deployed",
            "team": "blue",
            "version": "3",
        },
    }


def test_a_revision_in_another_state_loses_when_it_was_created_as_with_helm():
    record = Record(RELEASE).with_status("superseded", "Superseded")

    labels = secret_of(record, "storage", modified=NOW)["metadata"]["labels"]

    assert labels["status"] == "superseded"
    assert "createdAt" not in labels
    assert labels["modifiedAt"] == "1767323045"


def test_a_secret_is_a_record_again_without_the_labels_of_helm():
    record = Record(RELEASE, {"team": "blue"})

    found = record_of(secret_of(record, "storage", created=NOW))

    assert (found.name, found.revision, found.status) == ("demo", 3, "deployed")
    assert found.labels == {"team": "blue"}


def test_labels_of_helm_cannot_be_set():
    with pytest.raises(HelmError, match="may not be owner, version"):
        secret_of(Record(RELEASE, {"owner": "me", "version": "1"}), "storage")


def test_what_does_not_fit_into_a_secret_is_told_with_its_size_and_a_way_out():
    large = {**RELEASE, "manifest": secrets.token_hex(2**20)}

    with pytest.raises(HelmError, match=r"demo, revision 3, is 1\.\d\d MiB.*\.helmignore") as told:
        secret_of(Record(large), "storage")

    assert told.value.stage == "limit"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%%%",
        base64.b64encode(b"[]"),
        base64.b64encode(b"not json"),
        base64.b64encode(gzip.compress(b"{}")[:-9]),
    ],
    ids=["nothing", "no base64", "a list", "no JSON", "cut off"],
)
def test_what_is_no_record_is_refused(data: bytes):
    with pytest.raises(HelmError):
        decode(data)


@pytest.mark.slow
def test_a_record_that_swells_is_not_unpacked():
    swelling = base64.b64encode(gzip.compress(bytes(release_record.MOST_UNPACKED + 1), 1))

    with pytest.raises(HelmError, match="over 128 MiB"):
        decode(swelling)


def test_a_secret_without_a_record_is_named():
    with pytest.raises(HelmError, match="Secret other: this is no record"):
        record_of({"metadata": {"name": "other"}, "data": {}})
