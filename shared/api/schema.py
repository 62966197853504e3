"""Models → structural schemas, as a CustomResourceDefinition has them. Pure."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import cast

from pydantic import BaseModel

from shared.api.field import FILLED_IN

Schema = dict[str, object]

# pydantic says more than a structural schema may; of defaults only those of `filled_in` count.
_UNSAID = frozenset({"title", "default", "$ref", "anyOf", "const", FILLED_IN})


def schema_of(model: type[BaseModel]) -> Schema:
    """The structural schema of a model: no references, no nulls, descriptions from docstrings."""
    whole: Schema = model.model_json_schema(by_alias=True)
    definitions = cast("Mapping[str, Schema]", whole.pop("$defs", {}))
    return _structural(whole, definitions)


def _structural(node: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """One node, with all that it refers to written out. What stands at the place of use beats what
    the definition says of itself."""
    schema: Schema = {}
    for meaning in _meant(node, definitions):
        schema |= meaning
    schema |= {key: value for key, value in node.items() if key not in _UNSAID}
    if "const" in node:
        schema["enum"] = [node["const"]]
    if FILLED_IN in node:
        schema["default"] = node[FILLED_IN]
    if "description" in node:
        schema["description"] = _flowing(str(node["description"]))
    return schema | _children(node, definitions)


def _meant(node: Schema, definitions: Mapping[str, Schema]) -> list[Schema]:
    """What a reference or a choice between something and null stands for."""
    if "$ref" in node:
        name = str(node["$ref"]).removeprefix("#/$defs/")
        return [_structural(definitions[name], definitions)]
    choices = cast("list[Schema]", node.get("anyOf", []))
    return [_structural(one, definitions) for one in choices if one.get("type") != "null"]


def _children(node: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """The schemas below a node, each made structural."""
    below: Schema = {
        key: _structural(cast("Schema", node[key]), definitions)
        for key in ("items", "additionalProperties")
        if isinstance(node.get(key), dict)
    }
    if "properties" in node:
        fields = cast("Mapping[str, Schema]", node["properties"])
        below["properties"] = {
            name: _structural(field, definitions) for name, field in fields.items()
        }
    return below


def _flowing(docstring: str) -> str:
    """The paragraphs of a docstring, each on one line."""
    paragraphs = inspect.cleandoc(docstring).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
