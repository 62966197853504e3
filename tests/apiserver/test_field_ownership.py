"""Who owns which field after a series of writes: the cases are in tests/data/apiserver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from apiserver import field_ownership, managed_fields, merge_patch
from apiserver.field_ownership import Writer, keep_times
from apiserver.managed_fields import Entry, Identity
from apiserver.ownership_conflict import ApplyConflict, BadConfiguration, TypeMismatch
from apiserver.path_element import path_text
from apiserver.value import Object, part
from tests.fake.gadget import DATA, described, schema_of, thing

CASES = [
    case
    for path in sorted(DATA.glob("*.yaml"))
    if path.name != "types.yaml"
    for case in yaml.safe_load(path.read_text())
]


@dataclass(slots=True)
class Story:
    """The live object of a case while its steps are taken."""

    kind: str
    live: Object | None = None

    def take(self, step: dict[str, Any], second: int) -> None:
        writer = Writer(
            step["by"],
            str(described(self.kind)["apiVersion"]),
            f"2026-01-01T00:00:{second:02}Z",
            step.get("through", ""),
        )
        schema = schema_of(self.kind)
        if "apply" in step:
            wanted = thing(self.kind, step["apply"])
            force = step.get("force", False)
            self.live = field_ownership.apply(self.live, wanted, schema, writer, force=force)
        else:
            self.live = field_ownership.update(self.live, self._new(step), schema, writer)
        part(self.live, "metadata")["uid"] = "stored"

    def _new(self, step: dict[str, Any]) -> Object:
        if "update" in step:
            return thing(self.kind, step["update"])
        patched = merge_patch.apply(self.live or {}, step["patch"])
        assert isinstance(patched, dict)
        return patched

    def content(self) -> Object:
        assert self.live is not None
        kept = {key: value for key, value in self.live.items() if key not in ("apiVersion", "kind")}
        metadata = part(dict(kept), "metadata")
        system = ("name", "namespace", "uid", "managedFields")
        kept["metadata"] = {key: value for key, value in metadata.items() if key not in system}
        return kept if kept["metadata"] else {k: v for k, v in kept.items() if k != "metadata"}

    def entries(self) -> list[tuple[Identity, Entry]]:
        return list((managed_fields.read(self.live) or {}).items())

    def name_of(self, identity: Identity, entry: Entry) -> str:
        name = f"{identity.manager} {identity.operation} {identity.subresource}".strip()
        version = str(described(self.kind)["apiVersion"])
        return name if entry.version == version else f"{name} of {entry.version}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_who_owns_what_after_a_series_of_writes(case: dict[str, Any]) -> None:
    story = Story(case.get("type", "gadget"))
    *steps, last = enumerate(case["steps"])
    for second, step in steps:
        story.take(step, second)

    refused = None
    try:
        story.take(last[1], last[0])
    except (ApplyConflict, BadConfiguration, TypeMismatch) as problem:
        refused = str(problem)

    assert refused == case.get("refused")
    if "object" not in case:
        assert story.live is None
        return
    assert story.content() == case["object"]
    owners = {
        story.name_of(identity, entry): [path_text(path) for path in entry.fields]
        for identity, entry in story.entries()
    }
    assert list(owners.items()) == list(case["owners"].items())
    since = [int(entry.time[-3:-1]) if entry.time else None for _, entry in story.entries()]
    assert since == case["since"]


def test_a_conflict_tells_the_fields_apart_from_the_sentence() -> None:
    story = Story("gadget")
    story.take({"update": {"spec": {"size": 1}}, "by": "kubectl-edit"}, 0)

    with pytest.raises(ApplyConflict) as problem:
        story.take({"apply": {"spec": {"size": 2}}, "by": "flux"}, 1)

    assert problem.value.conflicts == (('"kubectl-edit" using example.org/v1', ".spec.size"),)


def test_neither_object_is_changed_by_an_apply() -> None:
    story = Story("gadget")
    story.take({"apply": {"spec": {"parts": [{"name": "one"}]}}, "by": "a"}, 0)
    before = yaml.safe_dump(story.live)
    live = story.live

    story.take({"apply": {"spec": {"parts": [{"name": "two"}]}}, "by": "a"}, 1)

    assert yaml.safe_dump(live) == before


def test_an_object_that_does_not_fit_is_stored_without_owners() -> None:
    story = Story("gadget")

    story.take({"update": {"spec": {"size": "large"}}, "by": "u"}, 0)

    assert story.entries() == []


def test_times_are_kept_where_the_server_put_everything_else_back() -> None:
    story = Story("gadget")
    story.take({"update": {"spec": {"size": 1}}, "by": "u"}, 0)
    live = story.live
    story.take({"patch": {"spec": {"size": 2}}, "by": "u"}, 7)
    assert story.live is not None
    put_back = story.live | {"spec": {"size": 1}}

    assert keep_times(live, put_back) == live
    assert keep_times(live, story.live) == story.live
    assert keep_times(None, put_back) == put_back


def test_objects_as_deep_as_the_server_lets_in_are_merged_and_compared() -> None:
    def deep(leaf: str) -> dict[str, Any]:
        value: dict[str, Any] = {"x": leaf}
        for _ in range(190):
            value = {"x": value}
        return {"values": value}

    story = Story("gadget")
    story.take({"apply": {"spec": deep("one")}, "by": "a"}, 0)
    story.take({"update": {"spec": deep("two")}, "by": "u"}, 1)
    story.take({"apply": {"spec": {}}, "by": "a"}, 2)

    assert story.content() == {"spec": {"values": None}}
