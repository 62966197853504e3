"""What of a commit or tag was signed, and with what: cut from the very bytes. Pure.

Git's own rules: a commit has its signature in the header `gpgsig`, a tag at its end. What Git and
another reader could understand differently is refused (reliability-security.md G-13).
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.git.error import SignatureError

OPENPGP, SSH = b"-----BEGIN PGP SIGNATURE-----", b"-----BEGIN SSH SIGNATURE-----"
_OTHERS = (b"-----BEGIN PGP MESSAGE-----", b"-----BEGIN SIGNED MESSAGE-----")
_HEADER, _HEADER_OF_SHA256 = b"gpgsig", b"gpgsig-sha256"
_ONCE = (b"tree", b"author", b"committer", _HEADER, _HEADER_OF_SHA256)


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed, and the signature in its ASCII armour; empty where there is none."""

    payload: bytes
    signature: bytes


def of_commit(raw: bytes) -> Signed:
    """The parts of a commit. Raises SignatureError for headers that come twice or out of order."""
    head, blank, message = raw.partition(b"\n\n")
    fields = _fields(head)
    names = [name for name, _ in fields]
    if names[:1] != [b"tree"] or any(names.count(name) > 1 for name in _ONCE):
        raise SignatureError("its headers can be read in more than one way")
    kept = [lines for name, lines in fields if name not in {_HEADER, _HEADER_OF_SHA256}]
    signature = next((lines for name, lines in fields if name == _HEADER), b"")
    folded = signature.removeprefix(_HEADER + b" ").replace(b"\n ", b"\n")
    return Signed(b"\n".join(kept) + blank + message, folded)


def of_tag(raw: bytes) -> Signed:
    """The parts of a tag. The last line that begins a signature is where it begins."""
    at = max(_last_line(raw, marker) for marker in (OPENPGP, SSH, *_OTHERS))
    return Signed(raw, b"") if at < 0 else Signed(raw[:at], raw[at:])


def name_of_tag(raw: bytes) -> str:
    """The name that a tag has itself. Raises SignatureError where its headers are out of order."""
    lines = raw.partition(b"\n\n")[0].split(b"\n")
    names = [line.partition(b" ")[0] for line in lines[:3]]
    if names != [b"object", b"type", b"tag"]:
        raise SignatureError("its headers can be read in more than one way")
    return lines[2].partition(b" ")[2].decode(errors="replace")


def _fields(head: bytes) -> list[tuple[bytes, bytes]]:
    """The headers with their names; lines that begin with a space go on with the one before."""
    found: list[tuple[bytes, bytes]] = []
    for line in head.split(b"\n"):
        if line.startswith(b" ") and found:
            name, lines = found.pop()
            found.append((name, lines + b"\n" + line))
        else:
            found.append((line.partition(b" ")[0], line))
    return found


def _last_line(raw: bytes, marker: bytes) -> int:
    """Where the last line begins that begins with the marker; -1 where none does."""
    at = raw.rfind(b"\n" + marker)
    return at + 1 if at >= 0 else -1
