"""A real S3 server on loopback, which keeps buckets as directories: started for tests."""

from __future__ import annotations

import base64
import hashlib
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from shared.cloud.credential import AwsCredentials
from shared.object_store.line import Reach, opened
from shared.object_store.s3 import S3Bucket
from shared.object_store.s3_place import place_of
from shared.runtime.clock import SystemClock
from tests.real.go_program import BuildError, GoProgram

PACKAGE = "github.com/versity/versitygw/cmd/versitygw"
S3_SERVER = GoProgram("versitygw", Path(__file__).parent / "versitygw", ("-s", "-w"), PACKAGE)

ACCESS_KEY, SECRET_KEY = "ada", "c4n4ry-of-a-bucket"
_SECONDS_TO_START = 20


@dataclass(frozen=True)
class RealS3:
    """A running server: its address, and the directory that its buckets are in."""

    address: str
    root: Path

    def bucket(self, name: str) -> str:
        """Make a bucket; its name."""
        (self.root / name).mkdir()
        return name

    async def put(self, bucket: str, objects: Mapping[str, bytes]) -> None:
        """Upload objects, by their keys."""
        async with opened(Reach(), SystemClock()) as line:
            place = place_of(self.address, bucket, insecure=True)
            store = S3Bucket(line, place, AwsCredentials(ACCESS_KEY, SECRET_KEY))
            for key, content in objects.items():
                checksum = base64.b64encode(hashlib.md5(content).digest()).decode()
                await store.put(key, len(content), partial(_pieces, content), checksum)

    async def delete(self, bucket: str, key: str) -> None:
        """Delete an object."""
        async with opened(Reach(), SystemClock()) as line:
            place = place_of(self.address, bucket, insecure=True)
            await S3Bucket(line, place, AwsCredentials(ACCESS_KEY, SECRET_KEY)).delete(key)


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 65_536):
        yield content[start : start + 65_536]


@contextmanager
def real_s3(pair: tuple[str, str] = ("", "")) -> Iterator[RealS3]:
    """One server. `pair`: certificate and key that it serves TLS with, both PEM. Raises BuildError
    where it is not built."""
    binary = S3_SERVER.binary()
    if not binary.exists():
        raise BuildError("the S3 server is not built: python -m tests.real.build")
    with tempfile.TemporaryDirectory(prefix="penstock-s3-") as folder:
        place = Path(folder)
        (place / "buckets").mkdir()
        (place / "meta").mkdir()
        address = f"127.0.0.1:{free_port()}"
        with (place / "log").open("wb") as log:
            running = subprocess.Popen(
                [binary, *_flags(place, address, pair)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={"PATH": "", "HOME": folder},
            )  # fmt: skip
        try:
            _wait(running, address, place / "log")
            yield RealS3(address, place / "buckets")
        finally:
            running.kill()
            running.wait()


def _flags(place: Path, address: str, pair: tuple[str, str]) -> list[str]:
    flags = ["--access", ACCESS_KEY, "--secret", SECRET_KEY, "--port", address, "--quiet"]
    if pair[0]:
        (place / "crt").write_text(pair[0])
        (place / "key").write_text(pair[1])
        flags += ["--cert", str(place / "crt"), "--key", str(place / "key")]
    return [*flags, "posix", "--sidecar", str(place / "meta"), str(place / "buckets")]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait(running: subprocess.Popen[bytes], address: str, log: Path) -> None:
    host, _, port = address.partition(":")
    until = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < until and running.poll() is None:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"the S3 server did not start:\n{log.read_text(errors='replace')}")
