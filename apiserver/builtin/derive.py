"""Writes the table of built-in kinds: `python -m apiserver.builtin.derive SOURCE`.

SOURCE is a directory of OpenAPI v3 documents (`api/openapi-spec/v3` of a Kubernetes release), or
the address of a running API server: one that needs no login, as `kubectl proxy` opens it, or any
with `--token-file` and `--authority`.
"""

import argparse
import ssl
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.request import Request, urlopen

import orjson

from apiserver.builtin.openapi import table_of
from apiserver.value import Object, section, text

TARGET = Path(__file__).with_name("kinds.json")
_LIMIT_SECONDS = 30


def main(arguments: Sequence[str]) -> int:
    """Write the table from the source that the arguments name; return the exit code."""
    given = _read_arguments(arguments)
    if "://" in given.source:
        token = Path(given.token_file).read_text().strip() if given.token_file else ""
        documents = fetched(given.source, token=token, authority=given.authority)
    else:
        documents = read(Path(given.source))
    table = table_of(documents)
    if not table["kinds"]:
        sys.stderr.write(
            f"derive: no built-in kinds in the OpenAPI v3 documents of {given.source}\n"
        )
        return 1
    Path(given.output).write_bytes(orjson.dumps(table, option=orjson.OPT_SORT_KEYS) + b"\n")
    return 0


def _read_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="derive", description=__doc__)
    parser.add_argument("source", metavar="SOURCE")
    parser.add_argument("--token-file", default="", help="file with a bearer token")
    parser.add_argument("--authority", default="", help="file with the server's CA, PEM")
    parser.add_argument("--output", default=str(TARGET), help="default: the packaged table")
    return parser.parse_args(arguments)


def read(directory: Path) -> Iterator[Object]:
    """Read the documents of a directory, in the order of their names."""
    for path in sorted(directory.glob("*.json")):
        yield _document(path.read_bytes())


def fetched(address: str, *, token: str = "", authority: str = "") -> Iterator[Object]:
    """Fetch the documents of a running API server; `authority` is a PEM file.

    Raises OSError where it does not answer.
    """
    trust = ssl.create_default_context(cafile=authority) if authority else None
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(path: str) -> Object:
        request = Request(address.rstrip("/") + path, headers=headers)
        with urlopen(request, timeout=_LIMIT_SECONDS, context=trust) as answer:
            return _document(answer.read())

    for _, item in sorted(section(get("/openapi/v3"), "paths").items()):
        yield get(text(item, "serverRelativeURL"))


def _document(body: bytes) -> Object:
    found = orjson.loads(body)
    return found if isinstance(found, dict) else {}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
