"""From a Secret to what a remote is shown, with Flux's rules and words (flux.md 1.7, 1.11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from shared.api.git_repository import GitRepository
from shared.cloud.github import APP
from shared.git.credential import ANONYMOUS, Credential, Proxy, Secret
from shared.git.error import InvalidCredential, InvalidLocation
from shared.git.location import Location, parse
from shared.git.tunnel import SOCKS
from shared.problem import Problem
from shared.reconcile.failure import Retryable, Stalled
from source_controller.git_login import Asked
from source_controller.proxy import proxy_of, url_of


class Secrets(Protocol):
    """Where Secrets are read."""

    async def data(self, namespace: str, name: str) -> Mapping[str, str]:
        """The values of a Secret, decoded. Raises a Problem where it cannot be read."""


class Providers(Protocol):
    """Those who vouch for us (source_controller.git_login.ProviderLogins)."""

    async def completed(self, credential: Credential, asked: Asked) -> Credential:
        """The credential with the login of the provider. Raises Failure."""


@dataclass(frozen=True, slots=True)
class SecretCredentials:
    """Credentials from the Secrets of the cluster, and from the providers that vouch for us."""

    secrets: Secrets
    providers: Providers

    async def of(self, repo: GitRepository) -> Credential:
        """What the repository's remote is shown. Raises Stalled where the URL is not one, and
        Retryable where the Secret is missing or holds too little."""
        try:
            location = parse(repo.spec.url)
        except InvalidLocation as problem:
            raise Stalled("URLInvalid", str(problem), condition="FetchFailed") from None
        proxy = await self._proxy(repo)
        data = await self._data(repo)
        if repo.spec.provider == "generic":
            credential = self._shown(repo, location, data)
        else:
            if proxy and proxy.address.startswith(f"{SOCKS}:"):
                raise _failed(f"the provider {repo.spec.provider} is not asked through {SOCKS}")
            asked = Asked(repo, location, data, url_of(proxy) if proxy else "")
            own = credential_of(location, data, _holder(repo))
            credential = await self.providers.completed(own, asked)
        return replace(credential, proxy=proxy)

    async def _proxy(self, repo: GitRepository) -> Proxy | None:
        if repo.spec.proxy_secret_ref is None:
            return None
        name = repo.spec.proxy_secret_ref.name
        try:
            return proxy_of(await self.secrets.data(repo.metadata.namespace, name))
        except Problem as problem:
            secret = f"{repo.metadata.namespace}/{name}"
            raise _failed(
                f"failed to configure proxy options: proxy secret '{secret}': {problem}"
            ) from None

    async def _data(self, repo: GitRepository) -> Mapping[str, str]:
        """What is in the Secret of a repository; nothing where it names none."""
        if repo.spec.secret_ref is None:
            return {}
        try:
            return await self.secrets.data(repo.metadata.namespace, repo.spec.secret_ref.name)
        except Problem as problem:
            raise _failed(f"failed to get secret '{_holder(repo)}': {problem}") from None

    def _shown(
        self, repo: GitRepository, location: Location, data: Mapping[str, str]
    ) -> Credential:
        """The credential for a location where nobody vouches for us."""
        if repo.spec.secret_ref is None:
            return _checked(location, ANONYMOUS, {})
        holder = _holder(repo)
        if APP in data:
            raise Retryable(
                "InvalidProviderConfiguration",
                f"secretRef '{holder}' has github app data but provider is not set to github",
                condition="FetchFailed",
            )
        return _checked(location, credential_of(location, data, holder), data)


def _holder(repo: GitRepository) -> str:
    """Whose a credential is: the repository's Secret."""
    name = repo.spec.secret_ref.name if repo.spec.secret_ref else ""
    return f"{repo.metadata.namespace}/{name}" if name else ""


def credential_of(location: Location, data: Mapping[str, str], holder: str) -> Credential:
    """What a Secret means for a URL: SSH takes the keys, HTTP the rest; a bearer token comes before
    user name and password."""
    if location.scheme == "ssh":
        return Credential(
            username=location.username or "git",
            password=Secret(data.get("password", "")),
            identity=Secret(data.get("identity", "")),
            known_hosts=data.get("known_hosts", ""),
            holder=holder,
        )
    is_bearer = "bearerToken" in data
    return Credential(
        username="" if is_bearer else data.get("username", ""),
        password=Secret("" if is_bearer else data.get("password", "")),
        bearer=Secret(data.get("bearerToken", "")),
        authority=data.get("ca.crt") or data.get("caFile", ""),
        certificate=data.get("tls.crt", ""),
        key=Secret(data.get("tls.key", "")),
        holder=holder,
    )


def _checked(location: Location, credential: Credential, data: Mapping[str, str]) -> Credential:
    """The credential, completed from the URL. Raises Retryable where something is missing."""
    try:
        if location.scheme == "ssh":
            _require_keys(credential)
            return credential
        return _completed(location, credential)
    except InvalidCredential as problem:
        raise _failed(f"failed to configure authentication options: {problem}") from None


def _require_keys(credential: Credential) -> None:
    for name, value in (
        ("identity", bool(credential.identity)),
        ("known_hosts", bool(credential.known_hosts)),
    ):
        if not value:
            raise InvalidCredential(f"invalid 'ssh' auth option: '{name}' is required")


def _completed(location: Location, credential: Credential) -> Credential:
    username = credential.username or location.username
    password = credential.password or location.password
    if password and not username:
        raise InvalidCredential(
            f"invalid '{location.scheme}' auth option: 'password' requires 'username' to be set"
        )
    if credential.bearer and username:
        raise InvalidCredential("basic auth and bearer token cannot be set at the same time")
    return Credential(
        username=username,
        password=password,
        bearer=credential.bearer,
        authority=credential.authority,
        certificate=credential.certificate,
        key=credential.key,
        holder=credential.holder,
    )


def _failed(message: str) -> Retryable:
    return Retryable("AuthenticationFailed", message, condition="FetchFailed")
