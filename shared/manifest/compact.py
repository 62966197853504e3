"""Values as JSON that is kept for long, in no more room than it takes. Pure."""

from __future__ import annotations

import orjson


def compact(value: object) -> bytes:
    """JSON, with sorted keys: the same for the same value. What `orjson` makes holds on to the four
    kilobytes that it was written in; this is a copy."""
    return bytes(memoryview(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)))
