"""What an API server was asked for, as it counts itself in its /metrics."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

_LABEL = re.compile(r'(\w+)="([^"]*)"')
_COUNTER = "apiserver_request_total{"
_WRITES = frozenset({"APPLY", "CREATE", "DELETE", "DELETECOLLECTION", "PATCH", "POST", "PUT"})
_STANDING = frozenset({"CONNECT", "WATCH", "WATCHLIST"})


class Asked(NamedTuple):
    """One kind of request. `resource`: the plural, with its subresource after a slash."""

    verb: str
    resource: str
    dry: bool = False


@dataclass(frozen=True, slots=True)
class Requests:
    """How many requests of each kind."""

    numbers: Mapping[Asked, int] = field(default_factory=dict)

    def __sub__(self, other: Requests) -> Requests:
        """Those that are not in `other`, which was counted earlier or apart."""
        left = {each: number - other.numbers.get(each, 0) for each, number in self.numbers.items()}
        return Requests({each: number for each, number in left.items() if number})

    def about(self, resources: Iterable[str]) -> Requests:
        """Those about just these resources."""
        wanted = frozenset(resources)
        return self._only(lambda each: each.resource in wanted)

    @property
    def all(self) -> int:
        """All that end: a watch stays, and costs nothing while nothing happens."""
        return sum(self._only(_is_question).numbers.values())

    @property
    def writes(self) -> int:
        """Those that may change something; dry runs do not."""
        return sum(self._only(lambda each: _is_question(each) and _writes(each)).numbers.values())

    @property
    def dry_runs(self) -> int:
        """Those that only ask what a write would come to."""
        return sum(self._only(lambda each: each.dry).numbers.values())

    def _only(self, fits: object) -> Requests:
        assert callable(fits)
        return Requests({each: number for each, number in self.numbers.items() if fits(each)})


def _is_question(each: Asked) -> bool:
    return each.verb not in _STANDING


def _writes(each: Asked) -> bool:
    return each.verb in _WRITES and not each.dry


def read(metrics: str) -> Requests:
    """The counters in the text of /metrics, whatever the answers were."""
    found: Counter[Asked] = Counter()
    for line in metrics.splitlines():
        if line.startswith(_COUNTER):
            labels, _, number = line.rpartition(" ")
            said = dict(_LABEL.findall(labels))
            found[_asked(said)] += int(float(number))
    return Requests(found)


def _asked(said: Mapping[str, str]) -> Asked:
    parts = (said.get("resource", ""), said.get("subresource", ""))
    return Asked(said.get("verb", ""), "/".join(filter(None, parts)), bool(said.get("dry_run")))


def asked_by(method: str, path: str) -> Asked:
    """How the server counts a request for one object, or for a new one, of the measurer's own."""
    parts = urlsplit(path).path.strip("/").split("/")
    below = parts[2:] if parts[0] == "api" else parts[3:]
    if below[0] == "namespaces" and len(below) > 2:
        below = below[2:]
    resource = "/".join(below[0:1] + below[2:3])
    return Asked(method, resource)
