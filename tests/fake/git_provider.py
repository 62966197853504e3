"""Providers that vouch for nobody."""

from __future__ import annotations

from shared.git.credential import Credential
from source_controller.git_login import Asked


class Nobody:
    """There is no provider."""

    async def completed(self, credential: Credential, asked: Asked) -> Credential:
        raise AssertionError(f"{asked.repo.spec.provider} was asked for a login")
