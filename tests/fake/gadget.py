"""Kinds that tests of the API server's rules write: described once, in data."""

from functools import cache
from pathlib import Path

import yaml
from hypothesis import strategies as st

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


WORD = st.sampled_from(["x", "y", "z"])
NUMBER = st.integers(1, 3)


def optional(**fields: st.SearchStrategy[object]) -> st.SearchStrategy[Object]:
    """A map with any of these fields."""
    return st.fixed_dictionaries({}, optional=fields)


def by_name(**fields: st.SearchStrategy[object]) -> st.SearchStrategy[list[Object]]:
    """A list of items with a name each and any of these fields."""
    item = st.fixed_dictionaries({"name": WORD}, optional=fields)
    return st.lists(item, max_size=3, unique_by=lambda each: str(each["name"]))


SPEC = optional(
    size=NUMBER,
    colour=WORD,
    shape=optional(form=WORD, edge=optional(width=NUMBER, style=WORD)),
    words=st.dictionaries(WORD, WORD),
    limits=st.dictionaries(WORD, WORD),
    arguments=st.lists(WORD, max_size=2),
    tags=st.lists(WORD, max_size=3, unique=True),
    parts=by_name(image=WORD, variables=by_name(value=WORD)),
    values=st.dictionaries(WORD, st.one_of(WORD, st.dictionaries(WORD, WORD))),
)
"""What a gadget may say of itself: every way of merging, in few words, so that they meet."""
