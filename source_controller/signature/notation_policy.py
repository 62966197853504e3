"""notation's trust policy: for which repositories which signatures count, and how strictly. Pure.

The document is that of the Notary Project, version 1.0, with its rules. What is not understood is
an error, never passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from source_controller.signature.payload import mapping, parsed
from source_controller.signature.problem import InvalidTrust
from source_controller.signature.subject import Subject

POLICY = "trustpolicy.json"
Check = Literal["integrity", "authenticity", "authenticTimestamp", "expiry", "revocation"]
Action = Literal["enforce", "log", "skip"]

CHECKS: tuple[Check, ...] = (
    "integrity", "authenticity", "authenticTimestamp", "expiry", "revocation",
)  # fmt: skip
SKIP = "skip"
LEVELS: Mapping[str, tuple[Action, ...]] = {
    "strict": ("enforce", "enforce", "enforce", "enforce", "enforce"),
    "permissive": ("enforce", "enforce", "log", "log", "log"),
    "audit": ("enforce", "log", "log", "log", "log"),
    SKIP: ("skip", "skip", "skip", "skip", "skip"),
}
"""What is done about each of the checks, in their order."""

EVERYTHING = "*"
MOST = 1_000

_STORE = re.compile(r"(ca|signingAuthority|tsa):[A-Za-z0-9_.-]+")
_ACTIONS: Mapping[str, Action] = {"enforce": "enforce", "log": "log", "skip": "skip"}
_SUBJECT = "x509.subject:"


@dataclass(frozen=True, slots=True)
class Statement:
    """What holds for some repositories. `stores`: kinds of trust stores; `identities`: None for
    whoever has a trusted certificate."""

    name: str
    scopes: tuple[str, ...]
    level: str
    actions: Mapping[Check, Action]
    stores: frozenset[str]
    identities: tuple[Subject, ...] | None

    @property
    def skips(self) -> bool:
        """Whether nothing is asked for."""
        return self.level == SKIP


def statement_for(text: str, repository: str) -> Statement:
    """What a trust policy says of a repository, `registry/path`. Raises InvalidTrust where it
    cannot be read, or says nothing of it."""
    document = parsed(text.encode())
    listed = document.get("trustPolicies")
    if document.get("version") != "1.0" or not isinstance(listed, list) or not listed:
        raise InvalidTrust(f"'{POLICY}' is no trust policy of the version 1.0 with statements")
    if len(listed) > MOST:
        raise InvalidTrust(f"'{POLICY}' has more than {MOST} statements")
    statements = [_statement(mapping(one)) for one in listed]
    _check_apart(statements)
    for scope in (repository, EVERYTHING):
        for one in statements:
            if scope in one.scopes:
                return one
    raise InvalidTrust(f"'{POLICY}' has no statement that applies to '{repository}'")


def _check_apart(statements: Sequence[Statement]) -> None:
    names = [one.name for one in statements]
    scopes = [scope for one in statements for scope in one.scopes]
    if len(set(names)) < len(names) or len(set(scopes)) < len(scopes):
        raise InvalidTrust(f"'{POLICY}' has two statements of one name, or for one scope")


def _statement(said: Mapping[str, object]) -> Statement:
    name = said.get("name")
    if not isinstance(name, str) or not name:
        raise InvalidTrust(f"'{POLICY}' has a statement without a name")
    about = f"'{POLICY}': the statement '{name[:200]}'"
    scopes = _texts(said.get("registryScopes"), about, "registryScopes")
    if not scopes or (EVERYTHING in scopes and len(scopes) > 1):
        raise InvalidTrust(f"{about} needs registryScopes: repositories, or '*' alone")
    asked = mapping(said.get("signatureVerification"))
    level = asked.get("level")
    if not isinstance(level, str) or level not in LEVELS:
        raise InvalidTrust(f"{about} needs a level: one of {', '.join(LEVELS)}")
    actions = _actions(level, asked, about)
    if level == SKIP:
        return Statement(name, scopes, level, actions, frozenset(), None)
    stores = _texts(said.get("trustStores"), about, "trustStores")
    if not stores or not all(map(_STORE.fullmatch, stores)):
        raise InvalidTrust(f"{about} needs trustStores, such as 'ca:name'")
    kinds = frozenset(store.partition(":")[0] for store in stores)
    return Statement(name, scopes, level, actions, kinds, _identities(said, about))


def _actions(level: str, asked: Mapping[str, object], about: str) -> Mapping[Check, Action]:
    actions = dict(zip(CHECKS, LEVELS[level], strict=True))
    overrides = mapping(asked.get("override"))
    if overrides and level == SKIP:
        raise InvalidTrust(f"{about}: the level 'skip' has nothing to override")
    for check, action in overrides.items():
        known = next((one for one in CHECKS[1:] if one == check), None)
        meant = _ACTIONS.get(action) if isinstance(action, str) else None
        if known is None or meant is None or (meant == "skip" and known != "revocation"):
            raise InvalidTrust(f"{about} cannot override '{check[:100]}' like that")
        actions[known] = meant
    return actions


def _identities(said: Mapping[str, object], about: str) -> tuple[Subject, ...] | None:
    listed = _texts(said.get("trustedIdentities"), about, "trustedIdentities")
    if listed == (EVERYTHING,):
        return None
    if not listed or EVERYTHING in listed:
        raise InvalidTrust(f"{about} needs trustedIdentities, or '*' alone")
    for one in listed:
        if not one.startswith(_SUBJECT):
            raise InvalidTrust(f"{about}: a trusted identity has to begin with '{_SUBJECT}'")
    return tuple(Subject.parse(one.removeprefix(_SUBJECT), about) for one in listed)


def _texts(said: object, about: str, field: str) -> tuple[str, ...]:
    if said is None:
        return ()
    if not isinstance(said, list) or not all(isinstance(one, str) and one for one in said):
        raise InvalidTrust(f"{about}: {field} has to be a list of strings")
    return tuple(said)
