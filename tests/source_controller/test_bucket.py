"""All of a Bucket but the cluster: a worker, a real S3 server, a real store, a real server."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from shared.api.artifact import Artifact
from shared.artifact.download import Downloads
from shared.artifact.server import ArtifactServer
from shared.artifact.storage import DiskStorage
from shared.artifact.store import Store
from shared.cloud.service import CloudService
from shared.cloud.surroundings import Surroundings
from shared.manifest.identity import Manifest, metadata, section
from shared.problem import Problem
from shared.reconcile.key import Key
from shared.reconcile.pace import Backoff
from shared.runtime.queue import Queue
from shared.runtime.worker import Pace, Worker
from shared.runtime.worker import Surroundings as Around
from source_controller.address import StorageAddress
from source_controller.bucket import BucketReconciler
from source_controller.bucket_wiring import subject_of
from source_controller.bucketry.access import SpecAccess
from source_controller.offer import Offers
from source_controller.shelf import Shelf
from tests.fake.clock import ManualClock
from tests.fake.cloud import Cloud
from tests.fake.register import FakeRegister
from tests.real.s3_server import ACCESS_KEY, SECRET_KEY, RealS3

KEY = Key("team", "files")
NUMBERS = itertools.count(1)
GOOD = {"accesskey": ACCESS_KEY, "secretkey": SECRET_KEY}


class StandingClock(ManualClock):
    """Nothing lasts: no stage is under way for so long that it is written down."""

    async def sleep(self, duration: timedelta) -> None:
        await asyncio.Event().wait()


class Secrets(dict[str, dict[str, str]]):
    """What is in each Secret."""

    async def data(self, namespace: str, name: str) -> dict[str, str]:
        if name not in self:
            raise Problem(f'secrets "{name}" not found')
        return self[name]


@dataclass
class World:
    worker: Worker
    register: FakeRegister
    store: Store
    secrets: Secrets
    downloads: Downloads
    cloud: Cloud
    s3: RealS3 | None = None
    bucket: str = ""

    async def attend(self, **spec: object) -> Manifest:
        """One attempt, with changes of the spec; the status afterwards."""
        found = self.register.objects[KEY]
        section(found, "spec").update(spec)
        await self.worker.attend(KEY)
        return section(self.register.objects.get(KEY, {}), "status")

    async def put(self, **texts: str) -> None:
        """Upload objects; in names `__` is a slash, `_dot_` a dot."""
        assert self.s3 is not None
        named = {
            name.replace("__", "/").replace("_dot_", "."): text for name, text in texts.items()
        }
        await self.s3.put(self.bucket, {key: text.encode() for key, text in named.items()})

    async def files(self, status: Manifest) -> dict[str, bytes]:
        return dict(await self.downloads.tree(Artifact.model_validate(status["artifact"])))

    def reasons(self) -> list[str]:
        return [note.reason for note in self.register.notes]


@asynccontextmanager
async def world(tmp_path: Path, **spec: object) -> AsyncIterator[World]:
    clock = StandingClock(datetime.now(UTC))
    # What is tried again is tried at once.
    quick = ManualClock(datetime.now(UTC))
    wanted = {"bucketName": "files", "interval": "1m", "insecure": True, **spec}
    register = FakeRegister(
        {
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "Bucket",
            "metadata": {"name": "files", "namespace": "team", "generation": 1},
            "spec": wanted,
        }
    )
    store = Store(tmp_path / "data", clock)
    storage, offers = DiskStorage(store), Offers({"bucket": register})
    server = ArtifactServer(storage, offers, "127.0.0.1", 0)
    address = StorageAddress("", "127.0.0.1", server)
    secrets, cloud = Secrets({"good": GOOD}), Cloud()
    surroundings = Surroundings(cloud, quick, cloud, {})
    stores = SpecAccess(
        secrets, CloudService(surroundings), surroundings, quick, tmp_path / "scratch"
    )
    story = BucketReconciler(stores, Shelf("bucket", storage, offers, address, clock), "sha256")
    pace = Pace(Backoff(timedelta(seconds=1), timedelta(minutes=1)), 0, lambda: 0.5)
    around = Around(register, register, register, clock, pace)
    worker = Worker(subject_of(story, "source-controller"), Queue(), around)
    async with asyncio.TaskGroup() as tasks, aiohttp.ClientSession() as session:
        running = tasks.create_task(server.run())
        yield World(worker, register, store, secrets, Downloads(session, clock), cloud)
        running.cancel()
    assert not list((tmp_path / "scratch").glob("*"))


@pytest.fixture
async def files(s3: RealS3, tmp_path: Path) -> AsyncIterator[World]:
    """A Bucket of a real S3 server."""
    name = s3.bucket(f"files-{next(NUMBERS)}")
    spec = {"endpoint": s3.address, "bucketName": name, "secretRef": {"name": "good"}}
    async with world(tmp_path, **spec) as found:
        found.s3, found.bucket = s3, name
        yield found


def said(status: Manifest) -> dict[str, tuple[str, str, str]]:
    """The conditions: status, reason and message by type."""
    return {c["type"]: (c["status"], c["reason"], c["message"]) for c in status["conditions"]}


def revision(**texts: str) -> str:
    """The revision of objects, by keys and contents: the tag is the MD5 of what was uploaded."""
    lines = [
        f"{name.replace('__', '/')} {hashlib.md5(text.encode()).hexdigest()}\n"
        for name, text in texts.items()
    ]
    return f"sha256:{hashlib.sha256(''.join(sorted(lines)).encode()).hexdigest()}"


async def test_what_is_in_a_bucket_becomes_an_artifact(files: World):
    await files.put(
        a_dot_yaml="one", deep__er__b_dot_yaml="two", _dot_sourceignore="*.md", c_dot_md="x"
    )

    status = await files.attend()

    assert await files.files(status) == {
        ".sourceignore": b"*.md",
        "a.yaml": b"one",
        "deep/er/b.yaml": b"two",
    }
    found = status["artifact"]["revision"]
    assert found == revision(**{"a.yaml": "one", "deep__er__b.yaml": "two"})
    message = f"stored artifact: revision '{found}'"
    assert said(status) == {
        "Ready": ("True", "Succeeded", message),
        "ArtifactInStorage": ("True", "Succeeded", message),
    }
    assert status["artifact"]["path"] == f"bucket/team/files/{found.removeprefix('sha256:')}.tar.gz"
    assert status["url"].endswith("/bucket/team/files/latest.tar.gz")
    assert status["observedGeneration"] == 1
    [news] = [note for note in files.register.notes if note.reason == "NewArtifact"]
    assert news.message.startswith("stored artifact with 2 fetched files from 'files-")
    assert news.metadata["revision"] == found


async def test_latest_leads_to_what_is_on_offer(files: World):
    await files.put(a="one")
    status = await files.attend()

    async with aiohttp.ClientSession() as session, session.get(status["url"]) as answer:
        assert answer.status == 200
        assert answer.headers["ETag"] == f'"{status["artifact"]["digest"]}"'


async def test_an_unchanged_bucket_is_listed_and_nothing_more(files: World):
    await files.put(a="one")
    first = await files.attend()
    writes = len(files.register.writes)

    second = await files.attend()

    assert second == first
    assert len(files.register.writes) == writes
    assert files.reasons()[-1] == "ArtifactUpToDate"


async def test_another_object_is_another_artifact(files: World):
    await files.put(a="one")
    first = await files.attend()
    await files.put(b="two")

    second = await files.attend()

    assert second["artifact"]["revision"] != first["artifact"]["revision"]
    assert set(await files.files(second)) == {"a", "b"}
    assert "ArtifactOutdated" not in said(second)


async def test_other_content_of_an_object_is_another_artifact(files: World):
    await files.put(a="one")
    first = await files.attend()
    await files.put(a="two")

    second = await files.attend()

    assert second["artifact"]["revision"] == revision(a="two")
    assert second["artifact"]["revision"] != first["artifact"]["revision"]
    assert await files.files(second) == {"a": b"two"}


async def test_an_object_that_goes_leaves_the_artifact(files: World):
    await files.put(a="one", b="two")
    await files.attend()
    assert files.s3 is not None
    await files.s3.delete(files.bucket, "a")

    status = await files.attend()

    assert await files.files(status) == {"b": b"two"}


async def test_there_is_no_list_of_what_is_left_out_but_ones_own(files: World):
    await files.put(a_dot_png="1", _dot_github__x="2", _dot_gitignore="3", d__b_dot_yaml="4")

    status = await files.attend()
    assert set(await files.files(status)) == {"a.png", ".github/x", ".gitignore", "d/b.yaml"}

    status = await files.attend(ignore="/*\n!/d\n")
    assert set(await files.files(status)) == {"d/b.yaml"}
    assert status["observedIgnore"] == "/*\n!/d\n"


async def test_only_what_is_below_the_prefix_is_taken_and_keeps_its_path(files: World):
    await files.put(apps__web__a="1", apps__api__b="2", apps2__c="3", _dot_sourceignore="b")

    status = await files.attend(prefix="apps/")

    assert set(await files.files(status)) == {".sourceignore", "apps/web/a"}


async def test_an_empty_bucket_is_an_empty_artifact(files: World):
    status = await files.attend()

    assert await files.files(status) == {}
    assert status["artifact"]["revision"] == revision()


async def test_other_rules_make_the_artifact_anew_though_they_leave_out_no_more(files: World):
    await files.put(a="one", _dot_sourceignore="b")
    first = await files.attend()
    await files.put(_dot_sourceignore="c")
    assert await files.attend() == first

    status = await files.attend(ignore="d")

    assert status["observedIgnore"] == "d"
    assert status["artifact"]["revision"] == first["artifact"]["revision"]
    assert (await files.files(status))[".sourceignore"] == b"c"
    assert "ArtifactOutdated" not in said(status)

    files.register.objects[KEY]["spec"].pop("ignore")
    assert "observedIgnore" not in await files.attend()


async def test_what_was_damaged_is_made_anew(files: World):
    await files.put(a="one")
    good = await files.attend()
    files.store.path(good["artifact"]["path"]).write_bytes(b"tampered")

    status = await files.attend()

    assert status["artifact"]["digest"] == good["artifact"]["digest"]
    assert await files.files(status) == {"a": b"one"}
    assert "ArtifactVerificationFailed" in files.reasons()


async def test_with_the_object_go_its_files(files: World):
    await files.put(a="one")
    status = await files.attend()
    file = files.store.path(status["artifact"]["path"])
    metadata(files.register.objects[KEY])["deletionTimestamp"] = "2026-01-01T12:00:00Z"

    await files.worker.attend(KEY)

    assert not file.exists()
    assert "GarbageCollectionSucceeded" in files.reasons()


@pytest.mark.slow
async def test_many_objects_come_in_pages(files: World):
    await files.put(**{f"d{number % 7}__f{number}": str(number) for number in range(1_100)})

    status = await files.attend()

    assert len(await files.files(status)) == 1_100


async def test_a_large_object_is_not_held_in_memory_and_comes_whole(files: World):
    text = "0123456789abcdef" * 100_000
    await files.put(large=text, small="1")

    status = await files.attend()

    assert await files.files(status) == {"large": text.encode(), "small": b"1"}


async def test_keys_with_odd_letters_are_asked_for_as_they_are(files: World):
    odd = ["a b", "a+b", "ä ö", "%41", "a&b=c", "q?x", "#", "'\"", "日本", "a/.../b"]
    assert files.s3 is not None
    await files.s3.put(files.bucket, {key: key.encode() for key in odd})

    status = await files.attend()

    assert await files.files(status) == {key: key.encode() for key in odd}


@pytest.mark.parametrize(
    ("spec", "condition", "message"),
    [
        (
            {"bucketName": "nowhere"},
            ("False", "BucketOperationFailed"),
            "bucket 'nowhere' not found",
        ),
        (
            {"secretRef": {"name": "none"}},
            ("False", "AuthenticationFailed"),
            "failed to get secret 'team/none': secrets \"none\" not found",
        ),
        (
            {"secretRef": {"name": "short"}},
            ("False", "AuthenticationFailed"),
            "invalid 'short' secret data: required fields 'accesskey' and 'secretkey'",
        ),
        (
            {"secretRef": {"name": "wrong"}},
            ("False", "BucketOperationFailed"),
            "failed to confirm existence of 'files-",
        ),
        (
            {"certSecretRef": {"name": "junk"}},
            ("False", "AuthenticationFailed"),
            "failed to get TLS config: the certificates cannot be used",
        ),
        (
            {"proxySecretRef": {"name": "junk"}},
            ("False", "AuthenticationFailed"),
            "failed to get proxy URL: secret 'team/junk': ",
        ),
        (
            {"proxySecretRef": {"name": "none"}},
            ("False", "AuthenticationFailed"),
            "failed to get proxy URL: failed to get secret 'team/none'",
        ),
        (
            {"endpoint": "http://x/y"},
            ("False", "URLInvalid"),
            "the endpoint 'http://x/y' has to be",
        ),
        ({"bucketName": "../x"}, ("False", "URLInvalid"), "there can be no bucket with the name"),
        (
            {"sts": {"provider": "aws", "endpoint": "https://sts.amazonaws.com"}},
            ("False", "InvalidSTSConfiguration"),
            "STS provider 'aws' is not supported for 'generic' bucket provider",
        ),
        (
            {"provider": "gcp", "sts": {"provider": "aws", "endpoint": "https://x"}},
            ("False", "AuthenticationFailed"),
            "invalid 'good' secret data: required fields 'serviceaccount'",
        ),
        (
            {"provider": "azure", "endpoint": "https://a.blob.core.windows.net"},
            ("False", "AuthenticationFailed"),
            "invalid 'good' secret data: requires a 'clientId' or 'accountKey' field",
        ),
        (
            {
                "provider": "aws",
                "sts": {"provider": "aws", "endpoint": "https://evil.amazonaws.com.attacker"},
            },
            ("False", "InvalidSTSConfiguration"),
            "spec.sts.endpoint has to be a token service of AWS",
        ),
        ({"endpoint": "127.0.0.1:1"}, ("False", "BucketOperationFailed"), "cannot be reached"),
    ],
)
async def test_what_is_wrong_is_said(files: World, spec, condition, message):
    await files.put(a="one")
    good = await files.attend()
    files.secrets |= {
        "short": {"accesskey": "x"},
        "wrong": {"accesskey": ACCESS_KEY, "secretkey": "wr0ng"},
        "junk": {"ca.crt": "junk", "address": "gopher://x", "tls.crt": "x"},
    }

    status = await files.attend(**spec)

    assert said(status)["Ready"][:2] == condition
    assert message in said(status)["Ready"][2]
    assert said(status)["FetchFailed"][0] == "True"
    stalls = condition[1] in {"URLInvalid", "InvalidSTSConfiguration"}
    assert ("Stalled" in said(status)) is stalls
    # What is on offer stays so.
    assert status["artifact"] == good["artifact"]
    assert "wr0ng" not in str(status)
    assert SECRET_KEY not in str(status)


async def test_after_a_failure_it_is_told_that_all_is_well(files: World):
    await files.put(a="one")
    await files.attend()
    endpoint = section(files.register.objects[KEY], "spec")["endpoint"]
    await files.attend(endpoint="127.0.0.1:1")
    files.register.notes.clear()

    status = await files.attend(endpoint=endpoint)

    assert said(status)["Ready"][0] == "True"
    assert "FetchFailed" not in said(status)
    assert "Succeeded" in files.reasons()
