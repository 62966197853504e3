from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from shared.artifact.digest import digest_of
from shared.artifact.error import ArtifactError, ArtifactNotFound
from shared.artifact.retention import Retention
from shared.artifact.store import Store
from tests.fake.clock import ManualClock

DIRECTORY = "gitrepository/flux-system/apps"
FIRST, SECOND, THIRD = (f"{DIRECTORY}/{digit * 40}.tar.gz" for digit in "abc")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Store:
    return Store(tmp_path / "data", clock)


def put(store: Store, path: str = FIRST, content: bytes = b"tar", age: int = 0):
    stored = store.put(path, lambda sink: sink.write(content))
    moment = store.clock.now().timestamp() - age
    os.utime(store.path(path), (moment, moment))
    return stored


def names(store: Store) -> list[str]:
    return sorted(path.name[:1] for path in (store.root / DIRECTORY).iterdir())


def test_what_was_stored_is_there_with_its_digest_and_size(store):
    stored = put(store, content=b"content")

    assert store.path(FIRST).read_bytes() == b"content"
    assert (stored.digest, stored.size) == (digest_of(b"content"), 7)
    assert store.path(FIRST).stat().st_mode & 0o777 == 0o600


def test_the_algorithm_is_the_operators_choice(tmp_path, clock):
    store = Store(tmp_path, clock, "sha512")

    assert put(store).digest == digest_of(b"tar", "sha512")


def test_what_fails_half_way_leaves_what_was_there(store):
    put(store, content=b"before")

    def fail(sink):
        sink.write(b"half")
        raise ArtifactError("no more")

    with pytest.raises(ArtifactError, match="no more"):
        store.put(FIRST, fail)

    assert store.path(FIRST).read_bytes() == b"before"
    assert names(store) == ["a"]


def test_a_disk_that_is_full_is_an_error_without_paths_of_this_machine(store, tmp_path):
    def fail(sink):
        raise OSError(28, "No space left on device", str(tmp_path))

    with pytest.raises(ArtifactError) as failure:
        store.put(FIRST, fail)

    assert str(failure.value) == "unable to archive artifact to storage: No space left on device"


def test_a_file_in_place_of_a_directory_is_an_error(store):
    (store.root / "gitrepository").mkdir(parents=True)
    (store.root / "gitrepository" / "flux-system").write_text("in the way")

    with pytest.raises(ArtifactError, match="unable to archive artifact to storage"):
        put(store)


@pytest.mark.parametrize(
    "path",
    [
        "", "x", "gitrepository", "gitrepository/a", "gitrepository/a/b", "/etc/passwd/a/b",
        "../a/b/c", "gitrepository/../b/c", "gitrepository/a/../c", "gitrepository/a/b/..",
        "gitrepository/a/b/.unfinished-1", "gitrepository/a/b/c/d", "GitRepository/a/b/c",
        "gitrepository/a/b/c\n", "gitrepository/a/b/c\0", "gitrepository//b/c", ".mirrors/a/b/HEAD",
        "gitrepository/a/b/..c", "gitrepository/a..b/b/c",
    ],
)  # fmt: skip
def test_there_is_no_way_out_of_the_store(store, path):
    with pytest.raises(ArtifactError, match="there can be no artifact"):
        store.path(path)


def test_what_is_as_it_was_is_verified(store):
    store.verify(FIRST, put(store).digest)


def test_what_has_changed_on_the_disk_is_noticed(store):
    stored = put(store)
    store.path(FIRST).write_bytes(b"tam")

    with pytest.raises(ArtifactError, match="digest mismatch"):
        store.verify(FIRST, stored.digest)


def test_what_is_gone_is_not_found(store):
    with pytest.raises(ArtifactNotFound):
        store.verify(FIRST, digest_of(b""))


def test_old_files_are_collected_and_the_one_on_offer_is_not(store):
    put(store, FIRST, age=90)
    put(store, SECOND, age=80)
    put(store, THIRD, age=10)

    assert store.collect(SECOND) == ["a" * 40 + ".tar.gz"]
    assert names(store) == ["b", "c"]


def test_the_operator_says_how_many_are_kept(tmp_path, clock):
    store = Store(tmp_path, clock, retention=Retention(timedelta(days=1), 1))
    put(store, FIRST, age=3)
    put(store, SECOND, age=2)

    store.collect(SECOND)

    assert names(store) == ["b"]


def test_links_and_foreign_files_are_not_collected(store, tmp_path):
    put(store, FIRST)
    (store.root / DIRECTORY / "latest").symlink_to(tmp_path)

    assert store.collect(FIRST) == []


def test_all_of_an_object_is_removed_and_nothing_else(store):
    put(store)
    other = "gitrepository/flux-system/other/x.tar.gz"
    put(store, other)

    assert store.remove(DIRECTORY)
    assert not store.remove(DIRECTORY)
    assert store.path(other).exists()


@pytest.mark.parametrize("directory", ["", "gitrepository", "gitrepository/a", "../../etc", "/"])
def test_only_the_files_of_one_object_are_removed_at_once(store, directory):
    with pytest.raises(ArtifactError, match="there can be no artifacts"):
        store.remove(directory)


def test_a_file_is_discarded_once(store):
    put(store)

    store.discard(FIRST)
    store.discard(FIRST)

    assert not store.path(FIRST).exists()


def test_what_a_killed_process_left_is_swept(store):
    put(store)
    leftover = store.root / DIRECTORY / ".unfinished-abc"
    leftover.write_bytes(b"half")

    store.sweep()

    assert names(store) == ["a"]


def test_a_store_that_is_not_there_yet_is_swept_too(store):
    store.sweep()
