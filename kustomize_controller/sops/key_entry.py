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
from kustomize_controller.sops.configuration import settings_in
from kustomize_controller.sops.gcp import GcpKms
from kustomize_controller.sops.keyring import Keyring
from kustomize_controller.sops.service import AgeKeys, KeyService, OpenPgpKeys
from kustomize_controller.sops.value import SopsProblem
from kustomize_controller.sops.vault import OwnToken, Pass, Passes, Vault
from shared.cloud.clouds import Clouds
from shared.cloud.credential import AwsCredentials, BearerToken
from shared.cloud.error import CloudError
from shared.cloud.google_key import google_key_in
from shared.cloud.identity import Identity
from shared.cloud.keep import Keep
from shared.cloud.surroundings import Surroundings

AGE, OPENPGP = ".agekey", ".asc"

Entries = Mapping[str, bytes]
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Reach:
    """How key services are reached: with what is in a Secret, or as somebody whom `clouds` know."""

    surroundings: Surroundings
    clouds: Clouds


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
                services[kind] = make(entries, reach.surroundings)
    return Keyring(services, digest_of(entries))


def known_as(identity: Identity, reach: Reach, passes: Passes | None) -> Keyring:
    """What clouds open for an identity, and a Vault for who has `passes`."""
    web = reach.surroundings.web
    clouds = reach.clouds
    services: dict[str, KeyService] = {
        "kms": AwsKms(lambda region: clouds.aws(identity, region), reach.surroundings),
        "gcp_kms": GcpKms(lambda: clouds.gcp(identity), web),
        "azure_kv": AzureKeyVault(lambda scope: clouds.azure(identity, scope), web),
    }
    if passes is not None:
        services["hc_vault"] = Vault(passes, web)
    return Keyring(services, str(identity))


def _aws(entries: Entries, surroundings: Surroundings) -> KeyService:
    own = aws.credentials_in(entries["sops.aws-kms"])

    async def credentials(_: str) -> AwsCredentials:
        return own

    return AwsKms(credentials, surroundings)


def _gcp(entries: Entries, surroundings: Surroundings) -> KeyService:
    key = google_key_in(settings_in(entries["sops.gcp-kms"]))
    keep: Keep[BearerToken] = Keep(surroundings.clock)
    return GcpKms(
        lambda: keep.of("token", lambda: key.token(surroundings, gcp.SCOPE)), surroundings.web
    )


def _azure(entries: Entries, surroundings: Surroundings) -> KeyService:
    principal = azure.principal_in(entries["sops.azure-kv"])
    keep: Keep[BearerToken] = Keep(surroundings.clock)
    return AzureKeyVault(
        lambda scope: keep.of(scope, lambda: principal.token(surroundings, scope)),
        surroundings.web,
    )


def _vault(entries: Entries, surroundings: Surroundings) -> KeyService:
    token = entries["sops.vault-token"].decode("utf-8", "replace").strip()
    if not token.isprintable() or not token:
        raise SopsProblem("is no token")
    addresses = vault.addresses_in(entries.get("sops.vault-address", b""))
    ca = entries.get("sops.vault-ca", b"").decode("utf-8", "replace")
    where = "add it to the entry sops.vault-address of the decryption Secret, one address a line"
    return Vault(OwnToken(Pass(token, ca), addresses, where), surroundings.web)


_SERVICES: dict[str, tuple[str, Callable[[Entries, Surroundings], KeyService]]] = {
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
    except (SopsProblem, CloudError) as problem:
        raise SopsProblem(f"the entry {name} of {place} cannot be used: it {problem}") from None
