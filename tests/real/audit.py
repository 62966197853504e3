"""What was asked of the real API server: its audit log, read back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {
            "level": "None",
            "users": ["system:apiserver", "system:kube-controller-manager"],
        },
        {"level": "None", "userGroups": ["system:serviceaccounts:kube-system"]},
        {"level": "None", "nonResourceURLs": ["/healthz*", "/livez*", "/readyz*"]},
        {"level": "Metadata"},
    ],
}
"""Every request but those of the control plane's own parts."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `resource` is the plural with its subresource, such as `deployments/status`;
    for what is no resource (discovery) it is empty, and `path` says what was read."""

    user: str
    impersonated: str
    agent: str
    verb: str
    group: str
    resource: str
    namespace: str
    name: str
    dry_run: bool
    code: int
    path: str


def read(log: Path) -> list[Request]:
    """Each request once, in the order of the log: a watch when it began, any other when it was
    answered."""
    if not log.exists():
        return []
    lines = log.read_text().splitlines(keepends=True)
    events = [json.loads(line) for line in lines if line.endswith("\n")]
    return requests(events)


def requests(events: list[dict]) -> list[Request]:
    """Each request of a log once."""
    return [_request(event) for event in events if _counts(event)]


def _counts(event: dict) -> bool:
    return event["verb"] != "watch" or event["stage"] == "ResponseStarted"


def _request(event: dict) -> Request:
    about = event.get("objectRef", {})
    url = urlsplit(event["requestURI"])
    parts = (about.get("resource", ""), about.get("subresource", ""))
    return Request(
        # Whoever was not let in has no name.
        user=event["user"].get("username", ""),
        impersonated=event.get("impersonatedUser", {}).get("username", ""),
        agent=event.get("userAgent", ""),
        verb=event["verb"],
        group=about.get("apiGroup", ""),
        resource="/".join(part for part in parts if part),
        namespace=about.get("namespace", ""),
        name=about.get("name", ""),
        dry_run="dryRun" in parse_qs(url.query),
        code=event.get("responseStatus", {}).get("code", 0),
        path=url.path,
    )
