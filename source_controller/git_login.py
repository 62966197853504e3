"""Logins that a provider gives for a Git server: CodeCommit, Azure DevOps, apps of GitHub
(reference flux.md 2.4).

What a cloud gives is shown to hosts of that cloud alone: whoever writes a GitRepository names any.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from shared.api.git_repository import GitRepository
from shared.cloud.clouds import Clouds
from shared.cloud.code_commit import login, region_of_repository
from shared.cloud.credential import BearerToken
from shared.cloud.error import CloudError, IdentityOff
from shared.cloud.github import APP, USERNAME, app_in
from shared.cloud.identity import Identity
from shared.cloud.keep import Keep
from shared.cloud.web import Web
from shared.git.credential import Credential, Secret
from shared.git.location import Location
from shared.problem import Problem
from shared.reconcile.clock import Clock
from shared.reconcile.failure import Retryable, Stalled

DEVOPS_SCOPE = "499b84ac-1321-427f-aa17-267ca6975798/.default"
"""Azure DevOps, as an application of Azure."""

_DEVOPS = re.compile(r"dev\.azure\.com|[a-z0-9-]+\.visualstudio\.com")
_NO_APP = "secretRef with github app data must be specified when provider is set to github"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a login is for: a repository, where it is, the data of its Secret, and the URL of the
    proxy that it is reached through."""

    repo: GitRepository
    location: Location
    data: Mapping[str, str]
    proxy: str

    @property
    def identity(self) -> Identity:
        """Who asks: an account of the repository's own namespace, or the controller."""
        spec = self.repo.spec
        return Identity(self.repo.metadata.namespace, spec.service_account_name, self.proxy)


class ProviderLogins:
    """Logins by the identity of this process, by that of a service account, or by an app."""

    def __init__(self, clouds: Clouds, web: Web, clock: Clock) -> None:
        self._clouds = clouds
        self._web = web
        self._clock = clock
        self._keep: Keep[BearerToken] = Keep(clock)

    async def completed(self, credential: Credential, asked: Asked) -> Credential:
        """The credential with the login of the provider. Raises Stalled where only another spec
        helps, and Retryable where none is given."""
        provider = asked.repo.spec.provider
        try:
            if provider == "github":
                return await self._github(credential, asked)
            if provider == "azure":
                return await self._azure(credential, asked)
            return await self._aws(credential, asked)
        except IdentityOff as problem:
            raise Stalled("FeatureGateDisabled", str(problem), condition="FetchFailed") from None
        except Problem as problem:
            raise Retryable(
                "AuthenticationFailed",
                f"failed to configure authentication options: {problem}",
                condition="FetchFailed",
            ) from None

    async def _aws(self, credential: Credential, asked: Asked) -> Credential:
        url = asked.location.url
        own = await self._clouds.aws(asked.identity, region_of_repository(url))
        name, password = login(url, own, self._clock.now())
        return _shown(credential, asked, name, password)

    async def _azure(self, credential: Credential, asked: Asked) -> Credential:
        location = asked.location
        if location.scheme != "https" or not _DEVOPS.fullmatch(location.host):
            raise CloudError(
                "the provider azure is for Azure DevOps: the URL has to be "
                "https://dev.azure.com/ORGANISATION/PROJECT/_git/NAME"
            )
        token = await self._clouds.azure(asked.identity, DEVOPS_SCOPE)
        bare = _shown(credential, asked, "", "")
        return replace(bare, bearer=Secret(token.text))

    async def _github(self, credential: Credential, asked: Asked) -> Credential:
        if asked.repo.spec.secret_ref is None:
            raise Stalled("InvalidProviderConfiguration", _NO_APP, condition="FetchFailed")
        if not asked.data.get(APP):
            raise Retryable("InvalidProviderConfiguration", _NO_APP, condition="FetchFailed")
        if asked.location.scheme != "https":
            raise CloudError("the provider github needs an https:// URL")
        app = app_in(asked.data)
        digest = sha256(repr(sorted(asked.data.items())).encode()).hexdigest()
        token = await self._keep.of(
            (asked.repo.metadata.namespace, digest, asked.proxy),
            lambda: app.token(self._web, self._clock, asked.proxy),
        )
        return replace(credential, username=USERNAME, password=Secret(token.text), bearer=Secret())


def _shown(credential: Credential, asked: Asked, name: str, password: str) -> Credential:
    """The credential with another login in it, which is whose identity it is."""
    holder = f"{asked.repo.spec.provider} {asked.identity}"
    return replace(
        credential, username=name, password=Secret(password), bearer=Secret(), holder=holder
    )
