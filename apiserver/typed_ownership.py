"""Sets of fields brought into line with a type.

`with_named_fields`: a declared field that leads to owned ones counts as owned when things are
removed. `reconciled`: who owned the inside of what has become one leaf now owns that leaf.
Behaviour: structured-merge-diff v6, EnsureNamedFieldsAreMembers and ReconcileFieldSetWithSchema.
"""

from apiserver.fieldset import NOTHING, FieldSet
from apiserver.path_element import field_name
from apiserver.schema import ANYTHING, Node


def with_named_fields(fields: FieldSet, node: Node) -> FieldSet:
    """Return `fields` with every declared field on the way to one of them."""
    named = {element for element in fields.children if (field_name(element) or "") in node.fields}
    children = {
        element: with_named_fields(child, _step(node, element))
        for element, child in fields.children.items()
    }
    return FieldSet(fields.members | named, children)


def reconciled(fields: FieldSet, node: Node) -> FieldSet:
    """Return `fields`, with one path in place of all within a map or list that is a leaf today."""
    members, children = set(fields.members), {}
    for element in fields.members | fields.children.keys():
        inner = fields.children.get(element, NOTHING)
        type_ = _known(node, element)
        if type_ is not None and inner and _is_one_leaf(type_):
            members.add(element)
        elif type_ is not None:
            children[element] = reconciled(inner, type_)
        else:
            children[element] = inner
    return FieldSet(members, children)


def _is_one_leaf(node: Node) -> bool:
    first = node.forms()[0]
    return first != "scalar" and node.is_leaf(first)


def _known(node: Node, element: str) -> Node | None:
    """Return the type below `element`; None where nothing is declared of it."""
    name = field_name(element)
    if name is None:
        return node.items
    type_ = node.at(name)
    return None if type_ is ANYTHING else type_


def _step(node: Node, element: str) -> Node:
    name = field_name(element)
    return (node.items if name is None else node.at(name)) or ANYTHING
