"""JSON as Go writes it: no spaces, keys sorted, and the characters that matter to HTML escaped."""

import json
from functools import lru_cache

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
    """Return `value` as Go's encoding/json writes it; a float without a fraction is an integer."""
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        value = int(value)
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.translate(_HTML)


@lru_cache(maxsize=20_000)
def _string(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).translate(_HTML)
