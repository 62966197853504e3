"""A remote and a shelf, in memory: every role of the GitRepository's story."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.api.artifact import Artifact
from shared.api.git_repository import GitRepository, GitRepositoryStatus
from shared.api.meta import ObjectMeta
from shared.problem import Problem
from shared.reconcile.attempt import Attempt
from shared.reconcile.failure import Failure
from source_controller.shelf import Kept
from source_controller.upstream import Found
from source_controller.verification import Verdict
from tests.fake.clock import NOON

FIRST, SECOND = (f"main@sha1:{digit * 40}" for digit in "12")


def artifact(revision: str = FIRST, digest: str = "sha256:one") -> Artifact:
    """What was stored of a revision."""
    name = revision.rpartition(":")[2]
    return Artifact(
        digest=digest,
        last_update_time=NOON,
        path=f"gitrepository/flux-system/apps/{name}.tar.gz",
        revision=revision,
        size=10,
        url=f"http://source/gitrepository/flux-system/apps/{name}.tar.gz",
    )


def repository(status: GitRepositoryStatus | None = None, **spec: object) -> GitRepository:
    """A GitRepository of this spec."""
    found = GitRepository.model_validate(
        {
            "metadata": {"name": "apps", "namespace": "flux-system", "generation": 1},
            "spec": {"url": "https://git.example/apps", "interval": "1m", **spec},
        }
    )
    return found.model_copy(update={"status": status}) if status else found


@dataclass
class Signatures:
    """Says of all signatures the same."""

    verdict: Verdict | None

    async def of(self, repo: GitRepository, found: Found) -> Verdict | None:
        return self.verdict


@dataclass
class SourceWorld:
    """Plays Upstream, Includes, Shelf and Journal.

    `revision`: what the remote has; `digest`: of what it is packed to; `broken`: what fails, by the
    verb; `kept`: what the shelf says of what it has, instead of the truth.
    """

    revision: str = FIRST
    digest: str = "sha256:one"
    subject: str = "first commit"
    broken: dict[str, Problem | Failure] = field(default_factory=dict)
    kept: Kept | None = None
    included: tuple[Artifact, ...] = ()
    verdict: Verdict | None = None
    stored: list[Artifact] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    announced: list[str] = field(default_factory=list)

    async def look(self, repo: GitRepository) -> Found:
        self._do("look")
        return Found(self.revision, self.subject, None)

    def of(self, repo: GitRepository) -> tuple[Artifact, ...]:
        return self.included

    @property
    def signatures(self) -> Signatures:
        return Signatures(self.verdict)

    async def keep(self, given: Artifact | None) -> Kept:
        self._do("keep")
        return self.kept or Kept(given)

    async def publish(self, repo: GitRepository, found: Found) -> Artifact:
        self._do("publish")
        self.stored.append(artifact(found.revision, self.digest))
        return self.stored[-1]

    async def withdraw(self, meta: ObjectMeta) -> bool:
        self._do("withdraw")
        there, self.stored = bool(self.stored), []
        return there

    def announce(self, doing: str) -> None:
        self.announced.append(doing)

    async def persist(self, attempt: Attempt[GitRepositoryStatus]) -> None:
        self._do("persist")

    def _do(self, verb: str) -> None:
        self.done.append(verb)
        if verb in self.broken:
            raise self.broken[verb]
