"""Documents that the real `sops` encrypted, and the keys that open them (tests/data/sops)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from kustomize_controller.sops.document import Document
from kustomize_controller.sops.format import format_of_name
from kustomize_controller.sops.key_entry import Reach, keyring_of
from kustomize_controller.sops.keyring import Keyring
from shared.cloud.error import CloudError
from shared.cloud.identity import Accounts
from shared.cloud.service import CloudService
from shared.cloud.surroundings import Surroundings
from shared.cloud.web import Call, Reply, Web
from tests.fake.clock import ManualClock
from tests.fake.service_accounts import ServiceAccounts

FOLDER = Path(__file__).parents[1] / "data/sops"
ALL = tuple(sorted(path.name for path in (FOLDER / "keys").iterdir()))
FILES = tuple(sorted(path.name for path in (FOLDER / "encrypted").iterdir()))


class NoNetwork:
    """Reaches nobody."""

    async def ask(self, call: Call) -> Reply:
        """Nobody answers."""
        raise CloudError(f"{call.url} cannot be reached: there is no network")


def reach(
    web: Web | None = None,
    accounts: Accounts | None = None,
    environment: Mapping[str, str] | None = None,
) -> Reach:
    """How key services are reached; without a web, nobody is."""
    around = Surroundings(
        web or NoNetwork(), ManualClock(), accounts or ServiceAccounts(), environment or {}
    )
    return Reach(around, CloudService(around))


def entry(name: str) -> bytes:
    """A private key, as an entry of a Secret would hold it."""
    return (FOLDER / "keys" / name).read_bytes()


def keyring(*names: str) -> Keyring:
    """Those keys; all of them where none is named."""
    return keyring_of({name: entry(name) for name in names or ALL}, "Secret/keys", reach())


def encrypted(name: str) -> bytes:
    """An encrypted file."""
    return (FOLDER / "encrypted" / name).read_bytes()


def expected(name: str) -> bytes:
    """What `sops --decrypt` makes of it."""
    return (FOLDER / "expected" / name).read_bytes()


def document(name: str) -> Document:
    """An encrypted file, read."""
    return format_of_name(name).document(encrypted(name))


def data_key(name: str = "age-secret.yaml") -> bytes:
    """The data key of a file."""
    return asyncio.run(keyring().data_key(document(name).metadata))
