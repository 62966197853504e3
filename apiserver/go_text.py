"""Values as Go prints them in messages: what `%v` and `%#v` make of decoded JSON."""

from apiserver.go_json import go_json


def plain(value: object) -> str:
    """Return what `%v` prints: `map[a:1]`, `[x y]`, `true`."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{plain(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(plain, value)) + "]"
    if value is None:
        return "<nil>"
    return value if isinstance(value, str) else go_json(value)


def literal(value: object) -> str:
    """Return what `%#v` prints: `map[string]interface {}{"a":1}`."""
    if isinstance(value, dict):
        pairs = ", ".join(f"{go_json(key)}:{literal(value[key])}" for key in sorted(value))
        return f"map[string]interface {{}}{{{pairs}}}"
    if isinstance(value, list):
        return "[]interface {}{" + ", ".join(map(literal, value)) + "}"
    return "interface {}(nil)" if value is None else go_json(value)


def type_name(value: object) -> str:
    """Return what `%T` prints."""
    names = {bool: "bool", int: "int64", float: "float64", str: "string"}
    if isinstance(value, dict):
        return "map[string]interface {}"
    return "[]interface {}" if isinstance(value, list) else names.get(type(value), "<nil>")
