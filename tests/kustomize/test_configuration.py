"""The built-in tables are those of the real kustomize."""

from __future__ import annotations

import json

import pytest
import yaml

from kustomize.configuration import EMPTY, Configuration, built_in, field_specs
from kustomize.fieldspec import FieldSpec, FieldSpecs
from kustomize.identity import Gvk
from kustomize.kustomization import Spec
from kustomize.merge_keys import Schema
from kustomize.merge_keys import built_in as built_in_schemas
from kustomize.problem import BuildError
from kustomize.scope import CLUSTER_SCOPED, NAMESPACED
from tests.kustomize.conformance import FOLDER, MISSING

DEFAULTS = FOLDER / "defaults"
here = pytest.mark.skipif(not DEFAULTS.exists(), reason=MISSING)


def spec_of(given: dict[str, object]) -> FieldSpec:
    kind = Gvk(*(str(given.get(part, "")) for part in ("group", "version", "kind")))
    return FieldSpec(kind, str(given["path"]), bool(given.get("create", False)))


def fields_of(configuration: Configuration) -> dict[str, set[FieldSpec]]:
    fields = configuration.fields
    return {name: set(getattr(fields, name)) for name in type(fields).__dataclass_fields__}


@here
def test_the_fields_are_those_of_kustomize() -> None:
    given = yaml.safe_load((DEFAULTS / "_all.yaml").read_text())
    wanted = {
        name: {spec_of(each) for each in given.get(_camel(name), ())}
        for name in fields_of(built_in())
    }

    assert fields_of(built_in()) == wanted


@here
def test_the_references_are_those_of_kustomize() -> None:
    given = yaml.safe_load((DEFAULTS / "_all.yaml").read_text())["nameReference"]
    wanted = {
        Gvk(each.get("group", ""), each.get("version", ""), each["kind"]): {
            spec_of(spec) for spec in each["fieldSpecs"]
        }
        for each in given
    }

    assert {target: set(specs) for target, specs in built_in().name_reference} == wanted


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


@here
def test_the_merge_keys_are_those_of_kustomize() -> None:
    given = json.loads((DEFAULTS / "smp_merge_keys.json").read_text())
    schemas = built_in_schemas()
    for name, paths in given.items():
        api_version, _, kind = name.rpartition("/")
        if kind.endswith("List") or kind in ("DeleteOptions", "WatchEvent"):
            continue  # never an object that a patch is for
        schema = schemas[api_version, kind]
        wanted = {
            path: tuple(entry["keys"])
            for path, entry in paths.items()
            if entry["type"] == "array" and not path.startswith("spec.volumeClaimTemplates.")
        }
        assert merged_lists(schema) == wanted, name


def merged_lists(schema: Schema, path: str = "") -> dict[str, tuple[str, ...]]:
    found = {path: schema.keys} if schema.merged else {}
    for name, below in schema.fields.items():
        found |= merged_lists(below, f"{path}.{name}".lstrip("."))
    return found


@here
def test_the_scopes_are_those_of_kustomize() -> None:
    given = json.loads((DEFAULTS / "namespace_scoped.json").read_text())
    known = {f"{kind.api_version}/{kind.kind}": False for kind in CLUSTER_SCOPED}
    known |= {f"{kind.api_version}/{kind.kind}": True for kind in NAMESPACED}

    assert known == given


def test_what_users_add_counts_with_what_is_built_in() -> None:
    spec = Spec(kind="Foo", path="spec/names", create=True)
    own = Configuration(
        type(EMPTY.fields)(*(field_specs([spec]) for _ in fields_of(EMPTY))),
    )

    merged = built_in().merged(own)

    assert all(
        FieldSpec(Gvk(kind="Foo"), "spec/names", True) in specs
        for specs in fields_of(merged).values()
    )
    assert built_in().merged(EMPTY) is built_in()
    assert EMPTY.merged(built_in()) is built_in()


def test_a_field_for_one_kind_takes_the_place_of_the_same_for_all() -> None:
    everywhere = FieldSpec(Gvk(), "metadata/name")
    somewhere = FieldSpec(Gvk(kind="Secret"), "metadata/name")

    assert list(FieldSpecs(()).merged(FieldSpecs([somewhere, everywhere]))) == [somewhere]


def test_two_that_disagree_about_making_a_field_are_refused() -> None:
    with pytest.raises(BuildError, match="conflicting fieldspecs"):
        FieldSpecs([FieldSpec(Gvk(), "a/b", True)]).merged(FieldSpecs([FieldSpec(Gvk(), "a/b")]))
