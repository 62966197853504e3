from __future__ import annotations

from datetime import UTC, datetime

import pytest

from helm_controller.config_digest import config_digest
from helm_controller.observation import (
    digest_of,
    is_as_remembered,
    moment,
    runs_of_tests,
    snapshot_of,
)
from helm_controller.release_record import Record

TESTED = {
    "name": "t",
    "events": ["test"],
    "last_run": {
        "started_at": "2026-01-02T03:04:05.6Z",
        "completed_at": "2026-01-02T03:04:06Z",
        "phase": "Failed",
    },
}
HOOK = {"name": "h", "events": ["pre-install"], "last_run": {"phase": "Succeeded"}}
RELEASE = {
    "name": "demo",
    "namespace": "apps",
    "version": 3,
    "config": {"a": 1},
    "manifest": "---\n",
    "chart": {"metadata": {"name": "demo", "version": "1.2.3", "appVersion": "4"}, "files": [1]},
    "info": {
        "first_deployed": "2026-01-02T03:04:05.123456789+01:00",
        "last_deployed": "2026-01-02T03:04:05Z",
        "status": "deployed",
    },
    "hooks": [HOOK, TESTED],
}


def test_the_digest_of_a_record_is_that_of_flux():
    # The value that Flux's own tests expect of a release with nothing but this name.
    assert digest_of(Record({"name": "foo"})) == (
        "sha256:f1498f27a16a09cd7e1ee610d924df065c03d30035638babc95dd9a8d412ce4d"
    )


@pytest.mark.parametrize(
    ("values", "digest"),
    [
        ({}, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (
            {
                "ports": [{"protocol": "TCP", "port": 8080}, {"port": 9090, "protocol": "UDP"}],
                "replicas": 3.0,
                "image": {"tag": "latest", "repository": "nginx"},
            },
            "fcdc2b0de1581a3633ada4afee3f918f6eaa5b5ab38c3fef03d5b48d3f85d9f6",
        ),
        (
            {
                "test": {
                    "632bd80235a05f4192aefade": "value1",
                    "632bd80ddf416cf32fd50679": "value2",
                    "632bd817c559818a52307da2": "value3",
                    "632bd82398e71231a98004b6": "value4",
                },
                "replicas": 3,
            },
            "8a980fcbeadd6f05818f07e8aec14070c22250ca3d96af1fcd5f93b3e85b4d70",
        ),
    ],
    ids=["nothing", "keys in any order", "keys that begin with digits"],
)
def test_the_digest_of_values_is_that_of_flux(values, digest):
    assert config_digest(values) == f"sha256:{digest}"


def test_what_is_remembered_of_a_record():
    snapshot = snapshot_of(Record(RELEASE), "install", "sha256:abc")

    assert (snapshot.full_name, snapshot.chart, snapshot.app_version) == (
        "apps/demo.v3",
        "demo@1.2.3",
        "4",
    )
    assert (snapshot.status, snapshot.action, snapshot.api_version) == ("deployed", "install", "v2")
    assert snapshot.last_deployed == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert snapshot.deleted is None
    assert not snapshot.is_tested


def test_files_of_the_chart_and_runs_of_tests_are_no_change_of_a_record():
    snapshot = snapshot_of(Record(RELEASE), "install")
    chart = {**RELEASE["chart"], "files": []}
    rerun = {**TESTED, "last_run": {"phase": "Succeeded"}}

    assert is_as_remembered(snapshot, Record({**RELEASE, "chart": chart, "hooks": [HOOK, rerun]}))


@pytest.mark.parametrize(
    "change",
    [{"version": 4}, {"config": {"a": 2}}, {"manifest": "---\n\n"}, {"hooks": [TESTED]}],
    ids=["revision", "values", "manifest", "hooks"],
)
def test_anything_else_is_a_change_of_a_record(change):
    snapshot = snapshot_of(Record(RELEASE), "install")

    assert not is_as_remembered(snapshot, Record({**RELEASE, **change}))


def test_what_the_tests_came_to_is_found_by_name():
    runs = runs_of_tests(Record(RELEASE))

    assert list(runs) == ["t"]
    assert (runs["t"].phase, runs["t"].last_completed) == (
        "Failed",
        datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC),
    )


def test_a_test_that_was_not_run_has_no_times():
    never = {**TESTED, "last_run": {"phase": ""}}

    assert runs_of_tests(Record({**RELEASE, "hooks": [never]}))["t"].last_started is None


def test_times_are_read_to_the_microsecond():
    assert moment("2026-01-02T03:04:05.1234567Z").microsecond == 123456
