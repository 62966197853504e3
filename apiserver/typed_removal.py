"""A value without some of its fields and items.

Behaviour: structured-merge-diff v6, RemoveItems. A container that loses its last item stays,
empty; a leaf that is named is gone, and nothing within an atomic map or list can be named.
"""

from apiserver.fieldset import FieldSet, below
from apiserver.path_element import field_element
from apiserver.schema import ANYTHING, Node
from apiserver.typed_item import NoElement, element_of
from apiserver.typed_value import ABSENT


def remove(value: object, fields: FieldSet, node: Node) -> object:
    """Return `value` without `fields`; what is left of it is the same objects."""
    form = node.form_of(value)
    if form == "map" and isinstance(value, dict):
        return _from_map(value, fields, node)
    if form == "list" and isinstance(value, list):
        return _from_list(value, fields, node)
    return value


def _from_map(value: dict[str, object], fields: FieldSet, node: Node) -> object:
    if node.atomic:
        return {}
    out: dict[str, object] = {}
    for key, inner in value.items():
        element = field_element(key)
        if element not in fields.members:
            out[key] = _inner(inner, below(fields, element), node.at(key) or ANYTHING)
    return out


def _from_list(value: list[object], fields: FieldSet, node: Node) -> object:
    if node.list_type == "atomic":
        return []
    out: list[object] = []
    for item in value:
        element = _element(node, item)
        if element is None or element not in fields.members:
            out.append(_inner(item, below(fields, element or ""), node.items or ANYTHING))
    return out


def _inner(value: object, fields: FieldSet, node: Node) -> object:
    return remove(value, fields, node) if fields and value is not ABSENT else value


def _element(node: Node, item: object) -> str | None:
    try:
        return element_of(node, item)
    except NoElement:
        return None
