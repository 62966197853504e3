"""The entries of a decryption Secret, and the keyring that they make."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from kustomize_controller.sops import age, aws, azure, gcp, openpgp_key, vault
from kustomize_controller.sops.aws import AwsKms
from kustomize_controller.sops.azure import AzureKeyVault
from kustomize_controller.sops.gcp import GcpKms
from kustomize_controller.sops.https import Https
from kustomize_controller.sops.keyring import Keyring
from kustomize_controller.sops.service import AgeKeys, KeyService, OpenPgpKeys
from kustomize_controller.sops.value import SopsProblem
from kustomize_controller.sops.vault import Vault
from shared.reconcile.clock import Clock

AGE, OPENPGP = ".agekey", ".asc"

Entries = Mapping[str, bytes]
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Reach:
    """How key services are reached."""

    https: Https
    clock: Clock


def keyring_of(entries: Entries, place: str, reach: Reach) -> Keyring:
    """The keyring of a Secret; `place` says in errors which one. Entries of other names are left
    alone. Raises SopsProblem with the name of the entry, never with what is in it."""
    services: dict[str, KeyService] = {}
    identities = _each(entries, AGE, place, _identities)
    subkeys = _each(entries, OPENPGP, place, openpgp_key.subkeys)
    if identities:
        services["age"] = AgeKeys(identities)
    if subkeys:
        services["pgp"] = OpenPgpKeys(subkeys)
    for name, (kind, make) in _SERVICES.items():
        if name in entries:
            with entry_named(name, place):
                services[kind] = make(entries, reach)
    return Keyring(services, digest_of(entries))


def _aws(entries: Entries, reach: Reach) -> KeyService:
    return AwsKms(aws.credentials_in(entries["sops.aws-kms"]), reach.https, reach.clock)


def _gcp(entries: Entries, reach: Reach) -> KeyService:
    return GcpKms(gcp.account_in(entries["sops.gcp-kms"]), reach.https, reach.clock)


def _azure(entries: Entries, reach: Reach) -> KeyService:
    return AzureKeyVault(azure.principal_in(entries["sops.azure-kv"]), reach.https, reach.clock)


def _vault(entries: Entries, reach: Reach) -> KeyService:
    token = entries["sops.vault-token"].decode("utf-8", "replace").strip()
    if not token.isprintable() or not token:
        raise SopsProblem("is no token")
    addresses = vault.addresses_in(entries.get("sops.vault-address", b""))
    ca = entries.get("sops.vault-ca", b"").decode("utf-8", "replace")
    return Vault(token, addresses, ca, reach.https)


_SERVICES: dict[str, tuple[str, Callable[[Entries, Reach], KeyService]]] = {
    "sops.aws-kms": ("kms", _aws),
    "sops.gcp-kms": ("gcp_kms", _gcp),
    "sops.azure-kv": ("azure_kv", _azure),
    "sops.vault-token": ("hc_vault", _vault),
}


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
