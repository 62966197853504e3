"""Credentials that a program or a cloud's sign-in hands out (`exec`, `auth-provider`).

The only door to kubernetes_asyncio, and a lazy one: its import costs half a second and 37 MB, which
only who has such a kubeconfig pays (docs/decisions/0005-cluster-transport.md).
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Protocol, cast

from shared.cluster.access import AccessError, Identity
from shared.manifest.identity import Manifest
from shared.reconcile.clock import Clock

ASK_AGAIN_AFTER = 60.0
"""Seconds between two looks at whether the credential has run out: the loader knows when."""


class _Configuration(Protocol):
    api_key: dict[str, str]
    cert_file: str | None
    key_file: str | None


class _Loader(Protocol):
    async def load_and_set(self, configuration: _Configuration) -> None: ...


class PluginCredential:
    """The user of a kubeconfig whose credential is made on demand."""

    def __init__(self, kubeconfig: Manifest, context: str, directory: str, clock: Clock) -> None:
        self._kubeconfig = kubeconfig
        self._context = context
        self._directory = directory
        self._clock = clock
        self._loader: _Loader | None = None
        self._identity: Identity | None = None
        self._asked_at = 0.0

    async def identity(self, *, fresh: bool = False) -> Identity:
        """Run the plugin where its last answer has run out or was refused. Raises AccessError."""
        now = self._clock.monotonic()
        if fresh:
            self._loader = None
        if self._identity is None or fresh or now - self._asked_at >= ASK_AGAIN_AFTER:
            self._identity = await self._ask()
            self._asked_at = now
        return self._identity

    async def _ask(self) -> Identity:
        library = await asyncio.to_thread(_library)
        if self._loader is None:
            self._loader = library.loader(self._kubeconfig, self._context, self._directory)
        configuration = library.configuration()
        try:
            await self._loader.load_and_set(configuration)
        except (library.failure, ValueError, OSError, RuntimeError) as error:
            raise AccessError(f"credential plugin of context {self._context}: {error}") from error
        return await asyncio.to_thread(_identity_in, configuration)


class _Library:
    """The three things that we take from kubernetes_asyncio."""

    def __init__(self) -> None:
        from kubernetes_asyncio.client import Configuration
        from kubernetes_asyncio.config import ConfigException
        from kubernetes_asyncio.config.kube_config import KubeConfigLoader

        self.failure = cast("type[Exception]", ConfigException)
        self._configuration = Configuration
        self._loader = KubeConfigLoader

    def configuration(self) -> _Configuration:
        return cast("_Configuration", self._configuration())

    def loader(self, kubeconfig: Manifest, context: str, directory: str) -> _Loader:
        made = self._loader(kubeconfig, active_context=context, config_base_path=directory)
        return cast("_Loader", made)


def _library() -> _Library:
    return _Library()


def _identity_in(configuration: _Configuration) -> Identity:
    return Identity(
        configuration.api_key.get("BearerToken", ""),
        Path(configuration.cert_file).read_bytes() if configuration.cert_file else b"",
        Path(configuration.key_file).read_bytes() if configuration.key_file else b"",
    )
