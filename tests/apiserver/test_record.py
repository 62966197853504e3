"""Stored objects: bytes for good, objects for a while."""

from __future__ import annotations

import tracemalloc
from typing import Any

import orjson
import pytest

from apiserver.record import WARM, Recent, Record
from apiserver.storage import Storage

KEY = ("default", "a")


def thing(name: str = "a") -> dict[str, Any]:
    metadata = {"name": name, "namespace": "default", "uid": f"uid of {name}"}
    return {"kind": "ConfigMap", "metadata": metadata, "apiVersion": "v1", "data": {"a": "b"}}


def cold() -> Record:
    """A record that was not looked into for long."""
    recent = Recent(1)
    record = Record(KEY, 2, thing(), recent)
    Record(KEY, 3, thing(), recent)
    return record


def test_what_is_read_again_is_what_was_stored():
    record = cold()

    assert record.object == thing()
    assert record.object is record.object
    assert record.uid == "uid of a"


@pytest.mark.parametrize("content", [thing(), {"data": {}}, {"kind": "A"}, {}])
def test_an_object_without_a_kind_has_none_afterwards(content: dict[str, Any]):
    record = Record(KEY, 2, content, Recent(0))

    assert record.object == content
    assert orjson.loads(record.whole) == content


def test_the_bytes_of_a_list_do_not_repeat_the_kind():
    for record in (cold(), Record(KEY, 2, thing())):
        assert orjson.loads(record.bare) == {
            key: value for key, value in thing().items() if key in ("metadata", "data")
        }
        assert orjson.loads(record.whole) == thing()


@pytest.mark.parametrize("content", [thing(), {"metadata": {}}, {"data": {}, "metadata": {"a": 1}}])
def test_the_bytes_of_the_metadata_are_found_without_reading_an_object(content: dict[str, Any]):
    record = Record(KEY, 2, content, Recent(0))

    assert orjson.loads(record.metadata) == content["metadata"]


def test_labels_are_known_without_reading_and_shared_by_all_who_have_the_same():
    records = []
    for name in ("a", "b"):
        content = thing(name)
        content["metadata"]["labels"] = {"app": "x"}
        records.append(Record(("default", name), 2, content))

    assert records[0].labels == {"app": "x"}
    assert records[0].labels is records[1].labels
    assert Record(KEY, 2, thing()).labels == {}


def test_a_glance_keeps_nothing():
    record = cold()

    assert record.glance() == thing()
    assert record.glance() is not record.glance()


def test_an_object_that_is_going_says_so_without_being_read():
    content = thing()
    content["metadata"]["deletionTimestamp"] = "2026-03-01T12:00:00Z"

    assert Record(KEY, 2, content).is_terminating
    assert not Record(KEY, 2, thing()).is_terminating


@pytest.mark.slow
def test_a_small_object_takes_little_more_than_its_bytes():
    storage = Storage()
    shelf = ("", "configmaps")
    for number in range(WARM):
        storage.put(shelf, thing(f"first-{number}"))
    count = 2_000

    tracemalloc.start()
    for number in range(count):
        storage.put(shelf, thing(f"map-{number}"))
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    size = len(storage.shelf(shelf).records[("default", "map-0")].whole)
    assert used / count < size + 600
