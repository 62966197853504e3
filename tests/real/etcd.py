"""What only etcd itself can be asked for, by the HTTP form of its API."""

from __future__ import annotations

import http.client
import json
from typing import Any

from tests.real.process import ProcessError

NOTHING = "AA=="
"""A key that is not there, in base 64: the answer still says at which revision."""


def compact(port: int) -> None:
    """Forget all but the latest version of everything. Raises ProcessError."""
    revision = _ask(port, "range", {"key": NOTHING})["header"]["revision"]
    _ask(port, "compaction", {"revision": revision, "physical": True})


def _ask(port: int, verb: str, body: dict[str, object]) -> dict[str, Any]:
    etcd = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        etcd.request("POST", f"/v3/kv/{verb}", json.dumps(body))
        answer = etcd.getresponse()
        text = answer.read()
    finally:
        etcd.close()
    if answer.status != 200:
        raise ProcessError(f"etcd refuses {verb}: {text.decode(errors='replace')}")
    return dict(json.loads(text))
