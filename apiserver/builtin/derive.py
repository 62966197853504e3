"""Writes the table of built-in kinds: `python -m apiserver.builtin.derive SOURCE`.

SOURCE is a directory of OpenAPI v3 documents (`api/openapi-spec/v3` of a Kubernetes release) or
the address of a running API server that needs no login, such as the one that `kubectl proxy`
opens.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import orjson

from apiserver.builtin.openapi import table_of
from apiserver.value import Object, section, text

TARGET = Path(__file__).with_name("kinds.json")
_LIMIT_SECONDS = 30


def main(arguments: list[str]) -> int:
    """Write the table from the source that the one argument names; return the exit code."""
    if len(arguments) != 1:
        sys.stderr.write(f"{__doc__}")
        return 2
    source = arguments[0]
    documents = _fetched(source) if "://" in source else _read(Path(source))
    table = table_of(documents)
    TARGET.write_bytes(orjson.dumps(table, option=orjson.OPT_SORT_KEYS) + b"\n")
    return 0


def _read(directory: Path) -> Iterator[Object]:
    for path in sorted(directory.glob("*.json")):
        yield _document(path.read_bytes())


def _fetched(address: str) -> Iterator[Object]:
    listed = section(_document(_get(f"{address.rstrip('/')}/openapi/v3")), "paths")
    for _, item in sorted(listed.items()):
        yield _document(_get(address.rstrip("/") + text(item, "serverRelativeURL")))


def _get(address: str) -> bytes:
    with urlopen(address, timeout=_LIMIT_SECONDS) as answer:
        body: bytes = answer.read()
        return body


def _document(text_: bytes) -> Object:
    read = orjson.loads(text_)
    return read if isinstance(read, dict) else {}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
