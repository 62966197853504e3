from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from shared.api.git_repository import GitRepositoryStatus
from shared.artifact.archive import read
from shared.artifact.error import ArtifactError
from shared.artifact.piece import Pieces
from shared.artifact.storage import DiskStorage
from shared.artifact.store import Store
from shared.artifact.tarball import Entry, pack
from shared.git.error import GitError
from shared.git.revision import Commit
from shared.git.tree import File
from shared.manifest.identity import Manifest
from shared.reconcile.failure import Retryable
from source_controller.ignore import IgnoreError
from source_controller.offer import Offers
from source_controller.publication import KIND, Publication
from source_controller.shelf import Kept, Shelf
from source_controller.upstream import Found
from tests.fake.clock import NOON, ManualClock
from tests.fake.source_world import artifact, repository

COMMIT = "c" * 40
NAMED = artifact().model_copy(update={"path": "gitrepository/flux-system/other/1.tar.gz"})
PATH = f"gitrepository/flux-system/apps/{COMMIT}.tar.gz"


class Cluster(dict[tuple[str, str], Manifest]):
    """The GitRepositories, as the cache has them."""

    def find(self, namespace: str, name: str) -> Manifest | None:
        return self.get((namespace, name))


class Here:
    async def url(self, path: str) -> str:
        return f"http://here/{path}"


class NoSubmodules:
    async def of(self, repo, checkout) -> dict[str, Entry]:
        return {}


class Content:
    """Two files, or such that cannot be read."""

    origin = "here"

    def __init__(self, fault: Exception | None = None, blob: bytes = b"1") -> None:
        self.fault = fault
        self.blob = blob
        self.counted = 0
        self.read_paths: list[str] = []

    def listing(self) -> list[File]:
        return [File("a.yaml", False, self.blob), File("b.md", False, b"2")]

    def read(self, file: File) -> bytes:
        if self.fault:
            raise self.fault
        self.read_paths.append(file.path)
        return b"one"

    def count(self, size: int) -> None:
        self.counted += size


class Checkout:
    """A commit with some content."""

    commit = Commit(COMMIT, "refs/heads/main", "first", 0)

    def __init__(self, content: Content) -> None:
        self._content = content

    def read(self, work: Callable[[Content], object]) -> object:
        return work(self._content)


def found(fault: Exception | None = None) -> Found:
    return holding(Content(fault))


def holding(content: Content) -> Found:
    return Found(f"main@sha1:{COMMIT}", "first", Checkout(content))


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
def publication(tmp_path: Path, cluster: Cluster) -> Publication:
    clock = ManualClock()
    storage = DiskStorage(Store(tmp_path / "data", clock))
    return Publication(Shelf(KIND, storage, Offers({KIND: cluster}), Here(), clock), NoSubmodules())


def disk(publication: Publication) -> Store:
    """The store below a publication."""
    assert isinstance(publication.shelf.storage, DiskStorage)
    return publication.shelf.storage.store


async def published(publication: Publication):
    return repository(
        GitRepositoryStatus(artifact=await publication.publish(repository(), found()))
    )


async def test_a_commit_is_packed_stored_and_offered(publication):
    artifact = await publication.publish(repository(ignore="*.md"), found())

    raw = disk(publication).path(PATH).read_bytes()
    assert dict(read(raw)) == {"a.yaml": b"one"}
    assert artifact.path == PATH
    assert artifact.url == f"http://here/{PATH}"
    assert artifact.revision == f"main@sha1:{COMMIT}"
    assert artifact.size == len(raw)
    assert artifact.last_update_time == NOON
    assert publication.shelf.offers.find(PATH)


async def test_the_same_commit_is_always_the_same_artifact(publication):
    first = await publication.publish(repository(), found())
    second = await publication.publish(repository(), found())

    assert first.digest == second.digest


async def test_what_was_packed_before_is_counted_and_not_read(publication):
    content = Content()
    await publication.publish(repository(), found())

    await publication.publish(repository(), holding(content))

    assert content.read_paths == []
    assert content.counted == len(b"one" * 2)


@pytest.mark.parametrize("blobs", [(b"1", b"1"), (b"1", b"other")])
async def test_a_replica_that_packed_nothing_before_makes_the_same_artifact(
    publication, tmp_path, blobs
):
    before, now = (Content(blob=blob) for blob in blobs)
    storage = DiskStorage(Store(tmp_path / "other", ManualClock()))
    other = replace(publication, shelf=replace(publication.shelf, storage=storage), pieces=Pieces())
    await publication.publish(repository(), holding(before))

    here = await publication.publish(repository(), holding(now))
    there = await other.publish(repository(), holding(now))

    assert here.digest == there.digest


async def test_of_a_commit_only_the_directories_that_are_wanted_are_packed(publication):
    await publication.publish(repository(sparseCheckout=["b.md"]), found())

    assert dict(read(disk(publication).path(PATH).read_bytes())) == {"b.md": b"one"}


async def test_a_directory_that_the_commit_does_not_have_is_the_remotes_fault(publication):
    with pytest.raises(Retryable, match="dir 'apps' does not exist in repository") as failure:
        await publication.publish(repository(sparseCheckout=["apps"]), found())

    assert (failure.value.reason, failure.value.condition) == ("GitOperationFailed", "FetchFailed")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (GitError("unsafe name"), "GitOperationFailed"),
        (IgnoreError("too many"), "SourceIgnoreError"),
    ],
)
async def test_a_commit_that_cannot_be_packed_is_the_remotes_fault(publication, fault, reason):
    with pytest.raises(Retryable) as failure:
        await publication.publish(repository(), found(fault))

    assert (failure.value.reason, failure.value.condition) == (reason, "FetchFailed")
    assert not publication.shelf.offers.find(PATH)


async def test_a_disk_that_fails_is_not(publication):
    disk(publication).root.write_text("in the way")

    with pytest.raises(ArtifactError, match="unable to archive"):
        await publication.publish(repository(), found())


async def test_what_is_as_it_was_is_kept(publication):
    repo = await published(publication)

    assert await publication.keep(repo.status.artifact) == Kept(repo.status.artifact)


async def test_the_url_is_always_that_of_this_process(publication):
    repo = await published(publication)
    moved = repo.status.artifact.model_copy(update={"url": "http://elsewhere/x"})

    kept = await publication.keep(moved)

    assert kept.artifact == repo.status.artifact


async def test_an_object_without_an_artifact_keeps_none(publication):
    assert await publication.keep(None) == Kept(None)


async def test_an_artifact_that_is_gone_is_kept_no_more(publication):
    repo = await published(publication)
    disk(publication).discard(PATH)

    assert await publication.keep(repo.status.artifact) == Kept(None)


async def test_an_artifact_that_changed_on_the_disk_is_removed(publication):
    repo = await published(publication)
    disk(publication).path(PATH).write_bytes(b"tampered")

    kept = await publication.keep(repo.status.artifact)

    assert kept.artifact is None
    assert "digest mismatch" in kept.fault
    assert not disk(publication).path(PATH).exists()


async def test_a_disk_that_does_not_tell_is_no_reason_to_remove_anything(publication):
    repo = await published(publication)
    path = disk(publication).path(PATH)
    there = path.read_bytes()
    path.unlink()
    path.mkdir()

    with pytest.raises(Retryable) as failure:
        await publication.keep(repo.status.artifact)

    assert failure.value.reason == "ReadOperationFailed"
    assert failure.value.condition == "StorageOperationFailed"
    assert there
    assert path.exists()


async def test_what_cannot_be_collected_is_no_reason_either(publication):
    repo = await published(publication)
    old = disk(publication).path(PATH.replace("c" * 40, "a" * 40))
    old.write_bytes(b"old")
    os.utime(old, (0, 0))
    store = disk(publication)

    class Stubborn(Store):
        def collect(self, current: str) -> list[str]:
            raise ArtifactError("garbage collection of artifacts failed: busy")

    stubborn = Stubborn(store.root, store.clock)

    shelf = replace(publication.shelf, storage=DiskStorage(stubborn))

    kept = await Publication(shelf, NoSubmodules()).keep(repo.status.artifact)

    assert kept == Kept(repo.status.artifact)


async def test_a_path_that_is_not_ours_is_not_touched(publication, tmp_path):
    (tmp_path / "secret").write_text("c4n4ry")
    repo = await published(publication)
    forged = repo.status.artifact.model_copy(update={"path": "../secret"})

    kept = await publication.keep(forged)

    assert kept.artifact is None
    assert (tmp_path / "secret").exists()


async def test_older_artifacts_are_collected(publication):
    repo = await published(publication)
    for digit in "ab":
        path = disk(publication).path(PATH.replace("c" * 40, digit * 40))
        path.write_bytes(b"old")
        os.utime(path, (0, 0))

    assert (await publication.keep(repo.status.artifact)).collected == 2


async def test_all_of_an_object_is_withdrawn(publication):
    repo = await published(publication)

    assert await publication.withdraw(repo.metadata)
    assert not await publication.withdraw(repo.metadata)
    assert not publication.shelf.offers.find(PATH)


async def test_nothing_is_copied_over_what_is_there(publication):
    other = disk(publication).put(
        "gitrepository/flux-system/other/1.tar.gz", lambda sink: sink.write(pack([]))
    )
    include = {"repository": {"name": "other"}, "toPath": "a.yaml"}
    named = NAMED.model_copy(update={"digest": other.digest})

    with pytest.raises(Retryable, match="there is something there already") as failure:
        await publication.publish(
            repository(include=[include]), replace(found(), included=(named,))
        )

    assert (failure.value.reason, failure.value.condition) == (
        "CopyFailure",
        "StorageOperationFailed",
    )
