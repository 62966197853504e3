"""A value without some of its fields and items.

Behaviour: structured-merge-diff v6.3.3 (that of Kubernetes 1.36), RemoveItems. A container that
loses its last item becomes null, which the server drops where null says nothing; a named leaf is
gone; and nothing within an atomic map or list can be named.
"""

from apiserver.fieldset import FieldSet, below
from apiserver.path_element import field_element
from apiserver.schema import ANYTHING, Node
from apiserver.typed_item import NoElement, element_of


def remove(value: object, fields: FieldSet, node: Node) -> object:
    """Return `value` without `fields`; what is left of it is the same objects."""
    if isinstance(value, dict):
        return _from_map(value, fields, node) or None
    if isinstance(value, list):
        return _from_list(value, fields, node) or None
    return value


def _from_map(value: dict[str, object], fields: FieldSet, node: Node) -> dict[str, object]:
    if node.is_leaf("map"):
        return {}
    out: dict[str, object] = {}
    for key, inner in value.items():
        element = field_element(key)
        if element not in fields.members:
            out[key] = _inner(inner, below(fields, element), node.at(key) or ANYTHING)
    return out


def _from_list(value: list[object], fields: FieldSet, node: Node) -> list[object]:
    if node.is_leaf("list"):
        return []
    out: list[object] = []
    for item in value:
        element = _element(node, item)
        if element is None or element not in fields.members:
            out.append(_inner(item, below(fields, element or ""), node.items or ANYTHING))
    return out


def _inner(value: object, fields: FieldSet, node: Node) -> object:
    return remove(value, fields, node) if fields else value


def _element(node: Node, item: object) -> str | None:
    try:
        return element_of(node, item)
    except NoElement:
        return None
