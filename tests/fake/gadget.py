"""Kinds that tests of the API server's rules write: described once, in data."""

from functools import cache
from pathlib import Path

import yaml

from apiserver import custom_schema
from apiserver.builtin import table
from apiserver.schema import Schema
from apiserver.value import Object, section, text

DATA = Path(__file__).parents[1] / "data/apiserver/ownership"


@cache
def described(name: str) -> Object:
    """What types.yaml says of a kind."""
    return section(yaml.safe_load((DATA / "types.yaml").read_text()), name)


@cache
def schema_of(name: str) -> Schema:
    """The type of a kind: from the packaged table, or from its schema in types.yaml."""
    kind = described(name)
    if "openapi" in kind:
        return custom_schema.schema_of(section(kind, "openapi"), status=kind["status"] is True)
    group, _, version = text(kind, "apiVersion").rpartition("/")
    found = table.schema_of(group, version, text(kind, "kind"))
    assert found is not None
    return found


def thing(name: str, content: Object) -> Object:
    """An object of a kind with that content."""
    kind, metadata = described(name), {"name": "thing", "namespace": "default"}
    named = {"apiVersion": kind["apiVersion"], "kind": kind["kind"]}
    return named | content | {"metadata": metadata | section(content, "metadata")}
