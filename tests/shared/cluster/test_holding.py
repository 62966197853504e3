import pytest

from shared.cluster.holding import LARGE, REMEMBERED, Holding, is_before
from shared.cluster.watch import Change


def pod(name="web", *, uid="1", version="5", **more):
    meta = {"namespace": "apps", "name": name, "uid": uid, "resourceVersion": version}
    return {"kind": "Pod", "metadata": meta | more}


def holding(*items, version="5"):
    held, told = Holding(managed_fields=False), []
    held.replace(items, version)
    held.subscribe(lambda old, new: told.append((_version(old), _version(new))))
    told.clear()
    return held, told


def _version(item):
    return item and item["metadata"]["resourceVersion"]


NEWER = pod(version="7")
TABLE = [
    ("a new object", [], [("ADDED", pod(version="6"))], [(None, "6")]),
    ("a change", [pod()], [("MODIFIED", NEWER)], [("5", "7")]),
    ("a deletion", [pod()], [("DELETED", NEWER)], [("5", None)]),
    ("the same twice", [pod()], [("MODIFIED", NEWER), ("MODIFIED", NEWER)], [("5", "7")]),
    ("an older one late", [], [("ADDED", NEWER), ("MODIFIED", pod(version="6"))], [(None, "7")]),
    ("what the list has told already", [], [("ADDED", pod(version="4"))], []),
    ("a deletion of what is not there", [], [("DELETED", NEWER)], []),
    (
        "a late event of a deleted object does not bring it back",
        [pod()],
        [("DELETED", NEWER), ("MODIFIED", pod(version="6"))],
        [("5", None)],
    ),
    (
        "a late deletion of an earlier object of the name leaves the later one",
        [pod()],
        [("ADDED", pod(uid="2", version="8")), ("DELETED", NEWER)],
        [("5", "8")],
    ),
    (
        "versions that are no numbers are taken as they come",
        [],
        [("ADDED", pod(version="b")), ("MODIFIED", pod(version="a"))],
        [(None, "b"), ("b", "a")],
    ),
]


@pytest.mark.parametrize(("items", "changes", "expected"), [row[1:] for row in TABLE],
                         ids=[row[0] for row in TABLE])  # fmt: skip
def test_changes_move_forward_only(items, changes, expected):
    held, told = holding(*items)

    for kind, item in changes:
        held.take(Change(kind, item))

    assert told == expected


def test_a_new_list_tells_what_came_went_and_changed_and_nothing_of_the_rest():
    held, told = holding(pod("same"), pod("gone"), pod("old"))

    held.replace([pod("same"), pod("old", version="8"), pod("new", version="9")], "9")

    assert told == [("5", "8"), (None, "9"), ("5", None)]
    assert held.find("apps", "gone") is None
    assert len(held.all()) == 3


def test_an_object_of_another_life_in_a_new_list_is_a_change():
    held, told = holding(pod())

    held.replace([pod(uid="2", version="5")], "9")

    assert told == [("5", "5")]


def test_a_version_that_comes_a_second_time_with_other_content_is_a_change():
    held, told = holding(pod(), version="9")

    held.replace([pod(labels={"a": "b"})], "5")

    assert told == [("5", "5")]


def test_field_ownership_is_dropped_unless_it_is_wanted():
    full, outline = Holding(managed_fields=False), Holding(managed_fields=True)

    for held in (full, outline):
        held.replace([pod(managedFields=[{}])], "5")
        held.take(Change("MODIFIED", pod(version="6", managedFields=[{}])))

    assert "managedFields" not in full.find("apps", "web")["metadata"]
    assert outline.find("apps", "web")["metadata"]["managedFields"] == [{}]


def test_only_so_many_deleted_objects_are_remembered():
    held, told = holding()

    for number in range(REMEMBERED + 1):
        held.take(Change("DELETED", pod(uid=str(number), version="6")))
    held.take(Change("ADDED", pod(uid="0", version="7")))

    assert told == [(None, "7")]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("9", "10", True), ("10", "9", False), ("10", "10", False), ("a", "b", False)],
)
def test_versions_are_compared_as_numbers(one, other, expected):
    assert is_before(one, other) is expected


def test_who_subscribes_late_is_told_of_what_is_there():
    held, _ = holding(pod())
    told = []

    held.subscribe(lambda old, new: told.append((_version(old), _version(new))))

    assert told == [(None, "5")]


def test_a_large_object_is_found_and_told_as_it_is():
    large = pod(annotations={"long": "x" * LARGE})
    held, told = holding(large)

    held.take(Change("MODIFIED", pod(version="7", annotations={"long": "y" * LARGE})))

    assert told == [("5", "7")]
    assert held.find("apps", "web") == pod(version="7", annotations={"long": "y" * LARGE})
    assert held.all() == [held.find("apps", "web")]
    assert held.find("apps", "web") is not held.find("apps", "web")
