"""The way from a registry to an artifact, with nothing left out but the cluster."""

from __future__ import annotations

import asyncio
import gzip
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from aiohttp import web

from shared.api.meta import Condition
from shared.api.oci_repository import LayerSelector
from shared.artifact.archive import read
from shared.artifact.digest import digest_of as content_digest
from shared.artifact.tarball import Entry, pack
from shared.reconcile.attempt import Note
from shared.reconcile.condition import Mark
from shared.reconcile.failure import Retryable, Stalled
from shared.reconcile.settlement import Ready
from source_controller.oci_repository import REVISION, SOURCE
from tests.fake.clock import NOON
from tests.fake.oci_artifact import HELM_LAYER, Layer, artifact, index
from tests.fake.oci_world import PLACE, oci_repository

ROOT = Path(__file__).parents[3]


def layer(files=None, **more):
    content = pack(
        [Entry(path, text.encode()) for path, text in (files or {"a.yaml": "1"}).items()]
    )
    return Layer(content, **more)


def tarball(*members, **fields):
    """A tarball of (name, type, link) entries, as it comes."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as made:
        for name, kind, content in members:
            info = tarfile.TarInfo(name)
            info.type, info.size = kind, len(content) if kind == tarfile.REGTYPE else 0
            info.linkname = "" if kind == tarfile.REGTYPE else content.decode()
            info.mode = fields.get("mode", 0o644)
            made.addfile(info, io.BytesIO(content))
    return file.getvalue()


APPS = artifact(layer(), annotations={SOURCE: "https://git.example/apps", REVISION: "main@sha1:1"})


def with_failure(status, condition="FetchFailed"):
    mark = Condition(
        type=condition, status="True", reason="x", message="x", last_transition_time=NOON
    )
    return status.model_copy(update={"conditions": (mark,)})


async def test_what_a_tag_leads_to_is_stored_and_told(registry, world):
    digest = await registry.push(APPS, "team/apps", "latest")
    url = registry.url("team/apps")

    outcome, attempt = await world.reconciled(oci_repository(url))

    revision = f"latest@{digest}"
    assert outcome == Ready("Succeeded", f"stored artifact for digest '{revision}'")
    assert attempt.marks["ArtifactInStorage"] == Mark("True", "Succeeded", outcome.message)
    found = attempt.status.artifact
    assert found is not None
    assert found.revision == revision
    assert found.path == f"{PLACE}/{digest}.tar.gz"
    assert found.url == f"http://source/{found.path}"
    assert found.metadata == {SOURCE: "https://git.example/apps", REVISION: "main@sha1:1"}
    assert attempt.status.url == f"http://source/{PLACE}/latest.tar.gz"
    assert dict(read(world.stored(digest))) == {"a.yaml": b"1"}
    assert attempt.notes == [
        Note(
            "info",
            "NewArtifact",
            f"stored artifact with revision '{revision}' from '{url}', origin source "
            "'https://git.example/apps', origin revision 'main@sha1:1'",
            {"revision": revision, "digest": found.digest},
        )
    ]


async def test_what_is_current_costs_one_question_and_is_not_pulled_again(fake, world):
    await fake.push(APPS, "team/apps", "latest")
    _, first = await world.reconciled(oci_repository(fake.url("team/apps")))
    fake.asked.clear()

    outcome, second = await world.reconciled(oci_repository(fake.url("team/apps"), first.status))

    assert isinstance(outcome, Ready)
    assert second.status == first.status
    # The other one asks whether TLS is spoken, which an insecure registry has to be asked.
    assert [path for method, path in fake.asked if method == "HEAD"] == [
        "/v2/team/apps/manifests/latest"
    ]
    assert len(fake.asked) == 1
    assert [note.reason for note in second.notes] == ["ArtifactUpToDate"]


async def test_a_tag_that_moves_takes_the_place_of_what_was_on_offer(registry, world):
    await registry.push(APPS, "team/moves", "latest")
    url = registry.url("team/moves")
    _, first = await world.reconciled(oci_repository(url))
    newer = artifact(layer({"b.yaml": "2"}))
    digest = await registry.push(newer, "team/moves", "latest")

    _, second = await world.reconciled(oci_repository(url, first.status))

    assert second.status.artifact.revision == f"latest@{digest}"
    assert dict(read(world.stored(digest))) == {"b.yaml": b"2"}
    assert second.marks["ArtifactOutdated"] is None
    assert [note.reason for note in second.notes] == ["NewArtifact"]


async def test_the_same_content_under_another_revision_is_not_told(fake, world):
    await fake.push(APPS, "team/apps", "latest")
    _, first = await world.reconciled(oci_repository(fake.url("team/apps")))
    await fake.push(artifact(layer(), annotations={"other": "one"}), "team/apps", "latest")

    _, second = await world.reconciled(oci_repository(fake.url("team/apps"), first.status))

    assert second.status.artifact.revision != first.status.artifact.revision
    assert second.status.artifact.digest == first.status.artifact.digest
    assert second.notes == []


@pytest.mark.parametrize(
    ("ref", "revision"),
    [
        ({"tag": "1.2.3"}, "1.2.3@{digest}"),
        ({"semver": ">=1.0.0"}, "1.2.3@{digest}"),
        ({"semver": ">=1.0.0", "tag": "old"}, "1.2.3@{digest}"),
        ({"semver": ">=1.0.0-0", "semverFilter": ".*-rc.*"}, "2.0.0-rc.1@{digest}"),
        ({"digest": "{digest}", "semver": ">=1.0.0", "tag": "old"}, "{digest}"),
    ],
    ids=["tag", "semver", "semver beats tag", "filter", "digest beats all"],
)
async def test_what_is_meant_by_a_reference(registry, world, ref, revision):
    digest = await registry.push(APPS, "team/refs", "1.0.0", "1.2.3", "2.0.0-rc.1", "v1", "old")
    wanted = {key: value.format(digest=digest) for key, value in ref.items()}

    _, attempt = await world.reconciled(oci_repository(registry.url("team/refs"), ref=wanted))

    assert attempt.status.artifact.revision == revision.format(digest=digest)


@pytest.mark.parametrize(
    ("ref", "reason", "is_stalled"),
    [
        ({"semver": ">=9"}, "ReadOperationFailed", False),
        ({"semver": "nonsense"}, "ReadOperationFailed", True),
        ({"semver": "*", "semverFilter": "("}, "ReadOperationFailed", True),
        ({"tag": "not a tag"}, "ReadOperationFailed", True),
        ({"digest": "sha256:short"}, "OCIArtifactPullFailed", True),
        ({"tag": "none"}, "OCIArtifactPullFailed", False),
        ({"digest": f"sha256:{'0' * 64}"}, "OCIArtifactPullFailed", False),
    ],
)
async def test_a_reference_that_leads_nowhere_is_said(registry, world, ref, reason, is_stalled):
    await registry.push(APPS, "team/nowhere", "1.0.0")

    failure, attempt = await world.reconciled(oci_repository(registry.url("team/nowhere"), ref=ref))

    assert isinstance(failure, Stalled if is_stalled else Retryable)
    assert (failure.reason, failure.condition) == (reason, "FetchFailed")
    assert attempt.status.artifact is None


@pytest.mark.parametrize("url", ["oci://r.example/apps:v1", "oci://r.example/Apps"])
async def test_a_url_that_is_none_is_stalled(world, url):
    failure, _ = await world.reconciled(oci_repository(url))

    assert isinstance(failure, Stalled)
    assert (failure.reason, failure.condition) == ("URLInvalid", "FetchFailed")


async def test_what_is_ignored_is_left_out_of_what_is_unpacked(fake, world):
    files = {"a.yaml": "1", "b.txt": "2", "c/.sourceignore": "d.yaml", "c/d.yaml": "3"}
    digest = await fake.push(artifact(layer(files)), "team/apps", "latest")

    _, attempt = await world.reconciled(oci_repository(fake.url("team/apps"), ignore="*.txt"))

    assert set(read(world.stored(digest))) == {"a.yaml", "c/.sourceignore"}
    assert attempt.status.observed_ignore == "*.txt"


async def test_other_ignore_rules_make_another_artifact(fake, world):
    digest = await fake.push(artifact(layer({"a": "1", "b": "2"})), "team/apps", "latest")
    _, first = await world.reconciled(oci_repository(fake.url("team/apps")))

    _, second = await world.reconciled(
        oci_repository(fake.url("team/apps"), first.status, ignore="b")
    )

    assert set(read(world.stored(digest))) == {"a"}
    assert second.status.artifact.digest != first.status.artifact.digest


async def test_directories_stay_even_where_nothing_is_in_them(fake, world):
    content = tarball(("a", tarfile.DIRTYPE, b""), ("b/c", tarfile.DIRTYPE, b""))
    digest = await fake.push(artifact(Layer(content)), "team/apps", "latest")

    await world.reconciled(oci_repository(fake.url("team/apps")))

    with tarfile.open(fileobj=io.BytesIO(world.stored(digest))) as made:
        assert made.getnames() == [".", "a", "b", "b/c"]


CHART = layer({"chart/Chart.yaml": "name: x"}, media_type=HELM_LAYER)
PROVENANCE = Layer(b"signed", "application/vnd.cncf.helm.chart.provenance.v1.prov")


async def test_a_layer_is_chosen_by_its_type_and_may_be_copied_as_it_is(registry, world):
    chart = artifact(PROVENANCE, CHART)
    digest = await registry.push(chart, "charts/x", "1.0.0_build")
    selector = {"mediaType": HELM_LAYER, "operation": "copy"}
    repo = oci_repository(
        registry.url("charts/x"), ref={"semver": "1.x"}, layerSelector=selector, ignore="*"
    )

    _, attempt = await world.reconciled(repo)

    assert attempt.status.artifact.revision == f"1.0.0_build@{digest}"
    assert world.stored(digest) == CHART.content
    assert attempt.status.artifact.digest == content_digest(CHART.content)
    assert attempt.status.observed_layer_selector == LayerSelector(
        media_type=HELM_LAYER, operation="copy"
    )


async def test_of_an_index_the_image_is_pulled_and_the_revision_is_that_of_the_index(fake, world):
    amd = {"platform": {"os": "linux", "architecture": "amd64"}}
    both = index(APPS.descriptor(**amd))
    await fake.push(APPS, "team/apps")
    digest = await fake.push(both, "team/apps", "latest")

    _, attempt = await world.reconciled(oci_repository(fake.url("team/apps")))

    assert attempt.status.artifact.revision == f"latest@{digest}"
    assert dict(read(world.stored(digest))) == {"a.yaml": b"1"}


@pytest.mark.parametrize(
    ("made", "selector", "message"),
    [
        (artifact(), {}, "no layers found in artifact"),
        (
            artifact(layer()),
            {"mediaType": "text/x"},
            "failed to find layer with media type 'text/x'",
        ),
        (artifact(Layer(b"plain")), {}, "extract layer contents from artifact: .* not gzip"),
        (
            artifact(Layer(b"")),
            {},
            "extract layer contents from artifact: the archive ends too early",
        ),
        (artifact(Layer(gzip.compress(bytes(1024))[:-9])), {}, "ends too early"),
    ],
    ids=["no layer", "no such layer", "no archive", "nothing", "cut off"],
)
async def test_a_layer_that_cannot_be_taken_is_said(fake, world, made, selector, message):
    await fake.push(made, "team/apps", "latest")

    failure, attempt = await world.reconciled(
        oci_repository(fake.url("team/apps"), layerSelector=selector)
    )

    assert isinstance(failure, Retryable)
    assert failure.reason == "OCIArtifactLayerOperationFailed"
    assert failure.condition == "FetchFailed"
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(failure.message)
    assert attempt.status.artifact is None


@pytest.mark.parametrize(
    "members",
    [
        [("../../etc/x", tarfile.REGTYPE, b"1")],
        [("a/../../x", tarfile.REGTYPE, b"1")],
        [("/abs", tarfile.REGTYPE, b"1")],
        [("a\\..\\b", tarfile.REGTYPE, b"1")],
        [("hard", tarfile.LNKTYPE, b"../../other.tar.gz")],
        [("device", tarfile.CHRTYPE, b"")],
        [("pipe", tarfile.FIFOTYPE, b"")],
        [("same", tarfile.REGTYPE, b"1"), ("same", tarfile.REGTYPE, b"2")],
        [("x", tarfile.REGTYPE, b"1"), ("x/y", tarfile.REGTYPE, b"2")],
    ],
    ids=["up", "up again", "absolute", "backslash", "hard link", "device", "pipe", "twice", "both"],
)
async def test_a_layer_that_wants_out_is_refused(fake, world, tmp_path, members):
    """A-01, A-04, A-05, A-10."""
    await fake.push(artifact(Layer(tarball(*members))), "team/apps", "latest")

    failure, _ = await world.reconciled(oci_repository(fake.url("team/apps")))

    assert failure.reason == "OCIArtifactLayerOperationFailed"
    assert list((tmp_path / "scratch").iterdir()) == []
    assert not (tmp_path / "store" / PLACE).exists()


async def test_symbolic_links_are_left_out_and_not_written_through(fake, world, tmp_path):
    """A-02."""
    members = [("d", tarfile.SYMTYPE, str(tmp_path / "out").encode()), ("e", tarfile.REGTYPE, b"1")]
    digest = await fake.push(artifact(Layer(tarball(*members))), "team/apps", "latest")

    await world.reconciled(oci_repository(fake.url("team/apps")))

    assert dict(read(world.stored(digest))) == {"e": b"1"}


async def test_modes_are_ours(fake, world):
    """A-09."""
    content = tarball(("run", tarfile.REGTYPE, b"1"), mode=0o6755)
    digest = await fake.push(artifact(Layer(content)), "team/apps", "latest")

    await world.reconciled(oci_repository(fake.url("team/apps")))

    with tarfile.open(fileobj=io.BytesIO(world.stored(digest))) as made:
        assert [member.mode for member in made] == [0o750, 0o700]


async def test_what_is_on_offer_stays_whatever_fails(fake, world):
    digest = await fake.push(APPS, "team/apps", "latest")
    _, first = await world.reconciled(oci_repository(fake.url("team/apps")))

    async def broken(request):
        return web.Response(status=500)

    fake.interfere = broken
    failure, second = await world.reconciled(oci_repository(fake.url("team/apps"), first.status))

    assert (failure.reason, failure.condition) == ("OCIArtifactPullFailed", "FetchFailed")
    assert second.status.artifact == first.status.artifact
    assert world.stored(digest)


async def test_a_newer_one_that_cannot_be_pulled_is_said_to_be_there(fake, world):
    await fake.push(APPS, "team/apps", "latest")
    _, first = await world.reconciled(oci_repository(fake.url("team/apps")))
    newer = artifact(Layer(b"plain"))
    digest = await fake.push(newer, "team/apps", "latest")

    _, second = await world.reconciled(oci_repository(fake.url("team/apps"), first.status))

    assert second.marks["ArtifactOutdated"] == Mark(
        "True",
        "NewRevision",
        f"new revision 'latest@{digest}' for '{fake.url('team/apps').removeprefix('oci://')}'",
    )
    assert second.status.artifact == first.status.artifact


async def test_when_a_failure_is_over_that_is_told(fake, world):
    await fake.push(APPS, "team/apps", "latest")
    _, first = await world.reconciled(oci_repository(fake.url("team/apps")))
    status = with_failure(first.status)

    _, second = await world.reconciled(oci_repository(fake.url("team/apps"), status))

    assert [note.reason for note in second.notes] == ["ArtifactUpToDate", "Succeeded"]
    assert second.marks["FetchFailed"] is None


async def test_what_was_changed_on_the_disk_is_made_anew(fake, world, tmp_path):
    """A-15."""
    digest = await fake.push(APPS, "team/apps", "latest")
    _, first = await world.reconciled(oci_repository(fake.url("team/apps")))
    (tmp_path / "store" / PLACE / f"{digest}.tar.gz").write_bytes(b"other")

    _, second = await world.reconciled(oci_repository(fake.url("team/apps"), first.status))

    assert second.status.artifact.digest == first.status.artifact.digest
    assert dict(read(world.stored(digest))) == {"a.yaml": b"1"}
    assert [note.reason for note in second.notes] == ["ArtifactVerificationFailed"]


async def test_a_registry_that_moves_its_tag_meanwhile_does_not_change_what_is_pulled(fake, world):
    """T-05: one digest for all that follows."""
    digest = await fake.push(APPS, "team/apps", "latest")
    other = artifact(layer({"evil.yaml": "1"}))

    async def moving(request):
        if request.method == "HEAD":
            return web.Response(headers={"Docker-Content-Digest": digest})
        await fake.push(other, "team/apps", "latest")
        return None

    fake.interfere = moving
    _, attempt = await world.reconciled(oci_repository(fake.url("team/apps")))

    assert attempt.status.artifact.revision == f"latest@{digest}"
    assert dict(read(world.stored(digest))) == {"a.yaml": b"1"}


async def test_a_registry_that_takes_too_long_is_given_up(fake, world):
    async def silent(request):
        await fake.released.wait()

    fake.interfere = silent
    repo = oci_repository(fake.url("team/apps"), timeout="100ms")

    failure, _ = await world.reconciled(repo)

    assert failure.reason == "OCIArtifactPullFailed"
    assert "no end after 0.1s (spec.timeout)" in failure.message


async def test_a_disk_that_takes_nothing_is_said_without_its_paths(fake, world, tmp_path):
    await fake.push(APPS, "team/apps", "latest")
    (tmp_path / "scratch").write_text("no directory")

    failure, _ = await world.reconciled(oci_repository(fake.url("team/apps")))

    assert failure.reason == "OCIArtifactLayerOperationFailed"
    assert failure.message == "failed to extract layer contents from artifact: File exists"


PULLING = """
import asyncio, resource, sys
from pathlib import Path
from tests.fake.oci_world import OciWorld, oci_repository

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

async def main(url, place):
    async with OciWorld(Path(place)) as world:
        await world.reconciled(oci_repository(url + "/small"))
        idle = peak()
        _, attempt = await world.reconciled(oci_repository(url + "/large"))
    print(attempt.status.artifact.size // 1024 // 1024, peak() - idle)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_of_a_layer_that_would_be_too_large_nothing_is_left_on_the_disk(
    fake, world, tmp_path
):
    bomb = tarfile.TarInfo("zeros")
    bomb.size = 4 * 1024**3
    packed = gzip.compress(bomb.tobuf() + bytes(1024 * 1024))
    await fake.push(artifact(Layer(packed)), "team/apps", "latest")

    failure, attempt = await world.reconciled(oci_repository(fake.url("team/apps")))

    assert failure.reason == "OCIArtifactLayerOperationFailed"
    assert "unpacks to more than 1024 MiB" in failure.message
    assert attempt.status.artifact is None
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 48], ids=["one file", "many files"])
async def test_the_memory_that_it_takes_does_not_depend_on_the_size_of_a_layer(
    fake, tmp_path, count
):
    noise = os.urandom(1024 * 1024) * (48 // count)
    files = [Entry(f"{number}.bin", bytes([number]) + noise) for number in range(count)]
    await fake.push(artifact(Layer(pack(files))), "team/large", "latest")
    await fake.push(APPS, "team/small", "latest")
    command = [sys.executable, "-c", PULLING, fake.url("team"), str(tmp_path)]

    child = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=subprocess.PIPE)
    said, _ = await child.communicate()

    size, grown = map(int, said.split())
    assert size >= 48
    assert grown < 32, f"{grown} MiB for a layer of {size} MiB"


async def test_with_the_object_all_that_was_stored_goes(fake, world, tmp_path):
    await fake.push(APPS, "team/apps", "latest")
    repo = oci_repository(fake.url("team/apps"))
    _, attempt = await world.reconciled(repo)

    await world.story.finalize(repo, attempt)

    assert not (tmp_path / "store" / PLACE).exists()
    assert attempt.notes[-1].reason == "GarbageCollectionSucceeded"
