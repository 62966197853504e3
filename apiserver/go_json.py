"""JSON as Go writes it: no spaces, keys sorted, and the characters that matter to HTML escaped."""

import json

_HTML = str.maketrans(
    {
        "<": "\\u003c",
        ">": "\\u003e",
        "&": "\\u0026",
        "\u2028": "\\u2028",
        "\u2029": "\\u2029",
    }
)


def go_json(value: object) -> str:
    """Return `value` as Go's encoding/json writes it; a float without a fraction is written as an
    integer.
    """
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        value = int(value)
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.translate(_HTML)
