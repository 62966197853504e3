"""What is expected of whatever keeps artifacts, on the local disk and in a real bucket."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.artifact.bucket_storage import BucketStorage
from shared.artifact.digest import digest_of
from shared.artifact.error import ArtifactError, ArtifactNotFound, ArtifactUnreadable
from shared.artifact.retention import Retention
from shared.artifact.storage import DiskStorage, Storage
from shared.artifact.store import Store
from shared.cloud.credential import AwsCredentials
from shared.object_store.line import Reach, opened
from shared.object_store.s3 import S3Bucket
from shared.object_store.s3_place import place_of
from tests.fake.clock import ManualClock
from tests.real.s3_server import ACCESS_KEY, SECRET_KEY, RealS3

DIRECTORY = "gitrepository/flux-system/apps"
PATHS = FIRST, SECOND, THIRD = tuple(f"{DIRECTORY}/{digit * 40}.tar.gz" for digit in "abc")
NUMBERS = itertools.count(1)


@dataclass
class Kept:
    """A storage, and the directory behind it. `again`: another process that uses the same."""

    storage: Storage
    root: Path
    again: Callable[[], Storage]

    async def put(self, path: str, content: bytes = b"tar", age: int = 0) -> str:
        """Store something as if it had been a while ago; its digest."""
        stored = await self.storage.put(path, lambda sink: sink.write(content))
        moment = datetime.now(UTC).timestamp() - age
        os.utime(self.root / path, (moment, moment))
        return stored.digest

    def files(self) -> list[str]:
        there = (self.root / DIRECTORY).glob("*.gz")
        return sorted(path.name[:1] for path in there)


@pytest.fixture(params=["disk", "bucket"])
async def kept(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kept]:
    clock = ManualClock(datetime.now(UTC))
    if request.param == "disk":
        store = Store(tmp_path, clock)
        yield Kept(DiskStorage(store), tmp_path, lambda: DiskStorage(store))
        return
    server: RealS3 = request.getfixturevalue("s3")
    name = server.bucket(f"artifacts-{next(NUMBERS)}")
    place = place_of(server.address, name, insecure=True)
    async with opened(Reach(), clock) as line:
        bucket = S3Bucket(line, place, AwsCredentials(ACCESS_KEY, SECRET_KEY))

        async def ready() -> S3Bucket:
            return bucket

        def storage() -> BucketStorage:
            return BucketStorage(ready, clock)

        yield Kept(storage(), server.root / name, storage)


async def read(storage: Storage, path: str, start: int, length: int) -> bytes:
    return b"".join([piece async for piece in storage.chunks(path, start, length)])


async def test_what_was_stored_is_there_with_its_digest_and_size(kept: Kept):
    stored = await kept.storage.put(FIRST, lambda sink: sink.write(b"content"))

    assert (stored.digest, stored.size) == (digest_of(b"content"), 7)
    assert await kept.storage.size(FIRST) == 7
    assert await kept.storage.read(FIRST, stored.digest) == b"content"
    await kept.storage.verify(FIRST, stored.digest)


async def test_a_part_can_be_read(kept: Kept):
    content = bytes(range(256)) * 4_000
    await kept.put(FIRST, content)

    assert await read(kept.storage, FIRST, 300, 700_000) == content[300:700_300]
    assert await read(kept.storage, FIRST, 0, len(content)) == content
    assert await read(kept.storage, FIRST, 0, 0) == b""


async def test_what_is_stored_again_takes_the_place_of_what_was_there(kept: Kept):
    await kept.put(FIRST, b"one")
    second = await kept.put(FIRST, b"two")

    assert await kept.storage.read(FIRST, second) == b"two"
    await kept.storage.verify(FIRST, second)


async def test_what_fails_half_way_leaves_what_was_there(kept: Kept):
    digest = await kept.put(FIRST, b"before")

    def fail(sink):
        sink.write(b"half")
        raise ArtifactError("no more")

    with pytest.raises(ArtifactError, match="no more"):
        await kept.storage.put(FIRST, fail)

    assert await kept.storage.read(FIRST, digest) == b"before"
    assert kept.files() == ["a"]


async def test_nothing_is_an_artifact_too(kept: Kept):
    digest = await kept.put(FIRST, b"")

    assert await kept.storage.read(FIRST, digest) == b""


@pytest.mark.parametrize("restart", [False, True])
async def test_what_was_changed_behind_our_back_is_found_out(kept: Kept, restart: bool):
    digest = await kept.put(FIRST, b"content")
    await kept.storage.verify(FIRST, digest)
    await kept.again().put(FIRST, lambda sink: sink.write(b"tampered"))
    storage = kept.again() if restart else kept.storage

    with pytest.raises(ArtifactError, match="digest mismatch"):
        await storage.verify(FIRST, digest)
    with pytest.raises(ArtifactError, match="digest mismatch"):
        await storage.read(FIRST, digest)


async def test_after_a_restart_what_is_stored_is_verified_anew(kept: Kept):
    digest = await kept.put(FIRST, b"content")

    await kept.again().verify(FIRST, digest)
    with pytest.raises(ArtifactError, match="digest mismatch"):
        await kept.again().verify(FIRST, digest_of(b"other"))


async def test_what_is_not_there_is_not_found(kept: Kept):
    with pytest.raises(ArtifactNotFound, match=f"{FIRST} is not in storage"):
        await kept.storage.verify(FIRST, digest_of(b""))
    with pytest.raises(ArtifactNotFound):
        await kept.storage.read(FIRST, digest_of(b""))
    with pytest.raises(ArtifactNotFound):
        await kept.storage.size(FIRST)
    with pytest.raises(ArtifactNotFound):
        await read(kept.storage, FIRST, 0, 1)


async def test_what_is_discarded_is_gone_and_may_be_discarded_again(kept: Kept):
    await kept.put(FIRST)

    await kept.storage.discard(FIRST)
    await kept.storage.discard(FIRST)

    with pytest.raises(ArtifactNotFound):
        await kept.storage.size(FIRST)


async def test_what_is_too_old_is_collected_and_the_one_on_offer_is_not(kept: Kept):
    for path in PATHS:
        await kept.put(path, age=1_000)

    assert len(await kept.storage.collect(SECOND)) == 2
    assert kept.files() == ["b"]


async def test_of_what_is_new_only_so_many_are_kept(kept: Kept):
    for age, path in enumerate(PATHS):
        await kept.put(path, age=10 - age)

    assert [name[:1] for name in await kept.storage.collect(THIRD)] == ["a"]
    assert kept.files() == ["b", "c"]


async def test_retention_is_the_operators_choice(kept: Kept):
    for age, path in enumerate(PATHS):
        await kept.put(path, age=600 - age)
    patient = Retention(timedelta(hours=1), 5)
    storage = kept.storage
    if isinstance(storage, DiskStorage):
        storage = DiskStorage(replace(storage.store, retention=patient))
    else:
        assert isinstance(storage, BucketStorage)
        storage = replace(storage, retention=patient)

    assert await storage.collect(THIRD) == []


async def test_with_an_object_go_all_of_its_files_and_no_others(kept: Kept):
    neighbour = f"{DIRECTORY}-2/{'d' * 40}.tar.gz"
    for path in (*PATHS, neighbour):
        await kept.put(path)

    assert await kept.storage.remove(DIRECTORY)
    assert not await kept.storage.remove(DIRECTORY)

    assert kept.files() == []
    assert await kept.storage.size(neighbour) == 3


@pytest.mark.parametrize(
    "path",
    [
        "",
        "x",
        "../x",
        f"{DIRECTORY}/",
        f"{DIRECTORY}/../../x",
        f"/{FIRST}",
        f"{FIRST}\0",
        "a/b/c/.x",
    ],
)
async def test_there_can_be_no_artifact_elsewhere(kept: Kept, path: str):
    with pytest.raises(ArtifactError, match="there can be no artifact"):
        await kept.storage.put(path, lambda sink: sink.write(b""))
    with pytest.raises(ArtifactError, match="there can be no artifact"):
        await kept.storage.verify(path, digest_of(b""))
    with pytest.raises(ArtifactError, match="there can be no artifact"):
        await kept.storage.discard(path)


@pytest.mark.parametrize("directory", ["", "x", "a/b", "a/b/../c", f"{DIRECTORY}/x"])
async def test_nothing_is_removed_elsewhere(kept: Kept, directory: str):
    with pytest.raises(ArtifactError, match="there can be no artifacts"):
        await kept.storage.remove(directory)


async def test_a_bucket_that_is_not_there_is_no_proof_that_something_is_gone(s3: RealS3):
    clock = ManualClock()
    async with opened(Reach(), clock) as line:
        place = place_of(s3.address, "nowhere", insecure=True)
        bucket = S3Bucket(line, place, AwsCredentials(ACCESS_KEY, "wrong"))

        async def ready() -> S3Bucket:
            return bucket

        storage = BucketStorage(ready, clock)

        with pytest.raises(ArtifactUnreadable):
            await storage.verify(FIRST, digest_of(b""))
        with pytest.raises(ArtifactError, match="unable to archive artifact to storage") as failure:
            await storage.put(FIRST, lambda sink: sink.write(b"x"))
    assert SECRET_KEY not in str(failure.value)
