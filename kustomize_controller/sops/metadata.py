"""What a document says of itself below `sops`: its keys, its MAC, what is encrypted. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from kustomize_controller.sops.value import SopsProblem

KEY = "sops"
"""Where in a document its metadata is."""

# In the order in which they are tried: those first that need no network (as SOPS has it).
_KINDS = ("age", "pgp", "kms", "gcp_kms", "azure_kv", "hc_vault")
_RULES = (
    "unencrypted_suffix",
    "encrypted_suffix",
    "unencrypted_regex",
    "encrypted_regex",
    "unencrypted_comment_regex",
    "encrypted_comment_regex",
)
_MOST_KEYS = 200
_NAMES = ("recipient", "fp", "arn", "resource_id", "key_name", "name")


@dataclass(frozen=True, slots=True)
class MasterKey:
    """A key that can open the data key. `kind` is that of the metadata (`age`, `hc_vault` …),
    `sealed` the data key as it was encrypted, `said` the fields that say which key it is."""

    kind: str
    sealed: str = field(repr=False)
    said: Mapping[str, str]
    context: Mapping[str, str]

    def __str__(self) -> str:
        name = next((self.said[key] for key in _NAMES if self.said.get(key)), "without a name")
        return f"{self.kind} key {name[:120]}"


@dataclass(frozen=True, slots=True)
class Metadata:
    """`groups`: of each one key has to be opened, of `threshold` groups where there are several.
    `rule` and `pattern`: what is encrypted. `mac`: the MAC, encrypted; `modified` is what it was
    encrypted for. `only_encrypted`: whether the MAC is that of the encrypted values alone."""

    groups: tuple[tuple[MasterKey, ...], ...]
    threshold: int
    rule: str
    pattern: str
    mac: str
    modified: str
    only_encrypted: bool


def parsed(said: object) -> Metadata:
    """The metadata of a document. Raises SopsProblem where it is none, or contradicts itself."""
    if not isinstance(said, Mapping):
        raise SopsProblem("its sops metadata is not there, or is no mapping")
    rules = [(rule, _text(said, rule)) for rule in _RULES if _text(said, rule)]
    if len(rules) > 1:
        raise SopsProblem(f"cannot use more than one of {', '.join(rule for rule, _ in rules)}")
    rule, pattern = rules[0] if rules else ("unencrypted_suffix", "_unencrypted")
    groups = _groups(said)
    return Metadata(
        groups=groups,
        threshold=_threshold(said, len(groups)),
        rule=rule,
        pattern=pattern,
        mac=_text(said, "mac"),
        modified=_text(said, "lastmodified"),
        only_encrypted=said.get("mac_only_encrypted") in (True, "true"),
    )


def _threshold(said: Mapping[str, object], groups: int) -> int:
    wanted = str(said.get("shamir_threshold") or groups)
    if not wanted.isdecimal() or not 0 < int(wanted) <= max(groups, 1):
        raise SopsProblem(f"shamir_threshold is not between 1 and {groups}")
    return int(wanted)


def _groups(said: Mapping[str, object]) -> tuple[tuple[MasterKey, ...], ...]:
    several = [item for item in _list(said, "key_groups") if isinstance(item, Mapping)]
    groups = tuple(tuple(_keys(group)) for group in several or [said])
    if sum(map(len, groups)) > _MOST_KEYS:
        raise SopsProblem(f"more than {_MOST_KEYS} keys are said to open it")
    return groups


def _keys(group: Mapping[str, object]) -> Iterator[MasterKey]:
    """The keys of a group, in the order in which they are tried."""
    for kind in _KINDS:
        for item in _list(group, kind):
            if isinstance(item, Mapping):
                said = {key: value for key, value in item.items() if isinstance(value, str)}
                context = item.get("context")
                yield MasterKey(
                    kind,
                    said.pop("enc", ""),
                    said,
                    cast("Mapping[str, str]", context) if _is_texts(context) else {},
                )


def _is_texts(context: object) -> bool:
    return isinstance(context, Mapping) and all(isinstance(v, str) for v in context.values())


def _text(node: Mapping[str, object], key: str) -> str:
    found = node.get(key)
    return found if isinstance(found, str) else ""


def _list(node: Mapping[str, object], key: str) -> list[object]:
    found = node.get(key)
    return found if isinstance(found, list) else []
