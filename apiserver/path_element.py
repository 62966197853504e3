"""One step of a field path, in the text that fieldsV1 uses for it.

`f:name` is a field, `k:{"name":"web"}` a list item by its keys, `v:"a"` an item of a set, `i:0` an
index. The text is canonical, so two steps are the same exactly when their texts are. Behaviour:
structured-merge-diff v6, fieldpath.
"""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache

from apiserver.go_json import go_json


def field_element(name: str) -> str:
    """Return the step to the field `name` of a map."""
    return f"f:{name}"


def value_element(value: object) -> str:
    """Return the step to the item `value` of a set."""
    return f"v:{go_json(value)}"


def key_element(keys: Mapping[str, object]) -> str:
    """Return the step to the list item that has these key fields; their order does not matter."""
    pairs = (f"{go_json(name)}:{go_json(keys[name])}" for name in sorted(keys))
    return "k:{" + ",".join(pairs) + "}"


@lru_cache(maxsize=20_000)
def parse_element(text: str) -> str | None:
    """Bring a step of stored fieldsV1 into canonical form.

    Returns None for a kind of step that is unknown here: the API server forgets those.
    Raises ValueError for a text that is no step at all.
    """
    if len(text) < 2 or text[1] != ":":
        raise ValueError(f"{text!r} is not an element of a field path")
    kind, rest = text[0], text[2:]
    if kind == "f":
        return text
    if kind == "v":
        return value_element(json.loads(rest))
    if kind == "i":
        return f"i:{int(rest)}"
    return _parse_key(rest) if kind == "k" else None


def _parse_key(text: str) -> str:
    keys = json.loads(text)
    if not isinstance(keys, dict):
        raise ValueError(f"{text!r} is not a set of key fields")  # noqa: TRY004 - one error for a bad text
    return key_element(keys)


def field_name(element: str) -> str | None:
    """Return the name of the field that `element` steps to, or None for a step into a list."""
    return element[2:] if element.startswith("f:") else None


@lru_cache(maxsize=20_000)
def order_of(element: str) -> tuple[int, object]:
    """Return what to sort by: fields, then keys, then values, then indexes."""
    kind, rest = element[0], element[2:]
    if kind == "f":
        return 0, rest.encode()
    if kind == "k":
        keys = json.loads(rest)
        return 1, tuple((name, _value_order(value)) for name, value in sorted(keys.items()))
    return (2, _value_order(json.loads(rest))) if kind == "v" else (3, int(rest))


def _value_order(value: object) -> tuple[int, object]:
    if isinstance(value, bool):
        return 2, value
    if isinstance(value, int | float):
        return 0, value
    return (1, value.encode()) if isinstance(value, str) else (3, go_json(value))


def path_text(path: Iterable[str]) -> str:
    """Return a path as conflicts print it: `.spec.ports[port=80,protocol="TCP"].name`."""
    return "".join(_printed(element) for element in path)


def _printed(element: str) -> str:
    kind, rest = element[0], element[2:]
    if kind == "f":
        return f".{rest}"
    if kind == "k":
        keys = sorted(json.loads(rest).items())
        return "[" + ",".join(f"{name}={_plain(value)}" for name, value in keys) + "]"
    return f"[={_plain(json.loads(rest))}]" if kind == "v" else f"[{rest}]"


def _plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, float) else f"{value:g}"
