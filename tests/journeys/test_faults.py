"""What goes wrong around the controllers, and that they find back from it, on both API servers."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from shared.manifest.identity import Manifest, section, text
from tests.journeys.audit import ask, audit, digest_at
from tests.journeys.journey import Journey, ready_of, uid_of
from tests.journeys.scene import (
    arrived,
    artifact_of,
    page,
    pages,
    title_of,
    until_logged,
    until_offered,
    until_told,
)

pytestmark = [pytest.mark.journey, pytest.mark.slow]

OWNER = "kustomize.toolkit.fluxcd.io/name"

Disturb = Callable[[Journey], Awaitable[object]]


async def test_while_the_api_server_is_away_nothing_is_lost(journey: Journey) -> None:
    await arrived(journey, pages(journey, {"page": "Shop", "other": "Shop"}))

    async with journey.server.down():
        newer = journey.repository.push({"apps/page.yaml": page("page", "Sale")})
        await until_logged(journey, "watch.lost")
    await journey.until_applied(newer)

    assert await title_of(journey, "page") == "Sale"
    await audit(journey)


async def test_an_api_server_that_goes_away_in_the_middle_of_an_apply_is_gone_back_to(
    journey: Journey,
) -> None:
    many = pages(journey, {f"page-{number}": "Shop" for number in range(40)})
    revision = journey.repository.push(many)
    await journey.follow()

    async def begun() -> bool:
        return await journey.find("ConfigMap", "page-0") is not None

    await journey.until(begun, "the first object is there")
    async with journey.server.down():
        pass
    await journey.until_applied(revision)

    await audit(journey)


async def test_a_history_that_is_forgotten_is_listed_anew(journey: Journey) -> None:
    await arrived(journey, pages(journey, {"page": "Shop"}))

    await journey.server.forget_history()
    newer = journey.repository.push({"apps/page.yaml": page("page", "Sale")})
    await journey.until_applied(newer)

    assert await title_of(journey, "page") == "Sale"
    await audit(journey)


async def test_a_store_that_was_wiped_is_filled_again(journey: Journey, tmp_path: Path) -> None:
    await arrived(journey, pages(journey, {"page": "Shop"}))
    before = await artifact_of(journey)

    await journey.controllers.end()
    shutil.rmtree(tmp_path / "storage")
    await journey.controllers.start()
    await until_served(journey)

    after = await artifact_of(journey)
    assert (after["digest"], after["revision"]) == (before["digest"], before["revision"])
    await audit(journey)


async def test_an_artifact_that_was_tampered_with_is_made_anew_and_never_applied(
    journey: Journey, tmp_path: Path
) -> None:
    await arrived(journey, pages(journey, {"page": "Shop"}))
    before = await artifact_of(journey)
    page_before = await journey.find("ConfigMap", "page")

    (stored,) = (tmp_path / "storage").rglob("*.tar.gz")
    stored.write_bytes(b"not what was stored" * 1000)
    await until_told(journey, "ArtifactVerificationFailed")
    await until_served(journey)

    after = await artifact_of(journey)
    assert (after["digest"], after["revision"]) == (before["digest"], before["revision"])
    assert await journey.find("ConfigMap", "page") == page_before
    await audit(journey)


async def test_a_source_that_fails_is_not_ready_and_offers_what_it_has(journey: Journey) -> None:
    await arrived(journey, pages(journey, {"page": "Shop"}))
    before = await artifact_of(journey)

    await journey.change("GitRepository", "apps", {"spec": {"ref": {"branch": "nowhere"}}})
    failing = await source_says(journey, "False", "nowhere")

    assert section(section(failing, "status"), "artifact") == before
    await audit(journey)

    await journey.change("GitRepository", "apps", {"spec": {"ref": {"branch": "main"}}})
    healed = await source_says(journey, "True", text(before, "revision"))

    conditions = section(healed, "status")["conditions"]
    assert isinstance(conditions, list)
    assert {one["type"] for one in conditions} == {"Ready", "ArtifactInStorage"}
    await audit(journey)


async def test_only_what_a_status_names_is_served(journey: Journey, tmp_path: Path) -> None:
    await arrived(journey, pages(journey, {"page": "Shop"}))
    url = text(await artifact_of(journey), "url")
    beside = url.rpartition("/")[0]

    (stored,) = (tmp_path / "storage").rglob("*.tar.gz")
    stored.with_name("planted.tar.gz").write_bytes(b"planted")

    async with aiohttp.ClientSession() as session:
        for asked in (f"{beside}/planted.tar.gz", f"{beside}/", f"{beside}/../", f"{url}.part"):
            async with session.get(asked) as answer:
                assert answer.status == 404
    await audit(journey)


async def somebody_deletes_it(journey: Journey) -> None:
    """The object is gone."""
    await journey.client.delete(journey.ref("ConfigMap", "page"))


async def somebody_changes_a_field(journey: Journey) -> None:
    """A field of ours says something else."""
    await journey.change("ConfigMap", "page", {"data": {"title": "Gone fishing"}})


async def somebody_removes_a_field(journey: Journey) -> None:
    """A field of ours is gone."""
    await journey.change("ConfigMap", "page", {"data": None})


async def somebody_takes_our_labels_off(journey: Journey) -> None:
    """The object is as it was, but does not say any more that it is ours."""
    await journey.change("ConfigMap", "page", {"metadata": {"labels": None}})


@pytest.mark.parametrize(
    "disturb",
    [
        somebody_deletes_it,
        somebody_changes_a_field,
        somebody_removes_a_field,
        somebody_takes_our_labels_off,
    ],
    ids=lambda one: one.__name__,
)
async def test_what_was_disturbed_is_put_right(journey: Journey, disturb: Disturb) -> None:
    await arrived(journey, pages(journey, {"page": "Shop", "other": "Shop"}))
    other = await journey.find("ConfigMap", "other")

    await disturb(journey)
    await ask(journey, "put it right")

    found = await journey.find("ConfigMap", "page")
    assert section(found or {}, "data") == {"title": "Shop"}
    assert section(section(found or {}, "metadata"), "labels")[OWNER] == "apps"
    assert await journey.find("ConfigMap", "other") == other
    await audit(journey)


async def test_what_others_add_to_our_objects_stays(journey: Journey) -> None:
    await arrived(journey, pages(journey, {"page": "Shop"}))

    await journey.change("ConfigMap", "page", {"data": {"colour": "blue"}})
    newer = journey.repository.push({"apps/page.yaml": page("page", "Sale")})
    await journey.until_applied(newer)

    found = await journey.find("ConfigMap", "page")
    assert section(found or {}, "data") == {"title": "Sale", "colour": "blue"}
    await audit(journey)


async def test_an_object_that_took_the_name_of_ours_is_not_pruned(journey: Journey) -> None:
    await arrived(journey, pages(journey, {"page": "Shop", "other": "Shop"}))
    await journey.change("Kustomization", "apps", {"spec": {"suspend": True}})
    await journey.client.delete(journey.ref("ConfigMap", "page"))
    meta = {"name": "page", "namespace": journey.namespace}
    theirs = await journey.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta})

    newer = journey.repository.push({**pages(journey, {"other": "Sale"}), "apps/page.yaml": None})
    await until_offered(journey, newer)
    await journey.change("Kustomization", "apps", {"spec": {"suspend": False}})
    await journey.until_applied(newer)

    assert uid_of(await journey.find("ConfigMap", "page")) == uid_of(theirs)
    await audit(journey)


async def source_says(journey: Journey, status: str, words: str) -> Manifest:
    """Wait until the source is Ready, or is not, with these words; the object."""

    async def said() -> Manifest | None:
        found = await journey.find("GitRepository", "apps")
        ready = ready_of(found or {})
        return found if ready["status"] == status and words in ready["message"] else None

    return await journey.until(said, f"the source says {words}, Ready is {status}")


async def until_served(journey: Journey) -> None:
    """Wait until the artifact can be fetched, and is what its digest says."""

    async def served() -> bool:
        artifact = await artifact_of(journey)
        return await digest_at(text(artifact, "url")) == artifact.get("digest")

    await journey.until(served, "the artifact is served")
