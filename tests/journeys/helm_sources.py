"""HelmRepositories and HelmCharts in the namespaces of two controllers, ours and Flux's."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shared.cluster.client import Client
from shared.manifest.identity import Manifest, Ref, section
from tests.journeys.controllers import command

GROUP = "source.toolkit.fluxcd.io"
LIMIT = 40.0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def ours(kubeconfig: Path, place: Path, *flags: str) -> list[str]:
    """Our source controller, in the namespace that its environment says."""
    storage = [f"--storage-path={place}", f"--storage-addr=127.0.0.1:{free_port()}"]
    return [
        *command("source_controller", kubeconfig=kubeconfig),
        *storage, "--watch-all-namespaces=false", *flags,
    ]  # fmt: skip


def theirs(binary: Path, kubeconfig: Path, place: Path) -> list[str]:
    """Flux's."""
    address = f"127.0.0.1:{free_port()}"
    return [
        "env", f"KUBECONFIG={kubeconfig}", str(binary), "--metrics-addr=0",
        "--health-addr=127.0.0.1:0", "--events-addr=", f"--storage-path={place}",
        f"--storage-addr={address}", f"--storage-adv-addr={address}",
        "--watch-all-namespaces=false",
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scene:
    """The objects of one namespace."""

    client: Client
    namespace: str

    def ref(self, kind: str, name: str) -> Ref:
        group = "" if kind == "Secret" else GROUP
        return Ref(group, kind, self.namespace, name, "v1")

    async def create(self, kind: str, name: str, **body: object) -> None:
        """An object, of its spec or of what else it has."""
        ref = self.ref(kind, name)
        meta = {"name": name, "namespace": self.namespace}
        manifest = {"apiVersion": ref.gvk.api_version, "kind": kind, "metadata": meta, **body}
        await self.client.create(manifest, manager="somebody")

    async def change(self, kind: str, name: str, patch: Manifest) -> None:
        await self.client.patch(self.ref(kind, name), patch, manager="somebody")

    async def remove(self, kind: str, name: str) -> None:
        await self.client.delete(self.ref(kind, name))

    async def get(self, kind: str, name: str) -> Manifest:
        return await self.client.get(self.ref(kind, name))

    async def ask(self, kind: str, name: str, token: str) -> None:
        """Ask for a reconciliation, as the flux command does."""
        note = {"annotations": {"reconcile.fluxcd.io/requestedAt": token}}
        await self.change(kind, name, {"metadata": note})

    async def until(
        self, kind: str, name: str, seen: Callable[[Manifest], bool], what: str
    ) -> Manifest:
        """The object, once it is as it should become."""
        deadline = time.monotonic() + LIMIT
        while True:
            found = await self.get(kind, name)
            if seen(found):
                return found
            assert time.monotonic() < deadline, f"not {what}: {found.get('status')}"
            await asyncio.sleep(0.05)

    async def until_saying(self, kind: str, name: str, reason: str) -> Manifest:
        """The object, once its condition Ready has a reason, for the generation that it has."""

        def seen(found: Manifest) -> bool:
            generation = section(found, "metadata")["generation"]
            conditions = section(found, "status").get("conditions", [])
            return any(
                (c["type"], c["reason"], c["observedGeneration"]) == ("Ready", reason, generation)
                for c in conditions
            )

        return await self.until(kind, name, seen, f"{kind} {name} saying {reason}")


def said(manifest: Manifest) -> dict[str, tuple[str, str]]:
    """The conditions: status and reason by type."""
    conditions = section(manifest, "status").get("conditions", [])
    return {c["type"]: (c["status"], c["reason"]) for c in conditions}


def message_of(manifest: Manifest, kind: str = "Ready") -> str:
    conditions = section(manifest, "status").get("conditions", [])
    return next((c["message"] for c in conditions if c["type"] == kind), "")
