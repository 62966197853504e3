from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from shared.api.artifact import Artifact
from shared.api.git_repository import GitInclude
from shared.artifact.digest import digest_of
from shared.artifact.storage import DiskStorage
from shared.artifact.store import Store
from shared.artifact.tarball import Entry, pack
from shared.manifest.identity import Manifest
from shared.reconcile.failure import Stalled, Waiting
from source_controller.inclusion import InclusionProblem, WatchedIncludes, copied
from tests.fake.clock import NOON, ManualClock
from tests.fake.source_world import artifact, repository

PAUSE = timedelta(seconds=30)
PATH = "gitrepository/flux-system/other/1.tar.gz"


class Cluster(dict[str, Manifest]):
    """GitRepositories of one namespace, by name."""

    def find(self, namespace: str, name: str) -> Manifest | None:
        return self.get(name) if namespace == "flux-system" else None


def including(*names: str, **status: object) -> Manifest:
    include = [{"repository": {"name": name}} for name in names]
    return {"spec": {"include": include}, "status": status}


def offering() -> Manifest:
    return including(artifact=artifact().model_dump(mode="json", by_alias=True))


def wanting(*names: str, **paths: str):
    return repository(include=[{"repository": {"name": name}, **paths} for name in names])


def test_includes_are_given_in_the_order_of_the_spec():
    cluster = Cluster(one=offering(), two=offering())

    assert WatchedIncludes(cluster, PAUSE).of(wanting("two", "one")) == (artifact(), artifact())
    assert WatchedIncludes(cluster, PAUSE).of(repository()) == ()


@pytest.mark.parametrize(
    ("cluster", "reason", "message"),
    [
        (Cluster(), "NotFound", "could not get resource for include 'other'"),
        (Cluster(other={}), "NoArtifact", "no artifact available for include 'other'"),
        (
            Cluster(apps=including("other"), other=including("far"), far=including("apps")),
            "NoArtifact",
            "apps → other → far → apps",
        ),
        (Cluster(apps=including("apps"), other=offering()), "NoArtifact", "apps → apps"),
    ],
)
def test_what_is_not_there_is_waited_for(cluster, reason, message):
    with pytest.raises(Waiting, match=message) as failure:
        WatchedIncludes(cluster, PAUSE).of(wanting("other"))

    assert failure.value.reason == reason
    assert failure.value.condition == "IncludeUnavailable"
    assert failure.value.retry_in == PAUSE


def test_a_circle_that_does_not_come_back_here_is_no_concern_of_ours():
    cluster = Cluster(apps=including("a"), a={**offering(), **including("b")}, b=including("a"))
    cluster["a"]["status"] = offering()["status"]

    assert WatchedIncludes(cluster, PAUSE).of(wanting("a")) == (artifact(),)


@pytest.mark.parametrize("field", ["toPath", "fromPath"])
@pytest.mark.parametrize("path", ["../x", "a/../../b", "a\\b"])
def test_a_path_that_leads_elsewhere_can_be_no_include(field, path):
    with pytest.raises(Stalled, match=field) as failure:
        WatchedIncludes(Cluster(other=offering()), PAUSE).of(wanting("other", **{field: path}))

    assert (failure.value.reason, failure.value.condition) == (
        "IllegalPath",
        "StorageOperationFailed",
    )


@pytest.fixture
def store(tmp_path: Path) -> DiskStorage:
    store = Store(tmp_path, ManualClock())
    store.put(PATH, lambda sink: sink.write(archive()))
    return DiskStorage(store)


def archive() -> bytes:
    return pack([Entry("a", b"1"), Entry("deploy/run", b"2", True), Entry("deployed", b"3")])


def stored(path: str = PATH, digest: str = "") -> Artifact:
    return Artifact(
        digest=digest or digest_of(archive()),
        last_update_time=NOON,
        path=path,
        revision="main@sha1:1",
        size=1,
        url="http://x",
    )


def include(**paths: str) -> GitInclude:
    return GitInclude.model_validate({"repository": {"name": "other"}, **paths})


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ({}, ["other/a", "other/deploy/run", "other/deployed"]),
        ({"fromPath": "./deploy/", "toPath": "/x/y"}, ["x/y/run"]),
        ({"fromPath": "deploy/run", "toPath": "go"}, ["go"]),
        ({"fromPath": "/", "toPath": "x"}, ["x/a", "x/deploy/run", "x/deployed"]),
    ],
)
async def test_files_are_copied_from_one_path_to_another(store, paths, expected):
    assert list(await copied(store, "flux-system", include(**paths), stored())) == expected


@pytest.mark.parametrize(
    ("paths", "artifact", "message"),
    [
        ({"fromPath": "nowhere"}, stored(), "from nowhere to other: the artifact has no file"),
        ({}, stored(digest=f"sha256:{'0' * 64}"), "digest mismatch"),
        ({}, stored(PATH.replace("1.", "2.")), "is not in storage"),
        ({}, stored("gitrepository/secret/apps/1.tar.gz"), "is not its artifact"),
        ({}, stored(f"{PATH}/../../1"), "there can be no artifact"),
    ],
)
async def test_what_cannot_be_copied_is_said(store, paths, artifact, message):
    with pytest.raises(InclusionProblem, match=f"failed to copy 'other' include .*{message}"):
        await copied(store, "flux-system", include(**paths), artifact)
