"""Whether the right people signed: commit and tag, by the keys of a Secret (flux.md 2.4 step 4)."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import orjson

from shared.api.git_repository import GitRepository
from shared.git.error import SignatureError
from shared.git.revision import Commit
from shared.git.signature import name_of_tag, of_commit, of_tag
from shared.git.trust import Trust
from shared.problem import Problem
from shared.reconcile.clock import Clock
from shared.reconcile.condition import Mark
from shared.reconcile.failure import Failure, Retryable, Stalled
from source_controller.upstream import Found

TAGS = "refs/tags/"
MOST_REMEMBERED = 10_000


class Secrets(Protocol):
    """Where Secrets are read."""

    async def data(self, namespace: str, name: str) -> Mapping[str, str]:
        """The values of a Secret, decoded. Raises a Problem where it cannot be read."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a verification: the condition, the mode that it was for, and the failure, where
    it fell short."""

    mark: Mark
    mode: str
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class SignatureVerification:
    """Verifies what was found. What was verified is not verified again while revision, mode and
    keys stay the same; that is remembered for as long as the process lives."""

    secrets: Secrets
    clock: Clock
    verified: dict[str, str] = field(default_factory=dict)

    async def of(self, repo: GitRepository, found: Found) -> Verdict | None:
        """The verdict; None where there is nothing new to verify."""
        verification = repo.spec.verify
        if verification is None:
            return None
        try:
            keys = await self.secrets.data(repo.metadata.namespace, verification.secret_ref.name)
        except Problem as problem:
            return _short("VerificationError", f"public keys secret error: {problem}")
        mode = "HEAD" if verification.mode == "head" else verification.mode
        return await self._new(repo, found, mode, keys)

    async def _new(
        self, repo: GitRepository, found: Found, mode: str, keys: Mapping[str, str]
    ) -> Verdict | None:
        about = f"{repo.metadata.namespace}/{repo.metadata.name}"
        sum_ = orjson.dumps([found.revision, mode, sorted(keys.items())])
        digest = hashlib.sha256(sum_).hexdigest()
        if repo.status.source_verification_mode == mode and self.verified.get(about) == digest:
            return None
        self.verified.pop(about, None)
        now = int(self.clock.now().timestamp())
        verdict = await asyncio.to_thread(_verdict, found.checkout.commit, mode, keys, now)
        if verdict.failure is None:
            self.verified[about] = digest
            if len(self.verified) > MOST_REMEMBERED:
                self.verified.pop(next(iter(self.verified)))
        return verdict


def _verdict(commit: Commit, mode: str, keys: Mapping[str, str], now: int) -> Verdict:
    try:
        trust = Trust.of(keys)
    except SignatureError as problem:
        return _short("VerificationError", f"public keys secret error: {problem}")
    said: list[str] = []
    if mode != "HEAD":
        name = commit.reference.removeprefix(TAGS)
        if fault := _fault_of_tag(commit):
            return fault
        try:
            said.append(f"tag '{name}' with key '{_signer_of_tag(commit, trust, now)}'")
        except SignatureError as problem:
            message = f"signature verification of tag '{name}' failed: {problem}"
            return _short("InvalidTagSignature", message)
    if mode != "Tag":
        try:
            signer = trust.verify(of_commit(commit.raw), now)
        except SignatureError as problem:
            message = f"signature verification of commit '{commit.id}' failed: {problem}"
            return _short("InvalidCommitSignature", message)
        said.append(f"commit '{commit.id}' with key '{signer}'")
    message = "verified signature of" + "".join(f"\n\t- {one}" for one in said)
    return Verdict(Mark("True", "Succeeded", message), mode)


def _fault_of_tag(commit: Commit) -> Verdict | None:
    """Where there is no tag whose signature could be verified."""
    if not commit.reference.startswith(TAGS):
        return _never(
            "InvalidVerificationMode",
            "cannot verify tag object's signature if a tag reference is not specified",
        )
    if not commit.tag or not of_tag(commit.tag).signature:
        name = commit.reference.removeprefix(TAGS)
        message = f"cannot verify signature of tag '{name}' since it is not signed"
        return _short("InvalidGitObject", message)
    return None


def _signer_of_tag(commit: Commit, trust: Trust, now: int) -> str:
    """Who signed a tag. An older one under a newer name was not signed as what it now says it is.
    Raises SignatureError."""
    name, own = commit.reference.removeprefix(TAGS), name_of_tag(commit.tag)
    if own != name:
        raise SignatureError(f"the tag that was signed has the name '{own}'")
    return trust.verify(of_tag(commit.tag), now)


def _short(reason: str, message: str) -> Verdict:
    return Verdict(Mark("False", reason, message), "", Retryable(reason, message))


def _never(reason: str, message: str) -> Verdict:
    return Verdict(Mark("False", reason, message), "", Stalled(reason, message))
