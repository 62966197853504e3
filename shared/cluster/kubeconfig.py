"""Kubeconfigs and the files of a pod, read into an Access.

The common shapes are read here; users with `exec` or `auth-provider` are left to `plugin.py`.
A kubeconfig that a user of the cluster wrote is held to an allow-list: files, programs and insecure
TLS in it are as if they were not there (reference flux.md 1.3).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import yaml

from shared.cluster.access import Access, AccessError, Credential, Material
from shared.cluster.credential import HeldCredential, Materials
from shared.cluster.plugin import PluginCredential
from shared.cluster.proxy import proxy_for
from shared.manifest.identity import Manifest, section, text
from shared.reconcile.clock import Clock

POD_FILES = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a kubeconfig may make us do beyond speaking to a server."""

    files: bool = True
    programs: bool = True
    insecure: bool = True


OURS = Allowed()
"""A kubeconfig of whoever runs this process."""

USERS = Allowed(files=False, programs=False, insecure=False)
"""A kubeconfig out of a Secret, unless a flag allows its programs or insecure TLS."""

_SIGN_IN = "auth-provider"


def access_of(kubeconfig: str, environment: Mapping[str, str], clock: Clock) -> Access:
    """The way to the cluster, as controller-runtime finds it: the named file, `$KUBECONFIG` (the
    first of its files that exists), the service account of this pod, `~/.kube/config`.

    Raises AccessError."""
    if kubeconfig:
        return from_file(Path(kubeconfig), clock, environment=environment)
    for name in environment.get("KUBECONFIG", "").split(":"):
        if name and Path(name).is_file():
            return from_file(Path(name), clock, environment=environment)
    if environment.get("KUBERNETES_SERVICE_HOST"):
        return in_pod(environment, clock)
    home = Path(environment.get("HOME", "")) / ".kube/config"
    if not home.is_file():
        raise AccessError("no way to a cluster: give --kubeconfig or set KUBECONFIG")
    return from_file(home, clock, environment=environment)


def in_pod(environment: Mapping[str, str], clock: Clock, files: Path = POD_FILES) -> Access:
    """The service account of the pod that this process runs in."""
    host = environment["KUBERNETES_SERVICE_HOST"]
    port = environment.get("KUBERNETES_SERVICE_PORT", "443")
    server = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    token = Material(path=str(files / "token"))
    return Access(
        server,
        HeldCredential(Materials(token=token), clock),
        Material(path=str(files / "ca.crt")),
        proxy=proxy_for(server, environment),
    )


def from_file(
    path: Path, clock: Clock, *, context: str = "", environment: Mapping[str, str] | None = None
) -> Access:
    """The way that a kubeconfig file describes. `context`: another than its current one.
    `environment`: where a proxy may be named. Raises AccessError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise AccessError(f"cannot read the kubeconfig {path}: {error.strerror}") from error
    reader = Reader(str(path), clock, directory=str(path.parent.absolute()))
    access = reader.read(content, context)
    proxy = access.proxy or proxy_for(access.server, environment or {})
    return replace(access, proxy=proxy)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one kubeconfig. `name`: what errors call it; `directory`: where its relative paths
    start."""

    name: str
    clock: Clock
    allowed: Allowed = OURS
    directory: str = ""

    def read(self, content: bytes | str, context: str = "") -> Access:
        """The Access of a context; the empty name is the current one. Raises AccessError."""
        config = self._parse(content)
        context = context or text(config, "current-context")
        chosen = self._entry(config, "contexts", context)
        cluster = self._entry(config, "clusters", text(chosen, "cluster"))
        who = text(chosen, "user")
        user = self._entry(config, "users", who) if who else {}
        return Access(
            server=self._server(cluster),
            credential=self._credential(config, context, user),
            ca=self._material(cluster, "certificate-authority"),
            insecure=self.allowed.insecure and cluster.get("insecure-skip-tls-verify") is True,
            server_name=text(cluster, "tls-server-name"),
            proxy=self._proxy(cluster),
            headers={"Impersonate-User": text(user, "as")} if text(user, "as") else {},
        )

    def _parse(self, content: bytes | str) -> Manifest:
        try:
            found = yaml.load(content, yaml.CSafeLoader)
        except yaml.YAMLError:
            # What libyaml says of the place quotes it, and it may be a key.
            raise AccessError(f"{self.name} is not YAML") from None
        if not isinstance(found, dict):
            raise AccessError(f"{self.name} is not a kubeconfig")
        return cast("Manifest", found)

    def _entry(self, config: Manifest, table: str, name: str) -> Manifest:
        """What one entry of `clusters`, `contexts` or `users` holds."""
        entries = config.get(table)
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and entry.get("name") == name:
                return section(cast("Manifest", entry), table.removesuffix("s"))
        raise AccessError(f"{self.name}: there is no {name!r} in {table}")

    def _server(self, cluster: Manifest) -> str:
        server = text(cluster, "server").rstrip("/")
        if not server:
            raise AccessError(f"{self.name}: the cluster has no server")
        return server if "://" in server else f"https://{server}"

    def _proxy(self, cluster: Manifest) -> str:
        proxy = text(cluster, "proxy-url")
        if proxy and not proxy.startswith(("http://", "https://")):
            scheme = proxy.partition("://")[0]
            raise AccessError(f"{self.name}: proxy-url of type {scheme} is not supported, use http")
        return proxy

    def _credential(self, config: Manifest, context: str, user: Manifest) -> Credential:
        if self.allowed.programs and ("exec" in user or (self.allowed.files and _SIGN_IN in user)):
            if not self.allowed.files:
                config, context = _of_a_program(user["exec"]), "user"
            return PluginCredential(config, context, self.directory, self.clock)
        materials = Materials(
            token=self._token(user),
            user=text(user, "username"),
            password=text(user, "password"),
            certificate=self._material(user, "client-certificate"),
            key=self._material(user, "client-key"),
        )
        return HeldCredential(materials, self.clock)

    def _token(self, user: Manifest) -> Material:
        """A file goes before a token that is given, as in client-go: it is the one that rotates."""
        if self.allowed.files and text(user, "tokenFile"):
            return Material(path=self._path(text(user, "tokenFile")))
        return Material(text(user, "token").encode())

    def _material(self, entry: Manifest, key: str) -> Material:
        """`<key>-data` in base64, or the file that `<key>` names."""
        if data := text(entry, f"{key}-data"):
            try:
                return Material(base64.b64decode(data))
            except (binascii.Error, ValueError):
                raise AccessError(f"{self.name}: {key}-data is not base64") from None
        if self.allowed.files and text(entry, key):
            return Material(path=self._path(text(entry, key)))
        return Material()

    def _path(self, path: str) -> str:
        return str(Path(self.directory) / path)


def _of_a_program(program: object) -> Manifest:
    """A kubeconfig that names nothing but a program: where a tenant may have one run, the library
    still gets to see no files to read."""
    return {
        "current-context": "user",
        "contexts": [{"name": "user", "context": {"cluster": "user", "user": "user"}}],
        "clusters": [{"name": "user", "cluster": {"server": "https://localhost"}}],
        "users": [{"name": "user", "user": {"exec": program}}],
    }
