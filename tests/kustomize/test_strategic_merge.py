"""Strategic merge on single objects: the tables of kustomize's own library, and oddities."""

from __future__ import annotations

import json

import pytest

from kustomize.merge_keys import built_in
from kustomize.problem import BuildError
from kustomize.scalar import MISSING, RESOURCE, plain
from kustomize.strategic_merge import Merge, directive, list_directive, merged
from shared.manifest.composition import documents
from tests.kustomize.conformance import FOLDER, ROOT, Record, records
from tests.kustomize.conformance import MISSING as NO_RECORDS

OPEN = json.loads((ROOT / "tests/data/kustomize/merge2_open.json").read_text())
RECORDS = [record for record in records("units/merge2") if not record["infer"]]


def parsed(text: str) -> object:
    found = documents(text.encode(), path="x", rules=RESOURCE)
    return found[0].value if found else MISSING


def value(text: str) -> object:
    found = parsed(text)
    return None if found is MISSING else plain(found)


@pytest.mark.skipif(not FOLDER.exists(), reason=NO_RECORDS)
@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["id"])
def test_a_merge_is_what_the_library_makes_of_it(record: Record) -> None:
    wanted = value(record["expect"]["output"]) if "output" in record["expect"] else BuildError

    try:
        result = Merge(built_in()).walk(parsed(record["dest"]), parsed(record["patch"]), None)
        got = None if result is MISSING else plain(result)
    except BuildError:
        got = BuildError

    assert (got == wanted) is (record["id"] not in OPEN)


def pod(containers: str) -> str:
    return f"apiVersion: v1\nkind: Pod\nmetadata: {{name: x}}\nspec:\n  containers: {containers}\n"


@pytest.mark.parametrize(
    ("own", "patch", "wanted"),
    [
        ("[{name: a}, {name: b}]", "[{name: c}, {name: b, image: i}]", "[c, b, a]"),
        ("[{name: a}, {name: b}]", "[{name: a, $patch: delete}]", "[b]"),
        ("[{name: a}]", "[{name: b}, {$patch: replace}]", "[b]"),
        ("[{name: a}]", "[{$patch: delete}]", None),
        ("[{name: a}]", "[]", "[a]"),
        ("[{name: a}]", "null", None),
    ],
)
def test_lists_with_keys_are_merged_by_them(own: str, patch: str, wanted: str | None) -> None:
    result = merged(parsed(pod(own)), parsed(pod(patch)), built_in())

    names = [each["name"] for each in result["spec"].get("containers", [])]
    assert names == ([] if wanted is None else wanted.strip("[]").split(", "))


def test_what_a_patch_does_not_speak_of_loses_its_empty_values_but_keeps_its_nulls() -> None:
    own = parsed("kind: Foo\napiVersion: v1\na: null\nb:\nc: {d: ~, e: }\n")

    assert plain(merged(own, {"x": 1}, {})) == {
        "kind": "Foo",
        "apiVersion": "v1",
        "a": None,
        "c": {"d": None},
        "x": 1,
    }


def test_a_null_below_what_is_missing_leaves_an_empty_mapping() -> None:
    assert merged({"a": 1}, {"strategy": {"rollingUpdate": None}}, {}) == {"a": 1, "strategy": {}}


def test_lists_of_unknown_kinds_are_replaced() -> None:
    own = {"apiVersion": "example.com/v1", "kind": "Foo", "containers": [{"name": "a"}]}

    assert merged(own, {"containers": [{"name": "b"}]}, built_in())["containers"] == [{"name": "b"}]


def test_a_patch_can_delete_all() -> None:
    assert merged({"a": 1}, {"$patch": "delete"}, {}) == {}


def test_a_mapping_cannot_be_merged_with_a_text() -> None:
    with pytest.raises(BuildError, match="expected MappingNode but got ScalarNode"):
        merged({"a": {"b": 1}}, {"a": "x"}, {})


def test_directives_are_taken_out_of_the_patch() -> None:
    patch: dict[str, object] = {"$patch": "replace", "a": 1}
    entries: list[object] = [{"a": 1}, {"$patch": "delete"}]

    assert (directive(patch), patch) == ("replace", {"a": 1})
    assert (list_directive(entries), entries) == ("delete", [{"a": 1}])
    with pytest.raises(BuildError, match="unknown patch strategy 'frob'"):
        directive({"$patch": "frob"})


@pytest.mark.parametrize(
    ("own", "patch", "wanted"),
    [
        ("'1'", "2", "2"),
        ("|-\n  x", "true", "true"),
        ("1", "2", 2),
        ("1", "'2'", "2"),
        ("x", "5", 5),
        ("'1'", "null", None),
    ],
)
def test_what_a_patch_puts_over_a_quoted_text_is_text(own: str, patch: str, wanted: object) -> None:
    result = merged(parsed(f"k: x\nv: {own}\n"), parsed(f"v: {patch}\n"), {})

    assert plain(result).get("v") == wanted
    assert type(plain(result).get("v")) is type(wanted)
