"""Documents of every format, encrypted by the real `sops` here and now: the one on the
PATH, or the peer that was built into the user's cache."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from kustomize_controller.sops.format import format_of_name
from tests.fake.sops import FOLDER, keyring
from tests.peers import peer

PLAIN = sorted((FOLDER / "plain").iterdir())
TYPES = {".yaml": "yaml", ".json": "json", ".env": "dotenv", ".ini": "ini", ".txt": "binary"}


def sops() -> str:
    """The program; where it is not, the test says so and skips."""
    return shutil.which("sops") or str(peer("sops"))


def recipient(name: str) -> str:
    """The public half of a key."""
    lines = (FOLDER / "keys" / name).read_text().splitlines()
    return next(line.split()[-1] for line in lines if "public key" in line)


def ran(*arguments: str) -> bytes:
    """What the program writes."""
    environment = {
        "PATH": os.environ["PATH"],
        "SOPS_AGE_KEY_FILE": str(FOLDER / "keys/one.agekey"),
        "SOPS_DISABLE_VERSION_CHECK": "1",
    }
    command = [sops(), "--config", "/dev/null", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, check=True).stdout


@pytest.mark.slow
@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.name)
@pytest.mark.parametrize("options", [(), ("--mac-only-encrypted",)], ids=["all", "mac only"])
async def test_there_and_back(path: Path, options: tuple[str, ...], tmp_path: Path) -> None:
    kind = TYPES[path.suffix]
    own = recipient("one.agekey")
    sealed = ran("--encrypt", "--input-type", kind, *options, "--age", own, str(path))
    file = tmp_path / f"sealed{path.suffix}"
    file.write_bytes(sealed)
    theirs = ran("--decrypt", "--input-type", kind, "--output-type", kind, str(file))

    document = format_of_name(path.name).document(sealed)
    key = await keyring("one.agekey").data_key(document.metadata)
    ours = format_of_name(path.name).emit(document.decrypted(key, verify=True))

    assert ours == theirs
