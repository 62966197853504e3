"""The entries of a decryption Secret, and the keyring that they make."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from kustomize_controller.sops import age, openpgp_key
from kustomize_controller.sops.keyring import Keyring
from kustomize_controller.sops.service import AgeKeys, KeyService, OpenPgpKeys
from kustomize_controller.sops.value import SopsProblem

AGE, OPENPGP = ".agekey", ".asc"

Entries = Mapping[str, bytes]
Key = TypeVar("Key")


def keyring_of(entries: Entries, place: str) -> Keyring:
    """The keyring of a Secret; `place` says in errors which one. Entries of other names are left
    alone. Raises SopsProblem with the name of the entry, never with what is in it."""
    services: dict[str, KeyService] = {}
    identities = _each(entries, AGE, place, _identities)
    subkeys = _each(entries, OPENPGP, place, openpgp_key.subkeys)
    if identities:
        services["age"] = AgeKeys(identities)
    if subkeys:
        services["pgp"] = OpenPgpKeys(subkeys)
    return Keyring(services, digest_of(entries))


def only_age(entries: Entries) -> Entries:
    """The entries that count in the Secret that is there for all Kustomizations (as in Flux)."""
    return {name: value for name, value in entries.items() if name.endswith(AGE)}


def digest_of(entries: Entries) -> str:
    """A checksum of all entries."""
    digest = hashlib.sha256()
    for name, value in sorted(entries.items()):
        digest.update(hashlib.sha256(name.encode()).digest() + hashlib.sha256(value).digest())
    return digest.hexdigest()


def _identities(content: bytes) -> tuple[age.Identity, ...]:
    return age.identities(content.decode("utf-8", "replace"))


def _each(
    entries: Entries, ending: str, place: str, read: Callable[[bytes], tuple[Key, ...]]
) -> tuple[Key, ...]:
    """The keys of all entries whose name ends so, in the order of the names."""
    found: list[Key] = []
    for name in sorted(name for name in entries if name.endswith(ending)):
        with entry_named(name, place):
            found += read(entries[name])
    return tuple(found)


@contextmanager
def entry_named(name: str, place: str) -> Iterator[None]:
    """What goes wrong inside names the entry of the Secret."""
    try:
        yield
    except SopsProblem as problem:
        raise SopsProblem(f"the entry {name} of {place} cannot be used: it {problem}") from None
