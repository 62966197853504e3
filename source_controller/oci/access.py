"""Who we are at a registry, by the spec of an OCIRepository and what it names (flux.md 2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from shared.api.oci_repository import OciRepository
from shared.api.reference import LocalReference
from shared.cloud.error import IdentityOff
from shared.cloud.identity import Identity
from shared.git.error import InvalidCredential
from shared.oci.credential import Access, Keyring
from shared.oci.docker_config import JSON_KEY, OLD_KEY, keyring_of
from shared.oci.error import InvalidAccess, InvalidLocation
from shared.oci.location import Location, parse
from shared.problem import Problem
from shared.reconcile.failure import Retryable, Stalled
from source_controller.proxy import proxy_of, url_of

# The newer name of a key comes before the older one.
_AUTHORITY = ("ca.crt", "caFile")
_CERTIFICATE = ("tls.crt", "certFile")
_KEY = ("tls.key", "keyFile")


class Secrets(Protocol):
    """Where Secrets are read."""

    async def data(self, namespace: str, name: str) -> Mapping[str, str]:
        """The values of a Secret, decoded. Raises a Problem where it cannot be read."""


class Accounts(Protocol):
    """Where service accounts are read."""

    async def pull_secrets(self, namespace: str, name: str) -> list[str]:
        """The names of an account's image pull secrets. Raises a Problem where it cannot be
        read."""


class Logins(Protocol):
    """Clouds that vouch for us at their registries."""

    async def keyring(self, provider: str, location: Location, identity: Identity) -> Keyring:
        """What a registry is shown. Raises a Problem."""


@dataclass(frozen=True, slots=True)
class SpecAccess:
    """Access by what the cluster holds. `realms`: hosts of token servers that may be shown what is
    for a registry (shared.oci.credential.Access)."""

    secrets: Secrets
    accounts: Accounts
    logins: Logins
    realms: tuple[str, ...] = ()

    async def of(self, repo: OciRepository) -> Access:
        """How the repository's registry is talked to. Raises Retryable where something is missing
        or cannot be used, and Stalled where only another spec helps."""
        location = location_of(repo)
        keyring = await self._keyring(repo)
        proxy = await self._proxy(repo)
        if not keyring and repo.spec.provider != "generic":
            keyring = await self._vouched(repo, location, proxy)
        certificates = await self._certificates(repo)
        return Access(
            keyring=keyring,
            authority=_first(certificates, _AUTHORITY),
            certificate=_first(certificates, _CERTIFICATE),
            key=_first(certificates, _KEY),
            insecure=repo.spec.insecure,
            proxy=proxy,
            realms=self.realms,
        )

    async def _keyring(self, repo: OciRepository) -> Keyring:
        """The logins of the Secret, and after them those of the service account."""
        spec, namespace = repo.spec, repo.metadata.namespace
        try:
            names = [spec.secret_ref.name] if spec.secret_ref else []
            if spec.service_account_name:
                names += await self.accounts.pull_secrets(namespace, spec.service_account_name)
            found = Keyring()
            for name in names:
                found += await self._logins(namespace, name)
        except Problem as problem:
            raise _failed(f"failed to get credential: {problem}") from None
        return found

    async def _logins(self, namespace: str, name: str) -> Keyring:
        holder = f"{namespace}/{name}"
        try:
            data = await self.secrets.data(namespace, name)
        except Problem as problem:
            raise InvalidAccess(f"failed to get secret '{holder}': {problem}") from None
        try:
            if JSON_KEY in data:
                return keyring_of(data[JSON_KEY])
            if OLD_KEY in data:
                return keyring_of(data[OLD_KEY], old=True)
        except InvalidAccess as problem:
            raise InvalidAccess(f"secret '{holder}': {problem}") from None
        raise InvalidAccess(
            f"secret '{holder}' has no '{JSON_KEY}': it has to be of the type "
            "kubernetes.io/dockerconfigjson"
        )

    async def _vouched(self, repo: OciRepository, location: Location, proxy: str) -> Keyring:
        """The login that a cloud gives. An account is always one of the object's namespace."""
        provider = repo.spec.provider
        identity = Identity(repo.metadata.namespace, repo.spec.service_account_name, proxy)
        try:
            return await self.logins.keyring(provider, location, identity)
        except IdentityOff as problem:
            raise Stalled("FeatureGateDisabled", str(problem), condition="FetchFailed") from None
        except Problem as problem:
            raise _failed(f"failed to get credential from {provider}: {problem}") from None

    async def _certificates(self, repo: OciRepository) -> Mapping[str, str]:
        if repo.spec.cert_secret_ref is None:
            return {}
        about = f"failed to generate transport for '{repo.spec.url}'"
        data = await self._data(repo, repo.spec.cert_secret_ref, about)
        certificate, key = _first(data, _CERTIFICATE), _first(data, _KEY)
        holder = f"{repo.metadata.namespace}/{repo.spec.cert_secret_ref.name}"
        if bool(certificate) != bool(key):
            raise _failed(f"{about}: secret '{holder}' has to have both 'tls.crt' and 'tls.key'")
        if not certificate and not _first(data, _AUTHORITY):
            raise _failed(f"{about}: secret '{holder}' has neither 'ca.crt' nor 'tls.crt'")
        return data

    async def _proxy(self, repo: OciRepository) -> str:
        if repo.spec.proxy_secret_ref is None:
            return ""
        about = "failed to get proxy address"
        data = await self._data(repo, repo.spec.proxy_secret_ref, about)
        try:
            return url_of(proxy_of(data))
        except Problem as problem:
            holder = f"{repo.metadata.namespace}/{repo.spec.proxy_secret_ref.name}"
            raise _failed(f"{about}: secret '{holder}': {problem}") from None

    async def _data(
        self, repo: OciRepository, reference: LocalReference, about: str
    ) -> Mapping[str, str]:
        holder = f"{repo.metadata.namespace}/{reference.name}"
        try:
            return await self.secrets.data(repo.metadata.namespace, reference.name)
        except Problem as problem:
            raise _failed(f"{about}: failed to get secret '{holder}': {problem}") from None


def location_of(repo: OciRepository) -> Location:
    """Where the repository is. Raises Stalled where its URL is none."""
    try:
        return parse(repo.spec.url)
    except InvalidLocation as problem:
        # What is no URL may have a password in it: it is not quoted.
        raise Stalled(
            "URLInvalid", f"URL validation failed: {problem}", condition="FetchFailed"
        ) from None


def proxy_url(data: Mapping[str, str]) -> str:
    """The HTTP proxy that a Secret names, with the user in it, for those who speak no SOCKS. Raises
    InvalidAccess, which quotes nothing."""
    try:
        proxy = proxy_of(data)
    except InvalidCredential as problem:
        raise InvalidAccess(str(problem)) from None
    if not proxy.address.startswith(("http://", "https://")):
        raise InvalidAccess("'address' has to be that of an HTTP proxy: socks5 is not spoken")
    return url_of(proxy)


def _first(data: Mapping[str, str], keys: tuple[str, ...]) -> str:
    return next((data[key] for key in keys if data.get(key)), "")


def _failed(message: str) -> Retryable:
    return Retryable("AuthenticationFailed", message, condition="FetchFailed")
