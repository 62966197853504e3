"""A built-in object as the Go types of the API server hold it.

Go's structs always have some fields, whatever a client sends (`status: {}`), and never have
others: null, and lists and maps that are empty. Who owns what depends on that, for built-in kinds
only.
"""

from apiserver.quantity import QuantityError, canonical
from apiserver.schema import ANYTHING, Node, Schema
from apiserver.typed_value import ABSENT
from apiserver.value import Object


def as_struct(value: Object, schema: Schema, *, stored: bool = False) -> Object:
    """Return `value` as the API server would give it back: of a custom resource only the metadata
    is in Go's hands. What was stored has lost the difference between null and an empty list."""
    if not schema.structs:
        metadata, node = value.get("metadata"), schema.root.fields.get("metadata", ANYTHING)
        if not isinstance(metadata, dict):
            return value
        return {**value, "metadata": _value(metadata, node, stored)}
    found = _value(value, schema.root, stored)
    return found if isinstance(found, dict) else {}


def drop_zeros(value: object, node: Node) -> None:
    """Take out what Go does not tell from nothing said: false, 0 and empty texts, where the field
    is no pointer. The value is changed."""
    if isinstance(value, dict):
        for key in node.omitted:
            if key in value and value[key] in _NOTHING:
                del value[key]
        for key, inner in value.items():
            if isinstance(inner, dict | list):
                drop_zeros(inner, node.at(key) or ANYTHING)
    elif isinstance(value, list) and node.items is not None:
        for item in value:
            drop_zeros(item, node.items)


_NOTHING: tuple[object, ...] = ("", 0, None)


def _value(value: object, node: Node, stored: bool) -> object:
    if isinstance(value, dict) and node.fields:
        return _struct(value, node, stored)
    if isinstance(value, dict):
        return {
            key: _entry(inner, node.at(key) or ANYTHING, stored) for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_value(item, node.items or ANYTHING, stored) for item in value]
    return _quantity(value) if node.format == "quantity" else value


def _entry(value: object, node: Node, stored: bool) -> object:
    """The value of a key in a free map: Go has no null among texts."""
    return "" if value is None and node.type == "string" else _value(value, node, stored)


def _quantity(value: object) -> object:
    """Go keeps what a quantity is worth, and writes it anew."""
    try:
        return canonical(value)
    except QuantityError:
        return value


def _struct(value: dict[str, object], node: Node, stored: bool) -> dict[str, object]:
    out: dict[str, object] = {}
    for key, inner in value.items():
        type_ = node.at(key) or ANYTHING
        if (type_.zero is None and not stored) or not _is_nothing(inner, type_):
            out[key] = _value(inner, type_, stored)
    for key, type_ in node.fields.items():
        if key not in out and type_.zero is not ABSENT:
            out[key] = _value(type_.zero, type_, stored)
    for key in node.required:
        if key not in out and (zero := _zero(node.fields.get(key, ANYTHING))) is not None:
            out[key] = zero
    return out


_ZEROS: dict[str, object] = {"string": "", "integer": 0, "boolean": False}
"""What Go writes of a field that it never leaves out, where a client said nothing."""


def _zero(node: Node) -> object:
    is_plain = node.format == "" or node.type == "integer"
    return _ZEROS.get(node.type) if is_plain else None


def _is_nothing(value: object, node: Node) -> bool:
    """Say whether Go makes nothing of a value: null, or empty in a list or a free map."""
    plain = node.type == "array" or (node.type == "object" and node.values is not None)
    return value is None or (plain and value in ([], {}))
