"""Objects, revisions, and what is remembered of them."""

from __future__ import annotations

import pytest

from apiserver.storage import Event, Storage, TooOld

SHELF = ("", "configmaps")


def thing(name: str, namespace: str = "a", **more: object) -> dict[str, object]:
    return {"metadata": {"name": name, "namespace": namespace}, **more}


def names(storage: Storage, revision: int, namespace: str = "") -> list[str]:
    return [record.key[1] for record in storage.shelf(SHELF).as_of(revision, namespace)]


def test_each_write_makes_one_revision():
    storage = Storage()
    first = storage.put(SHELF, thing("x"))
    second = storage.put(SHELF, thing("x", data=1))
    last = storage.remove(SHELF, second)

    assert (second.revision, last.revision) == (first.revision + 1, first.revision + 2)
    assert last.object["metadata"]["resourceVersion"] == str(last.revision)
    assert storage.find(SHELF, "a", "x") is None


def test_a_past_moment_can_be_shown():
    storage = Storage()
    one = storage.put(SHELF, thing("one"))
    two = storage.put(SHELF, thing("two", "b"))
    storage.put(SHELF, thing("one", data=1))
    storage.remove(SHELF, two)

    assert names(storage, one.revision) == ["one"]
    assert names(storage, two.revision) == ["one", "two"]
    assert names(storage, two.revision, "b") == ["two"]
    assert names(storage, storage.revision) == ["one"]
    then = storage.shelf(SHELF).as_of(two.revision, "a")
    assert then[0] is one


def test_a_moment_that_was_forgotten_cannot():
    storage = Storage()
    one = storage.put(SHELF, thing("one"))
    storage.put(SHELF, thing("two"))
    storage.compact()

    with pytest.raises(TooOld):
        list(storage.shelf(SHELF).since(one.revision))
    with pytest.raises(TooOld):
        list(storage.shelf(("", "secrets")).since(one.revision))
    assert list(storage.shelf(SHELF).since(storage.revision)) == []


def test_who_subscribed_hears_every_write():
    storage = Storage()
    heard: list[Event] = []
    end = storage.subscribe(heard.append)
    record = storage.put(SHELF, thing("one"))
    storage.put(SHELF, thing("one", data=1))
    storage.remove(SHELF, record)
    end()
    storage.put(SHELF, thing("two"))

    assert [event.type for event in heard] == ["ADDED", "MODIFIED", "DELETED"]
    assert heard[1].before is record


def test_records_come_by_namespace_and_name():
    storage = Storage()
    for name, namespace in (("b", "x"), ("a", "y"), ("a", "x"), ("c", "xx")):
        storage.put(SHELF, thing(name, namespace))

    everything = [record.key for record in storage.shelf(SHELF).in_order("")]
    some = [record.key for record in storage.shelf(SHELF).in_order("x")]

    assert everything == [("x", "a"), ("x", "b"), ("xx", "c"), ("y", "a")]
    assert some == [("x", "a"), ("x", "b")]
