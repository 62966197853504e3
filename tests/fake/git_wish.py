"""Asking a remote, in tests."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from shared.git.credential import ANONYMOUS, Credential
from shared.git.deadline import Limits
from shared.git.error import ReferenceNotFound
from shared.git.listing import ANYBODY, Asker
from shared.git.remote import Checkout, Remotes
from shared.git.revision import Candidate, Refs, Wish
from shared.runtime.clock import SystemClock

MINUTE = timedelta(minutes=1)


def pointed(reference: str = "refs/heads/main") -> Wish:
    """Whatever a reference points to."""

    def pick(refs: Refs) -> tuple[Candidate, ...]:
        if reference not in refs:
            raise ReferenceNotFound(f"couldn't find remote ref '{reference}'")
        return (Candidate(reference, refs[reference]),)

    return Wish((reference,), pick)


def exactly(commit: str, within: str = "") -> Wish:
    """One commit, on a branch or anywhere."""
    return Wish((within or "HEAD",), lambda refs: (Candidate(within, commit, within),))


def remotes(root: Path, **options: object) -> Remotes:
    return Remotes(root / "mirrors", SystemClock(), **options)


class Asking:
    """All that a test says about a remote."""

    def __init__(self, root: Path, url: str, limits: Limits | None = None) -> None:
        self.remotes = remotes(root, **({"limits": limits} if limits else {}))
        self.url = url
        self.credential = ANONYMOUS

    async def checkout(
        self,
        wish: Wish | None = None,
        credential: Credential | None = None,
        limit: timedelta = MINUTE,
        asker: Asker = ANYBODY,
    ) -> Checkout:
        return await self.remotes.checkout(
            self.url, wish or pointed(), credential or self.credential, limit, asker
        )


def content(checkout: Checkout) -> dict[str, bytes]:
    """All files of a checkout."""
    return checkout.read(lambda files: {file.path: files.read(file) for file in files.listing()})
