"""What people do with kubectl all day works as it does with Flux, on both API servers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from shared.manifest.identity import Manifest, metadata, section
from tests.journeys.audit import audit
from tests.journeys.journey import URL, Journey, uid_of
from tests.journeys.kubectl import Kubectl, is_there

pytestmark = [
    pytest.mark.journey,
    pytest.mark.slow,
    pytest.mark.skipif(not is_there(), reason="kubectl is not on the PATH"),
]

KUSTOMIZATION = "kustomization.kustomize.toolkit.fluxcd.io/apps"
REPOSITORY = "gitrepository.source.toolkit.fluxcd.io/apps"
PAGE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: page}\ndata: {title: Shop}\n"


@pytest.fixture
def kubectl(journey: Journey, tmp_path: Path) -> Kubectl:
    return Kubectl(journey.server.kubeconfig, journey.namespace, tmp_path / "home")


@pytest.fixture
async def revision(journey: Journey) -> str:
    """The revision that the journey's Kustomization is Ready at."""
    files: dict[str, str | None] = {
        "apps/kustomization.yaml": f"namespace: {journey.namespace}\nresources: [page.yaml]\n",
        "apps/page.yaml": PAGE,
    }
    pushed = journey.repository.push(files)
    await journey.follow()
    await journey.until_applied(pushed)
    return pushed


async def test_both_kinds_are_listed_with_the_columns_of_flux(
    journey: Journey, kubectl: Kubectl, revision: str
) -> None:
    listed = await kubectl.rows("get", "gitrepositories,kustomizations", "-A")

    headings = [row for row in listed if row[0] == "NAMESPACE"]
    rows = [without_age(row) for row in listed if row[0] == journey.namespace]
    assert headings == [
        ["NAMESPACE", "NAME", "URL", "AGE", "READY", "STATUS"],
        ["NAMESPACE", "NAME", "AGE", "READY", "STATUS"],
    ]
    stored = f"stored artifact for revision '{revision}'"
    assert rows == [
        [journey.namespace, REPOSITORY, URL, "True", *stored.split()],
        [journey.namespace, KUSTOMIZATION, "True", "Applied", "revision:", revision],
    ]
    await audit(journey)


@pytest.mark.usefixtures("revision")
async def test_short_names_and_categories_lead_to_the_objects(kubectl: Kubectl) -> None:
    names = {REPOSITORY, KUSTOMIZATION}

    assert (await kubectl.rows("get", "gitrepo,ks", "-o", "name")) == [
        [REPOSITORY],
        [KUSTOMIZATION],
    ]
    for category in ("fluxcd", "all"):
        found = await kubectl("get", category, "-o", "name")
        assert names <= set(found.split())
    assert (await kubectl("get", "fluxcd-sources", "-o", "name")).split() == [REPOSITORY]
    assert (await kubectl("get", "fluxcd-appliers", "-o", "name")).split() == [KUSTOMIZATION]


async def test_an_object_is_shown_in_every_form(
    journey: Journey, kubectl: Kubectl, revision: str
) -> None:
    as_yaml = yaml.safe_load(await kubectl("get", "ks", "apps", "-o", "yaml"))
    as_json = json.loads(await kubectl("get", "ks", "apps", "-o", "json"))
    wide = await kubectl.rows("get", "ks", "apps", "-o", "wide")
    path = await kubectl("get", "ks", "apps", "-o", "jsonpath={.status.lastAppliedRevision}")
    listed = await kubectl.rows("get", "ks", "--field-selector=metadata.name=apps")

    assert as_yaml == as_json
    assert uid_of(as_json) == uid_of(await journey.find("Kustomization", "apps"))
    assert wide[0] == ["NAME", "AGE", "READY", "STATUS"]
    assert path == revision
    assert [row[0] for row in listed] == ["NAME", "apps"]


async def test_a_person_can_wait_for_it(kubectl: Kubectl, revision: str) -> None:
    waited = await kubectl("wait", "--for=condition=ready", "kustomization/apps", "--timeout=20s")
    path = f"--for=jsonpath={{.status.lastAppliedRevision}}={revision}"

    assert waited == f"{KUSTOMIZATION} condition met\n"
    assert (
        await kubectl("wait", path, "ks/apps", "--timeout=20s")
        == f"{KUSTOMIZATION} condition met\n"
    )


async def test_a_description_has_conditions_inventory_and_events(
    journey: Journey, kubectl: Kubectl, revision: str
) -> None:
    await until_told(journey, kubectl, "ReconciliationSucceeded")

    said = await kubectl("describe", "kustomization/apps")
    words = " ".join(said.split())

    assert f"Message: Applied revision: {revision} Observed Generation: 1" in words
    assert "Reason: ReconciliationSucceeded Status: True Type: Ready" in words
    assert f"Inventory: Entries: Id: {journey.namespace}_page__ConfigMap V: v1" in words
    assert f"Progressing 0s kustomize-controller ConfigMap/{journey.namespace}/page created" in (
        without_ages(words)
    )


async def test_events_are_listed_by_object(
    journey: Journey, kubectl: Kubectl, revision: str
) -> None:
    await until_told(journey, kubectl, "ReconciliationSucceeded")

    listed = await kubectl.rows("get", "events", "--field-selector=reason=NewArtifact")
    about = await kubectl("events", "--for", "kustomization/apps")

    assert listed[0] == ["LAST", "SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    assert listed[1][1:7] == [
        "Normal", "NewArtifact", "gitrepository/apps", "stored", "artifact", "for",
    ]  # fmt: skip
    assert "ReconciliationSucceeded" in about
    assert "gitrepository/apps" not in about.lower()
    assert revision


@pytest.mark.usefixtures("revision")
async def test_a_request_to_reconcile_is_handled(journey: Journey, kubectl: Kubectl) -> None:
    asked = "reconcile.fluxcd.io/requestedAt=by hand"

    said = await kubectl("annotate", "--overwrite", "kustomization/apps", asked)

    async def handled() -> bool:
        found = await journey.find("Kustomization", "apps")
        return section(found or {}, "status").get("lastHandledReconcileAt") == "by hand"

    await journey.until(handled, "the request is handled")
    assert said == f"{KUSTOMIZATION} annotated\n"
    await audit(journey)


@pytest.mark.usefixtures("revision")
async def test_it_can_be_suspended_and_resumed(journey: Journey, kubectl: Kubectl) -> None:
    suspend = '{"spec":{"suspend":true}}'
    resume = '[{"op":"replace","path":"/spec/suspend","value":false}]'

    await kubectl("patch", "ks", "apps", "--type=merge", "-p", suspend)
    newer = journey.repository.push({"apps/page.yaml": PAGE.replace("Shop", "Sale")})
    await kubectl("wait", f"--for=jsonpath={{.status.artifact.revision}}={newer}", "gitrepo/apps")

    assert (await spec_of(journey))["suspend"] is True

    await kubectl("patch", "ks", "apps", "--type=json", "-p", resume)
    await journey.until_applied(newer)
    await audit(journey)


@pytest.mark.usefixtures("revision")
async def test_it_can_be_changed_in_every_way(journey: Journey, kubectl: Kubectl) -> None:
    manifest = {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": "apps", "namespace": journey.namespace},
        "spec": {**await spec_of(journey), "interval": "11m"},
    }
    given = json.dumps(manifest)

    # As in Kubernetes: an object that was not made by `kubectl apply` gets a warning once.
    first = await kubectl.attempt("apply", "-f", "-", stdin=given)
    assert (first.code, first.out) == (0, f"{KUSTOMIZATION} configured\n")
    assert "last-applied-configuration annotation" in first.complaint
    assert await kubectl("apply", "-f", "-", stdin=given) == f"{KUSTOMIZATION} unchanged\n"
    assert (await spec_of(journey))["interval"] == "11m"

    ours = ("apply", "--server-side", "--force-conflicts", "-f", "-")
    served = await kubectl(*ours, stdin=given.replace("11m", "12m"))
    assert served == f"{KUSTOMIZATION} serverside-applied\n"
    assert (await spec_of(journey))["interval"] == "12m"

    shown = await kubectl("get", "ks", "apps", "-o", "yaml")
    replaced = await kubectl("replace", "-f", "-", stdin=shown.replace("12m", "13m"))
    assert replaced == f"{KUSTOMIZATION} replaced\n"
    assert (await spec_of(journey))["interval"] == "13m"
    await audit(journey)


@pytest.mark.usefixtures("revision")
async def test_a_difference_is_shown_and_not_made(journey: Journey, kubectl: Kubectl) -> None:
    page = PAGE.replace("Shop", "Sale")

    shown = await kubectl.attempt(
        "diff", "--server-side", "--force-conflicts", "-f", "-", stdin=page
    )
    dry_run = ("--server-side", "--force-conflicts", "--dry-run=server")
    dry = await kubectl("apply", *dry_run, "-f", "-", stdin=page)

    assert (shown.code, shown.complaint) == (1, "")
    assert {"-  title: Shop", "+  title: Sale"} <= set(shown.out.splitlines())
    assert dry == "configmap/page serverside-applied (server dry run)\n"
    await audit(journey)


@pytest.mark.usefixtures("revision")
async def test_what_the_schema_forbids_is_refused_with_the_field(kubectl: Kubectl) -> None:
    said = await kubectl.attempt(
        "patch", "ks", "apps", "--type=merge", "-p", '{"spec":{"interval":"soon"}}'
    )
    unknown = await kubectl.attempt(
        "patch", "ks", "apps", "--type=merge", "-p", '{"spec":{"intervall":"1m"}}'
    )

    assert said.code == 1
    assert "spec.interval" in said.complaint
    assert 'unknown field "spec.intervall"' in unknown.complaint


@pytest.mark.usefixtures("revision")
async def test_deleting_waits_until_all_that_was_applied_is_gone(
    journey: Journey, kubectl: Kubectl
) -> None:
    said = await kubectl("delete", "kustomization", "apps", "--timeout=20s")

    assert said.startswith('kustomization.kustomize.toolkit.fluxcd.io "apps" deleted')
    assert await journey.find("ConfigMap", "page") is None
    assert await journey.find("Kustomization", "apps") is None

    await kubectl("delete", "gitrepo", "--all", "--timeout=20s")
    assert await journey.find("GitRepository", "apps") is None


@pytest.mark.usefixtures("journey")
async def test_the_fields_are_explained(kubectl: Kubectl) -> None:
    spec = await kubectl("explain", "kustomization.spec")
    kind = await kubectl("explain", "ks.spec.sourceRef.kind")
    listed = await kubectl("explain", "gitrepository", "--recursive")

    assert ["GROUP:", "kustomize.toolkit.fluxcd.io"] in [line.split() for line in spec.splitlines()]
    assert "prune\t<boolean>" in spec
    assert {"OCIRepository", "GitRepository", "Bucket", "ExternalArtifact"} <= set(kind.split())
    assert "semver\t<string>" in listed


async def test_a_change_is_seen_as_it_happens(
    journey: Journey, kubectl: Kubectl, revision: str
) -> None:
    async with kubectl.following("get", "ks", "-w") as line:
        heading, first = await line(), await line()
        newer = journey.repository.push({"apps/page.yaml": PAGE.replace("Shop", "Sale")})
        second = await line()
        while second[-1] != newer:  # what else is worth a row, such as an attempt that lasts
            second = await line()

    assert heading == ["NAME", "AGE", "READY", "STATUS"]
    assert without_age(first) == ["apps", "True", "Applied", "revision:", revision]
    assert without_age(second) == ["apps", "True", "Applied", "revision:", newer]


async def until_told(journey: Journey, kubectl: Kubectl, reason: str) -> None:
    """Wait until an Event has been delivered."""

    async def told() -> bool:
        return reason in await kubectl("get", "events")

    await journey.until(told, f"an Event with the reason {reason}")


async def spec_of(journey: Journey) -> Manifest:
    """The spec of the journey's Kustomization."""
    found = await journey.find("Kustomization", "apps")
    assert metadata(found or {})
    return section(found or {}, "spec")


def without_age(row: list[str]) -> list[str]:
    """A row without its word for the age, such as `5s` or `1m2s`."""
    return [word for word in row if not (word[-1] in "smhd" and word[0].isdigit())]


def without_ages(words: str) -> str:
    """A text in which every age is `0s`."""
    return " ".join("0s" if without_age([word]) == [] else word for word in words.split())
