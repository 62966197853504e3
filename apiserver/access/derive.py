"""Writes the table of first roles: `python -m apiserver.access.derive SOURCE`.

SOURCE is the address of a running API server that has made its first roles and bindings. What is
for the controllers of the real control plane, which do not run here, is left out.
"""

from __future__ import annotations

import argparse
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.request import Request, urlopen

import orjson

from apiserver.access.policy import GROUP
from apiserver.value import Object, objects, section, text

TARGET = Path(__file__).with_name("roles.json")
KINDS = ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
_LIMIT_SECONDS = 30
_CONTROLLERS = "system:controller:"
_KEPT = ("rules", "aggregationRule", "subjects", "roleRef")
_BOOTSTRAP = "kubernetes.io/bootstrapping"


def main(arguments: Sequence[str]) -> int:
    """Write the table from the server that the arguments name; return the exit code."""
    given = _read_arguments(arguments)
    token = Path(given.token_file).read_text().strip() if given.token_file else ""
    trust = ssl.create_default_context(cafile=given.authority) if given.authority else None
    found = []
    for kind in KINDS:
        url = f"{given.source.rstrip('/')}/apis/{GROUP}/v1/{kind.lower()}s"
        request = Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
        with urlopen(request, timeout=_LIMIT_SECONDS, context=trust) as answer:
            found += first(kind, orjson.loads(answer.read()))
    Path(given.output).write_bytes(orjson.dumps(found, option=orjson.OPT_SORT_KEYS) + b"\n")
    return 0


def _read_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="derive", description=__doc__)
    parser.add_argument("source", metavar="SOURCE")
    parser.add_argument("--token-file", default="", help="file with a bearer token")
    parser.add_argument("--authority", default="", help="file with the server's CA, PEM")
    parser.add_argument("--output", default=str(TARGET), help="default: the packaged table")
    return parser.parse_args(arguments)


def first(kind: str, listed: Object) -> list[Object]:
    """Those of a list that a server makes when it starts for the first time, without what only it
    can know."""
    return [_plain(kind, each) for each in objects(listed, "items") if _is_first(each)]


def _is_first(content: Object) -> bool:
    name = text(content, "metadata", "name")
    return _BOOTSTRAP in section(content, "metadata", "labels") and not name.startswith(
        _CONTROLLERS
    )


def _plain(kind: str, content: Object) -> Object:
    metadata = section(content, "metadata")
    told = {key: metadata[key] for key in ("name", "namespace", "labels") if key in metadata}
    kept = {key: content[key] for key in _KEPT if key in content}
    if "aggregationRule" in kept:
        del kept["rules"]
    return {"kind": kind, "metadata": told, **kept}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
