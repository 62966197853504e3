"""Who we are at a Helm repository, by its spec and the Secrets that it names (flux.md 1.7, 2.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Protocol
from urllib.parse import unquote, urlunsplit

from shared.api.helm_repository import HelmRepository
from shared.cloud.identity import Identity
from shared.oci.credential import Access as Way
from shared.oci.credential import Keyring, Login
from shared.oci.docker_config import keyring_of
from shared.oci.error import OciError
from shared.oci.location import Location, parse
from shared.problem import Problem
from source_controller.helm.location import normalised, split
from source_controller.helm.problem import InvalidCredential

DOCKER_CONFIG = ".dockerconfigjson"
# The newer name of a key comes before the older one.
_AUTHORITY = ("ca.crt", "caFile")
_CERTIFICATE = ("tls.crt", "certFile")
_KEY = ("tls.key", "keyFile")

ANONYMOUS = Way()


class Secrets(Protocol):
    """Where Secrets are read."""

    async def data(self, namespace: str, name: str) -> Mapping[str, str]:
        """The values of a Secret, decoded. Raises a Problem where it cannot be read."""


class Logins(Protocol):
    """Clouds that vouch for us at their registries (source_controller.oci.login.CloudLogins)."""

    async def keyring(self, provider: str, location: Location, identity: Identity) -> Keyring:
        """What a registry is shown. Raises a Problem."""


@dataclass(frozen=True, slots=True)
class Access:
    """How a repository is talked to. `url`: in its normal form, without a user; `way`: certificates
    and, for a registry, logins; `everywhere`: whether user and password may be shown to other hosts
    than that of the URL; `limit`: how long one errand may take."""

    url: str
    way: Way = ANONYMOUS
    username: str = ""
    password: str = field(default="", repr=False)
    everywhere: bool = False
    limit: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class SecretAccess:
    """Access by the Secrets of the cluster, and by the clouds. `realms`: hosts of token servers
    that may be shown what is for a registry (shared.oci.credential.Access)."""

    secrets: Secrets
    logins: Logins
    realms: tuple[str, ...] = ()

    async def of(self, repo: HelmRepository) -> Access:
        """How a repository is talked to. Raises InvalidUrl, and InvalidCredential where a Secret is
        missing or not what it should be."""
        access = replace(
            bare(repo.spec.url), everywhere=repo.spec.pass_credentials, limit=repo.spec.timeout
        )
        shown = await self._shown(repo)
        certificates = await self._certificates(repo)
        way = _way(certificates or shown)
        username, password = shown.get("username", ""), shown.get("password", "")
        if repo.spec.is_registry:
            keyring = await self._keyring(repo, access, shown)
            insecure = repo.spec.insecure
            return replace(
                access, way=replace(way, keyring=keyring, insecure=insecure, realms=self.realms)
            )
        if username:
            access = replace(access, username=username, password=password)
        return replace(access, way=way)

    async def _shown(self, repo: HelmRepository) -> Mapping[str, str]:
        if repo.spec.secret_ref is None:
            return {}
        holder = f"{repo.metadata.namespace}/{repo.spec.secret_ref.name}"
        data = await self._data(repo, repo.spec.secret_ref.name, "authentication secret")
        for one, other in (("username", "password"), ("password", "username")):
            if data.get(one) and not data.get(other):
                raise InvalidCredential(
                    f"failed to detect authentication methods: secret '{holder}': malformed basic "
                    f"auth - has '{one}' but missing '{other}'"
                )
        return data

    async def _certificates(self, repo: HelmRepository) -> Mapping[str, str]:
        if repo.spec.cert_secret_ref is None:
            return {}
        name = repo.spec.cert_secret_ref.name
        data = await self._data(repo, name, "TLS authentication secret")
        if not _first(data, _AUTHORITY) and not (_first(data, _CERTIFICATE) and _first(data, _KEY)):
            raise InvalidCredential(
                "failed to construct Helm client's TLS config: secret "
                f"'{repo.metadata.namespace}/{name}' must contain either 'ca.crt' or both "
                "'tls.crt' and 'tls.key'"
            )
        return data

    async def _data(self, repo: HelmRepository, name: str, what: str) -> Mapping[str, str]:
        try:
            return await self.secrets.data(repo.metadata.namespace, name)
        except Problem as problem:
            holder = f"{repo.metadata.namespace}/{name}"
            raise InvalidCredential(f"failed to get {what} '{holder}': {problem}") from None

    async def _keyring(
        self, repo: HelmRepository, access: Access, shown: Mapping[str, str]
    ) -> Keyring:
        """What a registry is shown: a Secret comes before a cloud."""
        try:
            if DOCKER_CONFIG in shown:
                return keyring_of(shown[DOCKER_CONFIG])
        except OciError as problem:
            raise InvalidCredential(
                f"failed to configure OCI registry authentication: {problem}"
            ) from None
        if shown.get("username"):
            return Keyring.of(Login(shown["username"], shown["password"]))
        if repo.spec.secret_ref is not None or repo.spec.provider == "generic":
            return Keyring()
        try:
            location, identity = parse(access.url), Identity(repo.metadata.namespace)
            return await self.logins.keyring(repo.spec.provider, location, identity)
        except Problem as problem:
            raise InvalidCredential(
                f"failed to get credential from '{repo.spec.provider}': {problem}"
            ) from None


def bare(url: str) -> Access:
    """Access to a place that no HelmRepository tells us about: what its URL says. Raises
    InvalidUrl."""
    parts = split(normalised(url))
    host = parts.netloc.rpartition("@")[2]
    return Access(
        urlunsplit(parts._replace(netloc=host)),
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def _way(data: Mapping[str, str]) -> Way:
    return Way(
        authority=_first(data, _AUTHORITY),
        certificate=_first(data, _CERTIFICATE),
        key=_first(data, _KEY),
    )


def _first(data: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((data[name] for name in names if data.get(name)), "")
