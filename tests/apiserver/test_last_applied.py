"""The annotation of client-side apply, taken over by server-side apply."""

from __future__ import annotations

import json

import pytest

from apiserver.fieldset import fieldset_of
from apiserver.last_applied import ANNOTATION, keep_level, require_overwritable
from apiserver.managed_fields import Identity
from apiserver.ownership_conflict import ApplyConflict, conflicts_of
from apiserver.value import Object, section
from tests.fake.gadget import schema_of, thing

SCHEMA = schema_of("configmap")
CLIENT = Identity("Update", "kubectl-client-side-apply", "v1")


def live(text: str, **data: str) -> Object:
    return thing("configmap", {"metadata": {"annotations": {ANNOTATION: text}}, "data": data})


def conflict(*keys: str) -> ApplyConflict:
    return conflicts_of({CLIENT: fieldset_of(*(("f:data", f"f:{key}") for key in keys))})


def applied(**data: str) -> str:
    return json.dumps(thing("configmap", {"data": data}))


def test_what_the_annotation_still_tells_truly_may_be_overwritten() -> None:
    require_overwritable(conflict("a"), live(applied(a="1"), a="1"), SCHEMA, "v1")


def test_what_was_changed_since_is_a_conflict() -> None:
    with pytest.raises(ApplyConflict) as problem:
        require_overwritable(
            conflict("a", "b"), live(applied(a="1", b="1"), a="1", b="2"), SCHEMA, "v1"
        )

    assert [path for _, path in problem.value.conflicts] == [".data.b"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"apiVersion":"v2"}', '{"apiVersion":"v1","data":{"a":1}}']
)
def test_an_annotation_that_tells_nothing_allows_nothing(text: str) -> None:
    with pytest.raises(ApplyConflict):
        require_overwritable(conflict("a"), live(text, a="1"), SCHEMA, "v1")


def test_the_annotation_is_kept_level_with_what_is_applied() -> None:
    wanted = thing("configmap", {"metadata": {"annotations": {ANNOTATION: "old", "x": "<y>"}}})

    levelled = keep_level(live("old"), wanted)

    text = section(levelled, "metadata", "annotations")[ANNOTATION]
    assert text == (
        '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"annotations":{"x":"\\u003cy\\u003e"},'
        '"name":"thing","namespace":"default"}}\n'
    )


def test_without_the_annotation_none_is_made() -> None:
    bare = thing("configmap", {"data": {"a": "1"}})

    assert keep_level(bare, bare) is bare


def test_an_annotation_that_grows_too_large_is_dropped() -> None:
    wanted = thing("configmap", {"data": {"a": "x" * 300_000}})

    assert section(keep_level(live("old"), wanted), "metadata", "annotations") == {}
