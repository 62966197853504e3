"""Keys, and what Git signed with them by ssh-keygen and gpg (tests/data/git/signatures)."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parents[1] / "data/git/signatures"
SIGNED_AT = 1_767_225_600
LATER = SIGNED_AT + 90 * 86_400
"""When one of the keys has expired."""

VALID = tuple(
    sorted(
        path.stem
        for path in (FOLDER / "keys").iterdir()
        if path.stem not in {"pgp-expired", "pgp-revoked"}
    )
)


def key(*names: str) -> dict[str, str]:
    """Public keys, as entries of a Secret."""
    return {
        path.name: path.read_text()
        for path in sorted((FOLDER / "keys").iterdir())
        if path.stem in names
    }


def commit(name: str) -> bytes:
    """The commit that a key signed."""
    return (FOLDER / "objects" / f"{name}.commit").read_bytes()


def tag(name: str) -> bytes:
    """The tag `v-<name>` that a key signed."""
    return (FOLDER / "objects" / f"{name}.tag").read_bytes()
