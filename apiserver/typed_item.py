"""How the items of a list that merges are told apart.

Behaviour: structured-merge-diff v6, typed. A keyed item that leaves out a key with a default has
the default's key; one that leaves out a key without a default is another item than one that has
it.
"""

from collections.abc import Mapping

from apiserver.path_element import key_element, value_element
from apiserver.schema import Node
from apiserver.typed_value import ABSENT


class NoElement(ValueError):
    """An item that cannot be told apart from others; says why in the API server's words."""


def element_of(node: Node, item: object) -> str:
    """Return the path element of an item of a list of type `node`, or raise NoElement."""
    return _keyed(node, item) if node.keys else _valued(item)


def _keyed(node: Node, item: object) -> str:
    if item is None:
        raise NoElement("associative list with keys may not have a null element")
    if not isinstance(item, dict):
        raise NoElement("associative list with keys may not have non-map elements")
    given = {key: item[key] if key in item else key_default(node, key) for key in node.keys}
    known = {key: value for key, value in given.items() if value is not ABSENT}
    if not known:
        names = " ".join(f'"{key}"' for key in node.keys)
        raise NoElement(
            f"associative list with keys has an element that omits all key fields [{names}] "
            "(and doesn't have default values for any key fields)"
        )
    return key_element(known)


def key_default(node: Node, key: str) -> object:
    """Return the default of the key field `key` of a list's items, or ABSENT."""
    fields: Mapping[str, Node] = node.items.fields if node.items else {}
    default = fields[key].default if key in fields else ABSENT
    return ABSENT if default is None else default


def _valued(item: object) -> str:
    if isinstance(item, dict):
        raise NoElement("associative list without keys has an element that's a map type")
    if isinstance(item, list):
        raise NoElement("not supported: associative list with lists as elements")
    if item is None:
        raise NoElement("associative list without keys has an element that's an explicit null")
    return value_element(item)


def by_element(node: Node, items: object) -> dict[str, list[object]]:
    """Return the items of a list by their elements, in the order of the first of each.

    An item without an element is left out; so is everything where `items` is no list.
    """
    found: dict[str, list[object]] = {}
    for item in items if isinstance(items, list) else ():
        try:
            found.setdefault(element_of(node, item), []).append(item)
        except NoElement:
            continue
    return found
