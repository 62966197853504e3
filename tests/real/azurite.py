"""Azure Blob Storage as Microsoft imitates it (Azurite), on loopback: started for tests."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.real.go_program import BuildError, cache
from tests.real.s3_server import free_port

RELEASE = "3.35.0"
ACCOUNT = "devstoreaccount1"
# Known to everybody: it is in Azurite's documentation.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
_SECONDS_TO_START = 30


@contextmanager
def azurite() -> Iterator[str]:
    """One, in memory; the URL of its account. Raises BuildError where it is not installed."""
    node, program = shutil.which("node"), _program()
    if node is None or not program.exists():
        place = cache() / "azurite"
        raise BuildError(
            f"Azurite is not installed: npm install --prefix {place} azurite@{RELEASE}"
        )
    with tempfile.TemporaryDirectory(prefix="penstock-azurite-") as folder:
        log, port = Path(folder, "log"), free_port()
        with log.open("wb") as output:
            running = subprocess.Popen(
                [
                    node, program, "--inMemoryPersistence", "--skipApiVersionCheck",
                    "--disableTelemetry", "--blobHost", "127.0.0.1", "--blobPort", str(port),
                ],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder,
            )  # fmt: skip
        try:
            _wait(running, log)
            yield f"http://127.0.0.1:{port}/{ACCOUNT}"
        finally:
            running.kill()
            running.wait()


def _program() -> Path:
    return cache() / "azurite/node_modules/azurite/dist/src/blob/main.js"


def _wait(running: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < until and running.poll() is None:
        if "successfully listens" in log.read_text(errors="replace").lower():
            return
        time.sleep(0.05)
    raise AssertionError(f"Azurite did not start:\n{log.read_text(errors='replace')}")
