"""The entries of metadata.managedFields."""

from __future__ import annotations

import pytest

from apiserver.fieldset import fieldset_of
from apiserver.managed_fields import (
    Entry,
    Identity,
    capped,
    identity_of,
    is_reset,
    owned_by_all,
    read,
    write,
)
from apiserver.value import Object

SIZE = fieldset_of(("f:spec", "f:size"))
ITEM = {
    "manager": "a",
    "operation": "Update",
    "apiVersion": "v1",
    "time": "2026-01-01T00:00:00Z",
    "fieldsType": "FieldsV1",
    "fieldsV1": {"f:spec": {"f:size": {}}},
    "subresource": "status",
}


def holding(*entries: object) -> Object:
    return {"metadata": {"managedFields": list(entries)}}


def test_an_entry_reads_and_writes_back() -> None:
    entries = read(holding(ITEM))

    assert entries == {
        Identity("Update", "a", "v1", "status"): Entry("v1", SIZE, "2026-01-01T00:00:00Z")
    }
    assert write(entries) == [ITEM]


def test_an_entry_without_time_or_subresource_has_neither_when_written() -> None:
    entries = {Identity("Apply", "a"): Entry("v1", SIZE)}

    assert write(entries) == [
        {
            "manager": "a",
            "operation": "Apply",
            "apiVersion": "v1",
            "fieldsType": "FieldsV1",
            "fieldsV1": {"f:spec": {"f:size": {}}},
        }
    ]


@pytest.mark.parametrize(
    "bad",
    [
        "x",
        ITEM | {"operation": "Delete"},
        ITEM | {"apiVersion": ""},
        ITEM | {"fieldsV1": {"f:spec": 1}},
        ITEM | {"fieldsV1": {"spec": {}}},
    ],
)
def test_malformed_entries_are_none_at_all(bad: object) -> None:
    assert read(holding(ITEM, bad)) is None


def test_no_entries_are_an_empty_map() -> None:
    assert read(None) == {}
    assert read({}) == {}
    assert read(holding()) == {}


def test_an_applier_is_the_same_in_every_version() -> None:
    assert identity_of("Apply", "a", "v1", "") == identity_of("Apply", "a", "v2", "")
    assert identity_of("Update", "a", "v1", "") != identity_of("Update", "a", "v2", "")
    assert identity_of("Update", "", "v1", "").manager == "unknown"


def test_entries_are_ordered_by_operation_time_manager_version_and_subresource() -> None:
    def entry(second: int) -> Entry:
        return Entry("v1", SIZE, f"2026-01-01T00:00:0{second}Z")

    entries = {
        Identity("Update", "a", "v1"): entry(0),
        Identity("Apply", "z"): entry(2),
        Identity("Apply", "b"): entry(1),
        Identity("Apply", "a"): entry(1),
        Identity("Update", "a", "v1", "status"): entry(0),
    }

    named = [
        (item["operation"], item["manager"], item.get("subresource")) for item in write(entries)
    ]  # type: ignore[index, attr-defined]
    assert named == [
        ("Apply", "a", None),
        ("Apply", "b", None),
        ("Apply", "z", None),
        ("Update", "a", None),
        ("Update", "a", "status"),
    ]


@pytest.mark.parametrize(
    ("listed", "asked"),
    [([], True), ([{}], True), (None, False), ([ITEM], False), ([{}, {}], False)],
)
def test_a_client_asks_to_forget_with_an_empty_list_or_entry(listed: object, asked: bool) -> None:
    assert is_reset({"metadata": {"managedFields": listed}}) is asked


def test_conflicts_name_the_version_of_an_update_and_the_subresource() -> None:
    assert Identity("Apply", "a").text() == '"a"'
    assert Identity("Update", "a", "v1").text() == '"a" using v1'
    assert (
        Identity("Update", "a", "v1", "status").text() == '"a" with subresource "status" using v1'
    )


def updaters(count: int) -> dict[Identity, Entry]:
    return {
        Identity("Update", f"m{at:02}", "v1"): Entry(
            "v1", fieldset_of((f"f:{at}",)), f"2026-01-01T00:00:{at:02}Z"
        )
        for at in range(count)
    }


def test_ten_updaters_are_not_too_many() -> None:
    assert capped(updaters(10)) == updaters(10)


def test_the_oldest_updaters_become_one_and_it_takes_in_more_later() -> None:
    eleven = capped(updaters(11))
    twelve = capped(eleven | {Identity("Update", "new", "v1"): Entry("v1", SIZE, "2026-01-02")})

    ancient = Identity("Update", "ancient-changes", "v1")
    assert len(eleven) == len(twelve) == 10
    assert set(eleven[ancient].fields) == {("f:0",), ("f:1",)}
    assert set(twelve[ancient].fields) == {("f:0",), ("f:1",), ("f:2",)}


def test_the_old_updaters_of_each_version_become_one() -> None:
    other = {
        Identity("Update", f"o{at}", "v2"): Entry("v2", SIZE, f"2025-01-01T00:00:0{at}Z")
        for at in range(2)
    }

    kept = capped(updaters(10) | other)

    assert Identity("Update", "ancient-changes", "v2") in kept
    assert len(kept) == 10


def test_what_all_own_is_gathered() -> None:
    entries = updaters(2).values()

    assert set(owned_by_all(entries)) == {("f:0",), ("f:1",)}
