"""The reference registry, on loopback: started for tests, with users and certificates of theirs."""

from __future__ import annotations

import re
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import bcrypt

from tests.fake.oci_artifact import Artifact, digest_of
from tests.fake.oci_registry import basic
from tests.real.go_program import BuildError, GoProgram

PACKAGE = "github.com/distribution/distribution/v3/cmd/registry"
REGISTRY = GoProgram("registry", Path(__file__).parent / "registry", ("-s", "-w"), PACKAGE)

_ASKED = re.compile(r"^\S+ - \S+ \[[^]]+\] \"", re.MULTILINE)
_LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+)")
_SECONDS_TO_START = 20


@dataclass(frozen=True)
class RealRegistry:
    """A running registry. `username` empty: everybody may push and pull. `log`: the file that it
    writes to."""

    address: str
    log: Path
    username: str = ""
    password: str = ""
    authority: str = ""

    def url(self, repository: str) -> str:
        return f"oci://{self.address}/{repository}"

    def asked(self) -> int:
        """How many requests it has answered so far."""
        return len(_ASKED.findall(self.log.read_text(errors="replace")))

    async def push(self, artifact: Artifact, repository: str, *tags: str) -> str:
        """Push an artifact under its digest, and under tags; its digest."""
        login = {"Authorization": basic(self.username, self.password)} if self.username else {}
        async with aiohttp.ClientSession(headers=login) as session:
            root = f"{'https' if self.authority else 'http'}://{self.address}/v2/{repository}"
            trust = ssl.create_default_context(cadata=self.authority or None)
            for blob in artifact.blobs:
                await _upload(session, root, blob, trust)
            for reference in (artifact.digest, *tags):
                async with session.put(
                    f"{root}/manifests/{reference}",
                    data=artifact.manifest,
                    headers={"Content-Type": artifact.media_type},
                    ssl=trust,
                ) as answer:
                    assert answer.status == 201, await answer.text()
        return artifact.digest


async def _upload(
    session: aiohttp.ClientSession, root: str, blob: bytes, trust: ssl.SSLContext
) -> None:
    async with session.post(f"{root}/blobs/uploads/", ssl=trust) as started:
        assert started.status == 202, await started.text()
        place = started.headers["Location"]
    joint = "&" if "?" in place else "?"
    async with session.put(f"{place}{joint}digest={digest_of(blob)}", data=blob, ssl=trust) as done:
        assert done.status == 201, await done.text()


@contextmanager
def real_registry(
    *,
    username: str = "",
    password: str = "",
    pair: tuple[str, str] = ("", ""),
    authority: str = "",
    on_disk: bool = False,
) -> Iterator[RealRegistry]:
    """One, in memory, or on the disk, which is quicker for what is large.

    `pair`: certificate and key that it serves TLS with, both PEM. Raises
    BuildError where it is not built."""
    binary = REGISTRY.binary()
    if not binary.exists():
        raise BuildError("the reference registry is not built: python -m tests.real.build")
    with tempfile.TemporaryDirectory(prefix="penstock-registry-") as folder:
        place = Path(folder)
        log = place / "log"
        config = _config(place, username, password, pair)
        if on_disk:
            config = config.replace("inmemory: {}", f"filesystem: {{rootdirectory: {place}/blobs}}")
        (place / "config.yaml").write_text(config)
        with log.open("wb") as output:
            running = subprocess.Popen(
                [binary, "serve", place / "config.yaml"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={"OTEL_TRACES_EXPORTER": "none", "PATH": ""},
            )
        try:
            address = f"127.0.0.1:{_port(running, log)}"
            yield RealRegistry(address, log, username, password, authority)
        finally:
            running.kill()
            running.wait()


def _config(place: Path, username: str, password: str, pair: tuple[str, str]) -> str:
    lines = ["version: 0.1", "log: {level: info}", "storage: {inmemory: {}}"]
    lines += ["http:", "  addr: 127.0.0.1:0", "  secret: tests"]
    if pair[0]:
        (place / "crt").write_text(pair[0])
        (place / "key").write_text(pair[1])
        lines += [f"  tls: {{certificate: {place / 'crt'}, key: {place / 'key'}}}"]
    if username:
        made = bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()
        (place / "users").write_text(f"{username}:{made}\n")
        lines += [f"auth: {{htpasswd: {{realm: tests, path: {place / 'users'}}}}}"]
    return "\n".join(lines) + "\n"


def _port(running: subprocess.Popen[bytes], log: Path) -> int:
    until = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < until:
        if found := _LISTENING.search(log.read_text(errors="replace")):
            return int(found[1])
        if running.poll() is not None:
            break
        time.sleep(0.02)
    raise AssertionError(f"the registry did not start:\n{log.read_text(errors='replace')}")
