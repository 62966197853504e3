from __future__ import annotations

from datetime import UTC, datetime

import pytest

from helm_controller.release_making import method_of, rolled_back, stamp
from helm_controller.release_record import Record
from helm_controller.release_store import superfluous

NOW = datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC)


def record(revision: int, status: str = "superseded", **more: object) -> Record:
    info = {"status": status, "first_deployed": f"first of {revision}", "notes": f"n{revision}"}
    release = {"name": "demo", "namespace": "apps", "version": revision, "info": info, **more}
    return Record(release, {"own": str(revision)})


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (NOW, "2026-01-02T03:04:05.6789Z"),
        (NOW.replace(microsecond=0), "2026-01-02T03:04:05Z"),
        (NOW.replace(microsecond=1), "2026-01-02T03:04:05.000001Z"),
    ],
)
def test_moments_are_written_as_go_does(moment, expected):
    assert stamp(moment) == expected


def test_a_rollback_is_the_earlier_release_once_more():
    current = record(5, "failed", manifest="new")
    earlier = record(3, manifest="old", apply_method="csa", config={"a": 1})

    made = rolled_back(current, earlier, "ssa", NOW)

    assert (made.revision, made.status, method_of(made)) == (6, "pending-rollback", "ssa")
    assert (made.release["manifest"], made.release["config"]) == ("old", {"a": 1})
    assert made.info["rollback_revision"] == 3
    assert made.info["notes"] == "n3"
    assert made.info["first_deployed"] == "first of 5"
    assert made.info["description"] == "Rollback to 3"
    assert made.labels == {"own": "3"}
    assert (earlier.revision, method_of(earlier)) == (3, "csa"), "the earlier one is left alone"


def test_a_record_that_does_not_say_was_written_client_side():
    assert method_of(record(1)) == "csa"
    assert method_of(record(1, apply_method="ssa")) == "ssa"


@pytest.mark.parametrize(
    ("states", "most", "gone"),
    [
        ("superseded superseded deployed", 3, []),
        ("superseded superseded deployed", 2, [1]),
        ("deployed failed failed failed", 2, [2, 3]),
        ("deployed failed", 1, [2]),
        ("deployed", 0, []),
        ("superseded deployed failed deployed failed", 2, [1, 2, 3]),
    ],
)
def test_the_oldest_records_go_and_the_last_deployed_one_stays(states, most, gone):
    records = [record(number, status) for number, status in enumerate(states.split(), 1)]

    assert [one.revision for one in superfluous(records, most)] == gone
