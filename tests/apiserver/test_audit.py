"""The audit log in a file, and what the log says of a request."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from apiserver.access.attribute import Attributes
from apiserver.access.gate import Letter, Visit
from apiserver.access.identity import User
from apiserver.access.policy import Decision
from apiserver.audit import File, event_of
from apiserver.refusal import Refusal

WHEN = datetime(2026, 1, 2, 3, 4, 5, 678, UTC)
LETTER = Letter("/api/v1/pods?limit=1", "kubectl/v1", "127.0.0.1", WHEN, "7")


def test_an_event_tells_who_acted_as_whom_and_why_it_failed():
    about = Attributes("list", "", "v1", "pods", path="/api/v1/pods")
    visit = Visit(about, LETTER, User("ann", ("a",)), User("bob"), Decision(allowed=False))
    visit.refusal = Refusal(403, "Forbidden", "no", {"kind": "pods"})

    event = event_of(visit, "ResponseComplete", 403, WHEN)

    assert event == {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Metadata",
        "auditID": "7",
        "stage": "ResponseComplete",
        "requestURI": "/api/v1/pods?limit=1",
        "verb": "list",
        "user": {"username": "ann", "groups": ["a"]},
        "impersonatedUser": {"username": "bob"},
        "sourceIPs": ["127.0.0.1"],
        "userAgent": "kubectl/v1",
        "objectRef": {"resource": "pods", "apiVersion": "v1"},
        "responseStatus": {
            "metadata": {},
            "status": "Failure",
            "message": "no",
            "reason": "Forbidden",
            "details": {"kind": "pods"},
            "code": 403,
        },
        "requestReceivedTimestamp": "2026-01-02T03:04:05.000678Z",
        "stageTimestamp": "2026-01-02T03:04:05.000678Z",
        "annotations": {
            "authorization.k8s.io/decision": "forbid",
            "authorization.k8s.io/reason": "",
        },
    }


async def test_a_file_has_every_event_in_order_and_is_appended_to(tmp_path: Path):
    path = tmp_path / "audit.log"
    path.write_text("0\n")
    log = File(path)

    for number in range(1, 100):
        log.write(str(number).encode())
    await log.close()

    assert [json.loads(line) for line in path.read_text().splitlines()] == list(range(100))
