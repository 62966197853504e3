"""Which form of answer a client accepts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from apiserver.refusal import Refusal, not_acceptable

JSON = "application/json"
_ONLY = "only the following media types are accepted"
_SERVED = (JSON, "application/json;stream=watch")


@dataclass(frozen=True, slots=True)
class Accepted:
    """One media range of an Accept header."""

    type: str
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def is_json(self) -> bool:
        """Whether JSON answers it."""
        return self.type in (JSON, "*/*", "application/*", "")


def ranges(header: str) -> list[Accepted]:
    """The media ranges of an Accept header, the most wanted first."""
    found = [_range(each) for each in header.split(",") if each.strip()]
    return [each for _, each in sorted(found, key=lambda pair: -pair[0])] or [Accepted("*/*")]


def _range(value: str) -> tuple[float, Accepted]:
    kind, *rest = (each.strip() for each in value.split(";"))
    parameters = dict(_parameters(rest))
    try:
        weight = float(parameters.pop("q", "1"))
    except ValueError:
        weight = 1.0
    return weight, Accepted(kind.lower(), parameters)


def _parameters(values: list[str]) -> Iterator[tuple[str, str]]:
    for value in values:
        key, _, word = value.partition("=")
        yield key.strip().lower(), word.strip()


def form_name(header: str) -> str:
    """`object`, `partial`, `partials` or `table`: the first form of the Accept header that is
    written here. Raises a 406."""
    for accepted in ranges(header):
        if not accepted.is_json:
            continue
        kind = accepted.parameters.get("as", "")
        if not kind:
            return "object"
        if accepted.parameters.get("g") != "meta.k8s.io":
            continue
        if kind in ("PartialObjectMetadata", "PartialObjectMetadataList"):
            return "partial" if kind.endswith("Metadata") else "partials"
        if kind == "Table":
            if accepted.parameters.get("v") not in ("v1", "v1beta1"):
                raise Refusal(406, "NotAcceptable", f"{_ONLY}: {JSON}", {})
            return "table"
    raise not_acceptable(_SERVED)


def wants_aggregate(header: str) -> str:
    """The version of aggregated discovery that the client puts first; empty for the plain one.
    Raises a 406."""
    for accepted in ranges(header):
        if not accepted.is_json:
            continue
        if accepted.parameters.get("as") == "APIGroupDiscoveryList":
            version = accepted.parameters.get("v", "")
            if version in ("v2", "v2beta1"):
                return version
            continue
        return ""
    raise not_acceptable(_SERVED)
