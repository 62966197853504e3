"""What a URL names: parsed once, into the words of the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from apiserver.cause import invalid, unsupported
from apiserver.refusal import Cause, bad_request, invalid_options

_NAMESPACE_SUBRESOURCES = ("status", "finalize")


@dataclass(frozen=True, slots=True)
class Target:
    """A collection (no name), an object, or a subresource of it."""

    group: str
    version: str
    plural: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""


def target_of(path: str) -> Target | None:
    """`/apis/apps/v1/namespaces/a/deployments/b/status` → Target; None for any other path."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    match parts:
        case ["api", "v1", *rest] if rest:
            return _below("", "v1", rest)
        case ["apis", group, version, *rest] if rest:
            return _below(group, version, rest)
        case _:
            return None


def _below(group: str, version: str, rest: list[str]) -> Target | None:
    match rest:
        case ["namespaces", namespace, sub] if sub in _NAMESPACE_SUBRESOURCES:
            return Target(group, version, "namespaces", "", namespace, sub)
        case ["namespaces", namespace, plural, *more] if len(more) <= 2:
            name, subresource = (*more, "", "")[:2]
            return Target(group, version, plural, namespace, name, subresource)
        case [plural, *more] if len(more) <= 2:
            name, subresource = (*more, "", "")[:2]
            return Target(group, version, plural, "", name, subresource)
        case _:
            return None


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How to write: who, and how strictly."""

    manager: str = "unknown"
    dry_run: bool = False
    force: bool = False
    field_validation: str = "Warn"
    named_manager: bool = False


def flag(query: Mapping[str, str], key: str) -> bool:
    """A boolean of the query: Go's ParseBool; present and empty is true."""
    return query.get(key, "false").lower() in ("", "1", "t", "true")


def whole(query: Mapping[str, str], key: str) -> int | None:
    """A whole number of the query; None where absent. Raises a 400."""
    value = query.get(key, "")
    if not value:
        return None
    if not value.isascii() or not value.removeprefix("-").isdigit():
        raise bad_request(f'strconv.ParseInt: parsing "{value}": invalid syntax')
    return max(int(value), 0)


def write_options(query: Mapping[str, str], agent: str, kind: str) -> WriteOptions:
    """The options of a write; `kind` is CreateOptions, ... Raises a 422 for an unknown dryRun."""
    manager = query.get("fieldManager", "")
    validation = query.get("fieldValidation", "") or "Warn"
    if validation not in _VALIDATIONS:
        raise invalid_options(kind, unsupported("fieldValidation", validation, ("", *_VALIDATIONS)))
    _require_manager(manager, kind)
    return WriteOptions(
        manager=manager or agent.partition("/")[0] or "unknown",
        dry_run=is_dry_run(query.get("dryRun", ""), kind),
        force=flag(query, "force"),
        field_validation=validation,
        named_manager=bool(manager),
    )


_VALIDATIONS = ("Ignore", "Strict", "Warn")
_MOST_OF_MANAGER = 128


def _require_manager(manager: str, kind: str) -> None:
    """Raises a 422 for a manager whose name is too long or cannot be printed."""
    if len(manager.encode()) > _MOST_OF_MANAGER:
        told = f"Too long: may not be more than {_MOST_OF_MANAGER} bytes"
        raise invalid_options(kind, Cause("fieldManager", "FieldValueTooLong", told))
    for place, sign in enumerate(manager):
        if not sign.isprintable():
            why = f"invalid character U+{ord(sign):04X} (at position {place})"
            raise invalid_options(kind, invalid("fieldManager", manager, why))


def is_dry_run(value: str, kind: str) -> bool:
    """Whether `dryRun` asks to change nothing. Raises a 422 for anything but `All`."""
    if value in ("", "All"):
        return value == "All"
    told = f'Unsupported value: ["{value}"]: supported values: "All"'
    raise invalid_options(kind, Cause("dryRun", "FieldValueNotSupported", told))
