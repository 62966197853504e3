from __future__ import annotations

from datetime import timedelta

import pytest

from kustomize_controller.source import (
    GIT_REPOSITORY,
    ClusterSources,
    DownloadedArtifacts,
    source_of,
)
from shared.api.kustomization import Kustomization
from shared.api.parsing import MalformedObject, parse
from shared.artifact.error import ArtifactAway, ArtifactNotFound
from shared.cluster.error import NoSuchKind, NotFound
from shared.manifest.identity import Manifest, Ref
from shared.manifest.tree import Tree
from shared.problem import Problem
from shared.reconcile.failure import Waiting
from tests.fake.clock import NOON
from tests.fake.world import artifact

SOON = timedelta(seconds=30)
SEEN_TO = timedelta(minutes=2)
"""The retryInterval of the Kustomization."""


def kustomization(**spec) -> Kustomization:
    least = {
        "interval": "10m",
        "retryInterval": "2m",
        "prune": True,
        "sourceRef": {"kind": "GitRepository", "name": "apps"},
    }
    meta = {"name": "apps", "namespace": "flux-system"}
    return parse(Kustomization, {"metadata": meta, "spec": least | spec})


def repository(**status: object) -> Manifest:
    return {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": {"name": "apps", "namespace": "flux-system"},
        "status": status,
    }


OFFERED = artifact().model_dump(mode="json", by_alias=True)


class Sources:
    """Plays the cache of a kind, and the client."""

    def __init__(self, found: Manifest | Exception | None) -> None:
        self.found = found
        self.sees = True

    def is_synced(self) -> bool:
        return self.sees

    def find(self, namespace: str, name: str) -> Manifest | None:
        assert not isinstance(self.found, Exception)
        return self.found

    async def get(self, ref: Ref) -> Manifest:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found or {}


def room(found: Manifest | Exception | None, *, watched: bool = True) -> ClusterSources:
    sources = Sources(found)
    kinds = {GIT_REPOSITORY: sources} if watched else {}
    return ClusterSources(sources, kinds, SOON)  # type: ignore[arg-type]


@pytest.mark.parametrize("watched", [True, False])
async def test_what_a_source_offers_counts_whatever_else_it_says(watched: bool) -> None:
    failing = {"type": "Ready", "status": "False", "reason": "X", "message": ""}
    failing["lastTransitionTime"] = "2026-01-01T00:00:00Z"
    found = repository(artifact=OFFERED, conditions=[failing])

    offered = await room(found, watched=watched).artifact_of(kustomization())

    assert offered.revision == "main@sha1:c0ffee"


@pytest.mark.parametrize(
    ("found", "watched", "says", "retry", "quiet"),
    [
        (None, True, "GitRepository/flux-system/apps not found", SEEN_TO, False),
        (NotFound("no"), False, "GitRepository/flux-system/apps not found", SEEN_TO, False),
        (NoSuchKind("no"), False, "does not know the kind", SEEN_TO, False),
        (repository(), True, "has no artifact yet, looking again in 30s", SOON, True),
    ],
    ids=["missing", "missing, not watched", "kind not installed", "nothing offered yet"],
)
async def test_what_is_not_there_is_waited_for(
    found, watched, says: str, retry, quiet: bool
) -> None:
    with pytest.raises(Waiting, match=says) as waiting:
        await room(found, watched=watched).artifact_of(kustomization())

    assert (waiting.value.reason, waiting.value.retry_in) == ("ArtifactFailed", retry)
    assert waiting.value.told is quiet  # no event where that is the usual course of things


async def test_a_source_that_makes_no_sense_is_a_problem() -> None:
    with pytest.raises(MalformedObject, match="artifact"):
        await room(repository(artifact={"url": 5})).artifact_of(kustomization())


def test_a_source_may_be_elsewhere_and_of_another_version() -> None:
    reference = {
        "kind": "ExternalArtifact",
        "name": "a",
        "namespace": "other",
        "apiVersion": "source.toolkit.fluxcd.io/v1beta9",
    }

    ref = source_of(kustomization(sourceRef=reference))

    assert (str(ref), ref.version) == ("ExternalArtifact/other/a", "v1beta9")


class Downloads:
    """Plays the downloads."""

    def __init__(self, found: Tree | Exception) -> None:
        self.found = found

    async def tree(self, _: object) -> Tree:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


@pytest.mark.parametrize("path", ["", ".", "./apps", "/apps/", "../apps"])
async def test_a_path_that_is_there_will_do(path: str) -> None:
    tree = Tree({"apps/a.yaml": b""})

    found = await DownloadedArtifacts(Downloads(tree), SOON).tree(
        kustomization(path=path), artifact()
    )

    assert found is tree


@pytest.mark.parametrize("path", ["./web", "apps/a.yaml"])
async def test_a_path_that_is_no_directory_is_named(path: str) -> None:
    downloads = DownloadedArtifacts(Downloads(Tree({"apps/a.yaml": b""})), SOON)

    with pytest.raises(Problem, match=rf"spec\.path: '{path}' is no directory of GitRepository"):
        await downloads.tree(kustomization(path=path), artifact())


async def test_an_artifact_that_is_gone_is_waited_for() -> None:
    downloads = DownloadedArtifacts(Downloads(ArtifactNotFound("gone")), SOON)

    with pytest.raises(Waiting) as waiting:
        await downloads.tree(kustomization(), artifact())

    assert (waiting.value.reason, waiting.value.retry_in) == ("ArtifactFailed", SOON)


AWAY = "failed to download http://source/a: nobody there"
KNOWN = f"{AWAY}; it is asked again from time to time"


@pytest.mark.parametrize(
    ("lasting", "said", "message", "alarm"),
    [
        (False, "", AWAY, False),
        (True, AWAY, KNOWN, True),
        (True, KNOWN, KNOWN, False),
    ],
    ids=["for a moment", "for long", "for long, as is known"],
)
async def test_a_server_that_is_away_is_not_waited_for_by_a_worker(
    lasting: bool, said: str, message: str, alarm: bool
) -> None:
    away = ArtifactAway(AWAY, timedelta(seconds=4), lasting=lasting)
    ready = {
        "type": "Ready",
        "status": "False",
        "reason": "ArtifactFailed",
        "message": said,
        "lastTransitionTime": NOON,
    }
    ks = kustomization()
    status = ks.status.model_validate({"conditions": [ready] if said else []})

    with pytest.raises(Waiting) as waiting:
        await DownloadedArtifacts(Downloads(away), SOON).tree(
            ks.model_copy(update={"status": status}), artifact()
        )

    assert waiting.value.retry_in == timedelta(seconds=4)
    assert (waiting.value.message, waiting.value.alarm) == (message, alarm)


async def test_a_source_is_asked_for_while_its_watch_is_blind() -> None:
    sources = Sources(repository(artifact=OFFERED))
    blind = Sources(None)
    blind.sees = False

    room = ClusterSources(sources, {GIT_REPOSITORY: blind}, SOON)  # type: ignore[arg-type]

    assert (await room.artifact_of(kustomization())).revision == artifact().revision
