"""What holds of field ownership whatever is written, by whom and in which order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiserver import managed_fields
from apiserver.field_ownership import Writer, apply, update
from apiserver.fieldset import Path, decode, encode
from apiserver.ownership_conflict import ApplyConflict
from apiserver.schema import ANYTHING, Node
from apiserver.typed_fields import fields_of
from apiserver.typed_item import by_element
from apiserver.typed_merge import merge
from apiserver.typed_value import ABSENT
from apiserver.value import Object, part, section
from tests.fake.gadget import SPEC, schema_of, thing

SCHEMA = schema_of("gadget")
GADGETS = SPEC.map(lambda spec: thing("gadget", {"spec": spec}))
STEPS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.booleans(), st.booleans(), GADGETS), max_size=6
)


def writer(manager: str, second: int) -> Writer:
    return Writer(manager, "example.org/v1", f"2026-01-01T00:00:{second:02}Z")


def after(steps: list[tuple[str, bool, bool, Object]]) -> Object | None:
    """The object after applies and updates by several managers; refused ones change nothing."""
    live: Object | None = None
    for second, (manager, is_apply, force, content) in enumerate(steps):
        try:
            if is_apply:
                live = apply(live, content, SCHEMA, writer(manager, second), force=force)
            else:
                live = update(live, content, SCHEMA, writer(manager, second))
        except ApplyConflict:
            continue
        part(live, "metadata")["uid"] = "stored"
    return live


@pytest.mark.slow
@settings(deadline=None)
@given(STEPS, GADGETS)
def test_an_apply_repeated_changes_nothing(
    steps: list[tuple[str, bool, bool, Object]], wanted: Object
) -> None:
    once = apply(after(steps), wanted, SCHEMA, writer("flux", 50), force=True)
    # An emptied container is null until it is read again; then an applied `{}` is there for good.
    settled = apply(once, wanted, SCHEMA, writer("flux", 51), force=True)

    again = apply(settled, wanted, SCHEMA, writer("flux", 52), force=True)

    assert again == settled


@pytest.mark.slow
@settings(deadline=None)
@given(STEPS, GADGETS)
def test_a_forced_apply_leaves_what_was_applied(
    steps: list[tuple[str, bool, bool, Object]], wanted: Object
) -> None:
    live = apply(after(steps), wanted, SCHEMA, writer("flux", 50), force=True)

    merged = merge(live, wanted, SCHEMA.root)

    assert without_empty(merged) == without_empty(live)


@pytest.mark.slow
@settings(deadline=None)
@given(STEPS, GADGETS)
def test_a_forced_apply_owns_what_was_applied_alone_or_with_those_who_agree(
    steps: list[tuple[str, bool, bool, Object]], wanted: Object
) -> None:
    live = apply(after(steps), wanted, SCHEMA, writer("flux", 50), force=True)

    entries = managed_fields.read(live) or {}
    mine = [entry.fields for key, entry in entries.items() if key.manager == "flux"]
    claimed = encode(fields_of({"spec": wanted["spec"]}, SCHEMA.root))
    assert [encode(fields) for fields in mine] == ([claimed] if claimed else [])


@pytest.mark.slow
@settings(deadline=None)
@given(STEPS)
def test_every_owned_leaf_is_there(steps: list[tuple[str, bool, bool, Object]]) -> None:
    live = after(steps) or {}

    for entry in (managed_fields.read(live) or {}).values():
        for path in entry.fields:
            found, node = found_at(path, live, SCHEMA.root)
            # A struct that lost its last field goes, though someone applied it empty.
            assert found is not ABSENT or node.type == "object"


@pytest.mark.slow
@settings(deadline=None)
@given(STEPS)
def test_entries_read_back_as_they_were_written(
    steps: list[tuple[str, bool, bool, Object]],
) -> None:
    live = after(steps)

    entries = managed_fields.read(live) or {}
    assert managed_fields.write(entries) == section(live, "metadata").get("managedFields", [])
    assert all(decode(encode(entry.fields)) == entry.fields for entry in entries.values())


def found_at(path: Path, value: object, node: Node) -> tuple[object, Node]:
    """What a path leads to, or ABSENT; and the type that is there."""
    for element in path:
        if element.startswith("f:"):
            inner = value.get(element[2:], ABSENT) if isinstance(value, dict) else ABSENT
            value, node = inner, node.at(element[2:]) or ANYTHING
        else:
            items = by_element(node, value).get(element)
            value, node = items[0] if items else ABSENT, node.items or ANYTHING
    return value, node


def without_empty(value: object) -> object:
    """Null, an empty container and absence mean the same to who reads an object."""
    if isinstance(value, dict):
        kept = {key: without_empty(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner not in (None, {}, [])}
    return [without_empty(item) for item in value] if isinstance(value, list) else value
