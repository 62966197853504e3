"""Which fields a value mentions: what an apply claims to own.

Behaviour: structured-merge-diff v6, ToFieldSet. Declared fields are members only as leaves, keys
of a free map and items of a list always; a list item that occurs twice is one member with nothing
below it.
"""

from apiserver.fieldset import FieldSet
from apiserver.path_element import field_element
from apiserver.schema import ANYTHING, Node
from apiserver.typed_item import by_element


def fields_of(value: object, node: Node) -> FieldSet:
    """Return every leaf, key and item that `value`, a map or list that merges, mentions."""
    form = node.form_of(value)
    if node.is_leaf(form):
        return FieldSet()
    if form == "map":
        return _of_map(value, node) if isinstance(value, dict) else FieldSet()
    return _of_list(value, node) if isinstance(value, list) else FieldSet()


def _of_map(value: dict[str, object], node: Node) -> FieldSet:
    members, children = set(), {}
    for key, inner in value.items():
        type_ = node.at(key) or ANYTHING
        element = field_element(key)
        if key not in node.fields or inner is None or inner == {} or _is_leaf(inner, type_):
            members.add(element)
        children[element] = fields_of(inner, type_)
    return FieldSet(members, children)


def _of_list(value: list[object], node: Node) -> FieldSet:
    type_ = node.items or ANYTHING
    found = by_element(node, value)
    once = {element: items[0] for element, items in found.items() if len(items) == 1}
    return FieldSet(found, {element: fields_of(item, type_) for element, item in once.items()})


def _is_leaf(value: object, node: Node) -> bool:
    return node.is_leaf(node.form_of(value))
