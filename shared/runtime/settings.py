"""Command-line flags, as Flux names them, from the fields of frozen dataclasses.

A field `interval_jitter_percentage: int = flag(5, "…")` is the flag `--interval-jitter-percentage`.
Two dataclasses that share a field name share the flag. Values are written as in Go:
`--flag=value`, `--flag value`, and for booleans `--flag`, `--flag=true` or `--flag=false`.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from shared.api import duration

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Value = TypeVar("Value")
Group = TypeVar("Group", bound="DataclassInstance")


def flag(default: Value, text: str) -> Value:
    """A field that can be set on the command line."""
    found: Value = dataclasses.field(default=default, metadata={"flag": text})
    return found


@dataclass(frozen=True, slots=True)
class Settings:
    """What all controllers have in common (reference flux.md 1.3)."""

    kubeconfig: str = flag("", "Path of a kubeconfig; empty: the service account of this pod.")
    metrics_addr: str = flag(":8080", "The address of /metrics.")
    health_addr: str = flag(":9440", "The address of /healthz and /readyz.")
    events_addr: str = flag("", "Where events are posted to; empty: Kubernetes Events only.")
    watch_all_namespaces: bool = flag(True, "false: only the namespace of this pod.")
    watch_label_selector: str = flag("", "Only objects with these labels: a shard.")
    no_cross_namespace_refs: bool = flag(False, "Refuse references into other namespaces.")
    interval_jitter_percentage: int = flag(5, "How far success intervals are spread, in percent.")
    min_retry_delay: timedelta = flag(timedelta(milliseconds=750), "The first delay of a back-off.")
    max_retry_delay: timedelta = flag(timedelta(minutes=15), "The longest delay of a back-off.")
    enable_leader_election: bool = flag(False, "Work only while holding a Lease.")
    leader_election_lease_duration: timedelta = flag(
        timedelta(seconds=35), "How long others wait before they take over the Lease."
    )
    leader_election_renew_deadline: timedelta = flag(
        timedelta(seconds=30), "How long a leader tries to renew before it gives up."
    )
    leader_election_retry_period: timedelta = flag(
        timedelta(seconds=5), "The pause between two tries at the Lease."
    )
    leader_election_release_on_cancel: bool = flag(True, "Give the Lease back when stopping.")
    kube_api_qps: float = flag(50.0, "Requests a second, where the API server has no fairness.")
    kube_api_burst: int = flag(300, "Requests at once, where the API server has no fairness.")
    token_cache_max_size: int = flag(100, "How many credentials of clouds are kept at most.")
    token_cache_max_duration: timedelta = flag(
        timedelta(hours=1), "How long a credential of a cloud is kept at most."
    )
    log_level: str = flag("info", "trace, debug, info or error.")
    log_encoding: str = flag("json", "json or console.")


def parse(
    arguments: Sequence[str],
    groups: Sequence[type[DataclassInstance]],
    *,
    usage: argparse.ArgumentParser,
) -> argparse.Namespace:
    """Read the command line: what the parser itself asked for, and the flags of all groups.

    Ends the process with the usage and exit code 2 where a flag is unknown or its value wrong.
    """
    flags = {field.name: field for group in groups for field in dataclasses.fields(group)}
    for field in flags.values():
        if "flag" in field.metadata:
            _add(usage, field)
    return usage.parse_args(_with_values(arguments, _booleans(flags)))


def fill(group: type[Group], chosen: argparse.Namespace) -> Group:
    """An instance of a group, from what was chosen on the command line and its own defaults."""
    given: Mapping[str, object] = vars(chosen)
    values = {
        field.name: tuple(value) if isinstance(value := given[field.name], list) else value
        for field in dataclasses.fields(group)
        if field.name in given
    }
    return group(**values)


def _add(parser: argparse.ArgumentParser, field: dataclasses.Field[object]) -> None:
    """The default stays with each group: two groups may differ in it."""
    shown = (
        duration.format(field.default) if isinstance(field.default, timedelta) else field.default
    )
    parser.add_argument(
        f"--{field.name.replace('_', '-')}",
        dest=field.name,
        type=_reader(field.default),
        default=argparse.SUPPRESS,
        help=f"{field.metadata['flag']} (default: {shown})".replace("%", "%%"),
        metavar=type(field.default).__name__.upper().replace("TIMEDELTA", "DURATION"),
        action="append" if isinstance(field.default, tuple) else "store",
    )


def _reader(default: object) -> Callable[[str], object]:
    match default:
        case bool():
            return _boolean
        case timedelta():
            return _duration
        case int():
            return int
        case float():
            return float
        case _:
            return str


def _duration(text: str) -> timedelta:
    try:
        return duration.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration such as 30s or 1h") from error


def _boolean(text: str) -> bool:
    if text not in {"true", "false"}:
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return text == "true"


def _booleans(flags: Mapping[str, dataclasses.Field[object]]) -> set[str]:
    return {
        f"--{name.replace('_', '-')}"
        for name, field in flags.items()
        if isinstance(field.default, bool)
    }


def _with_values(arguments: Sequence[str], booleans: set[str]) -> list[str]:
    """Go's booleans take no value of their own word: `--flag` is `--flag=true`."""
    return [f"{word}=true" if word in booleans else word for word in arguments]
