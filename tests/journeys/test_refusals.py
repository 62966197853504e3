"""What the controllers refuse to do, what they say then, and the way out, on both API servers."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from shared.manifest.identity import section
from tests.journeys.audit import audit, owned
from tests.journeys.journey import Journey, ready_of
from tests.journeys.scene import (
    Files,
    arrived,
    deployment,
    directory,
    page,
    pages,
    there,
    title_of,
    until_stalled,
)

pytestmark = [pytest.mark.journey, pytest.mark.slow]

TEN = [f"page-{number}" for number in range(10)]
ALLOW_EMPTY = "penstock.dev/allow-empty"


async def test_a_prune_of_everything_is_refused_until_it_is_allowed(journey: Journey) -> None:
    await arrived(journey, pages(journey, dict.fromkeys(TEN, "Shop")))

    gone: Files = {f"apps/{name}.yaml": None for name in TEN}
    newer = journey.repository.push({**gone, **pages(journey, {"other": "Shop"})})
    found = await journey.until_unready("refusing to prune 10 of 10 objects")

    assert ready_of(found)["reason"] == "PruneFailed"
    assert f'{ALLOW_EMPTY}: "true"' in ready_of(found)["message"]
    await attempts_pass(journey, 2)
    assert await there(journey, TEN) == set(TEN)
    await audit(journey)

    allowed = {"metadata": {"annotations": {ALLOW_EMPTY: "true"}}}
    await journey.change("Kustomization", "apps", allowed)
    await journey.until_applied(newer)

    assert await there(journey, [*TEN, "other"]) == {"other"}
    await audit(journey)


async def test_a_path_that_is_missing_is_named(journey: Journey) -> None:
    revision = journey.repository.push(pages(journey, {"page": "Shop"}))

    await journey.follow(path="./nowhere")
    found = await journey.until_unready("nowhere")

    assert ready_of(found)["reason"] == "ArtifactFailed"
    assert "spec.path: './nowhere' is no directory" in ready_of(found)["message"]

    await journey.change("Kustomization", "apps", {"spec": {"path": "./apps"}})
    await journey.until_applied(revision)
    await audit(journey)


async def test_a_source_that_is_missing_is_waited_for(journey: Journey) -> None:
    revision = journey.repository.push(pages(journey, {"page": "Shop"}))
    elsewhere = {"kind": "GitRepository", "name": "elsewhere"}

    await journey.follow(sourceRef=elsewhere)
    found = await journey.until_unready("not found")

    assert ready_of(found)["reason"] == "ArtifactFailed"
    assert f"GitRepository/{journey.namespace}/elsewhere" in ready_of(found)["message"]

    await journey.change("Kustomization", "apps", {"spec": {"sourceRef": {"name": "apps"}}})
    await journey.until_applied(revision)
    await audit(journey)


async def test_a_reference_into_another_namespace_is_refused_where_that_is_switched_on(
    journey: Journey,
) -> None:
    await journey.controllers.end()
    journey.controllers.commands[0].append("--no-cross-namespace-refs")
    await journey.controllers.start()
    revision = journey.repository.push(pages(journey, {"page": "Shop"}))
    theirs = {"kind": "GitRepository", "name": "apps", "namespace": "kube-system"}

    await journey.follow(sourceRef=theirs)
    found = await until_stalled(journey, "cross-namespace references have been blocked")

    assert ready_of(found)["reason"] == "AccessDenied"
    assert "GitRepository/kube-system/apps" in ready_of(found)["message"]
    assert await owned(journey) == set()

    own = {"spec": {"sourceRef": {"namespace": None}}}
    await journey.change("Kustomization", "apps", own)
    await journey.until_applied(revision)
    await audit(journey)


@dataclass(frozen=True, slots=True)
class Invalid:
    """An object that no API server takes; what has to be said of it; and the same, healed."""

    broken: str
    words: tuple[str, ...]
    healed: str


SELECTOR = deployment("shop:1", 0)
INVALID = {
    "a name that cannot be": Invalid(
        page("Bad_Name"), ("ConfigMap/", "/Bad_Name", "metadata.name"), page("good-name")
    ),
    "a field that is required": Invalid(
        SELECTOR.replace('"selector": {"matchLabels": {"app": "shop"}}, ', ""),
        ("Deployment/", "/shop", "spec.selector"),
        SELECTOR,
    ),
    "a field of another type": Invalid(
        SELECTOR.replace('"replicas": 0', '"replicas": "many"'),
        ("Deployment/", "/shop", "spec.replicas"),
        SELECTOR,
    ),
    "a value that is too long": Invalid(
        page("huge", "x" * 1_100_000), ("ConfigMap/", "/huge", "1048576"), page("huge")
    ),
    "a kind that there is not": Invalid(
        json.dumps(
            {"apiVersion": "shop.example.org/v1", "kind": "Till", "metadata": {"name": "it"}}
        ),
        ("Till/", "/it", "shop.example.org/v1"),
        page("no-till"),
    ),
}


@pytest.mark.parametrize("case", INVALID.values(), ids=INVALID)
async def test_an_invalid_object_is_named_with_its_field_and_nothing_is_written(
    journey: Journey, case: Invalid
) -> None:
    files = {"good.yaml": page("good"), "invalid.yaml": case.broken}

    journey.repository.push(directory(journey, files))
    await journey.follow()
    found = await journey.until_unready(case.words[0])

    assert ready_of(found)["reason"] == "ReconciliationFailed"
    for words in case.words:
        assert words in ready_of(found)["message"]
    assert await owned(journey) == set()

    revision = journey.repository.push({"apps/invalid.yaml": case.healed})
    await journey.until_applied(revision)
    await audit(journey)


async def test_an_object_of_nearly_a_megabyte_is_applied_and_changed(journey: Journey) -> None:
    much, more = "a" * 900_000, "b" * 900_000
    await arrived(journey, pages(journey, {"huge": much}))

    revision = journey.repository.push({"apps/huge.yaml": page("huge", more)})
    await journey.until_applied(revision)

    assert await title_of(journey, "huge") == more
    await audit(journey)


async def attempts_pass(journey: Journey, number: int) -> None:
    """Wait until the Kustomization has been tried again so often."""

    async def count() -> int:
        found = await journey.find("Kustomization", "apps")
        history = section(found or {}, "status").get("history")
        assert isinstance(history, list)
        return sum(one["totalReconciliations"] for one in history)

    enough = await count() + number

    async def passed() -> bool:
        return await count() >= enough

    await journey.until(passed, f"{number} more attempts")
