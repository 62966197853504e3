"""The invariants that hold after every journey, checked from outside.

The numbers are those of the reliability bar: I1 nothing lost, I2 no wrong delete, I3 no false
Ready, I4 the last good artifact stays, I8 it converges (every wait of a journey has a limit),
I10 quiet when equal.
"""

from __future__ import annotations

import hashlib

import aiohttp

from kustomize.build import build
from kustomize.problem import BuildError
from shared.manifest.identity import Kind, Manifest, Ref, labels_of, metadata, section, text
from shared.manifest.inventory import ref_of
from shared.manifest.tree import Tree
from tests.journeys.journey import Journey, ready_of
from tests.servers import RealServer

OWNER = "kustomize.toolkit.fluxcd.io/name"
OWNED_KINDS = (
    Kind("", "v1", "ConfigMap"),
    Kind("", "v1", "Secret"),
    Kind("apps", "v1", "Deployment"),
)


async def audit(journey: Journey) -> None:
    """Hold the cluster against the invariants."""
    await nothing_is_lost(journey)
    nothing_that_is_wanted_was_deleted(journey)
    await nothing_is_falsely_ready(journey)
    await the_artifact_is_what_the_status_says(journey)
    await it_is_quiet_when_nothing_changed(journey)


async def nothing_is_lost(journey: Journey) -> None:
    """I1: what carries our owner labels is in the inventory of its owner, and no more is."""
    assert await owned(journey) == await listed(journey)


def nothing_that_is_wanted_was_deleted(journey: Journey) -> None:
    """I2: our controllers have deleted nothing that the newest commit wants, and nothing at all
    where it does not build. (Where an audit log tells; elsewhere the uids do, in the journeys.)"""
    if not isinstance(journey.server, RealServer):
        return
    asked = journey.server.audit()
    news, journey.audited[:] = asked[sum(journey.audited) :], [len(asked)]
    deleted = {
        (one.resource, one.name)
        for one in news
        if one.verb == "delete" and one.namespace == journey.namespace and one.agent == "penstock"
    }
    try:
        wanted = {(f"{ref.kind.lower()}s", ref.name) for ref in map(Ref.of, rendered(journey))}
    except BuildError:
        wanted = deleted
    assert not deleted & wanted


async def nothing_is_falsely_ready(journey: Journey) -> None:
    """I3: Ready means that this generation, and all that the commit says, is there as it says."""
    found = await journey.find("Kustomization", "apps")
    if found is None or ready_of(found)["status"] != "True":
        return
    # What is Ready of an older generation says nothing of this one, and is on its way.
    await journey.until(lambda: is_looked_at(journey), "the newest generation is looked at")
    if section(found, "spec").get("suspend"):
        return
    for wanted in rendered(journey):
        live = await journey.client.get(Ref.of(wanted))
        assert is_within(wanted, live), f"{Ref.of(wanted)} is not what the commit says"


async def is_looked_at(journey: Journey) -> bool:
    """Whether the Kustomization was brought to an end as it is now."""
    found = await journey.find("Kustomization", "apps") or {}
    return section(found, "status")["observedGeneration"] == metadata(found)["generation"]


async def the_artifact_is_what_the_status_says(journey: Journey) -> None:
    """I4: the artifact that the status names can be fetched, and is the one of its digest. The
    server of artifacts may just be starting again."""

    async def fetched() -> Manifest | None:
        found = await journey.find("GitRepository", "apps")
        artifact = section(section(found or {}, "status"), "artifact")
        digest = await digest_at(text(artifact, "url"))
        return artifact if digest == artifact.get("digest") else None

    if await journey.find("GitRepository", "apps"):
        await journey.until(fetched, "the artifact can be fetched, and is what its digest says")


async def digest_at(url: str) -> str:
    """The digest of what is served at a URL; empty where nothing is."""
    try:
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            data = await answer.read()
            return f"sha256:{hashlib.sha256(data).hexdigest()}" if answer.status == 200 else ""
    except aiohttp.ClientError:
        return ""


async def it_is_quiet_when_nothing_changed(journey: Journey) -> None:
    """I10: a reconciliation without a change writes to no object."""
    found = await journey.find("Kustomization", "apps")
    if found is None or ready_of(found)["status"] != "True":
        return
    before = await versions(journey)
    await ask(journey, "once more")
    assert await versions(journey) == before


async def ask(journey: Journey, token: str) -> None:
    """Ask for a reconciliation, and wait until it has been handled."""
    asked = {"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": token}}}
    await journey.change("Kustomization", "apps", asked)

    async def handled() -> bool:
        found = await journey.find("Kustomization", "apps")
        return section(found or {}, "status").get("lastHandledReconcileAt") == token

    await journey.until(handled, "the request is handled")


async def owned(journey: Journey) -> set[Ref]:
    """What carries the labels of the journey's Kustomization."""
    listings = [
        await journey.client.list(kind, namespace=journey.namespace, labels=f"{OWNER}=apps")
        for kind in OWNED_KINDS
    ]
    return {
        Ref.of({"apiVersion": kind.api_version, "kind": kind.kind, **item})
        for kind, listing in zip(OWNED_KINDS, listings, strict=True)
        for item in listing.items
    }


async def listed(journey: Journey) -> set[Ref]:
    """What the inventory of the journey's Kustomization lists."""
    found = await journey.find("Kustomization", "apps")
    entries = section(section(found or {}, "status"), "inventory").get("entries") or []
    assert isinstance(entries, list)
    return {ref_of(entry["id"], entry["v"]) for entry in entries}


async def versions(journey: Journey) -> dict[Ref, str]:
    """The resource version of every object that is listed."""
    return {
        ref: text(metadata(await journey.client.get(ref)), "resourceVersion")
        for ref in await listed(journey)
    }


def rendered(journey: Journey) -> list[Manifest]:
    """What the newest commit says, built apart from the controllers."""
    directory = journey.repository.directory
    tree = Tree(
        {
            path.relative_to(directory).as_posix(): path.read_bytes()
            for path in directory.rglob("*")
            if path.is_file() and ".git" not in path.parts
        }
    )
    return [
        one
        for one in build(tree, "apps").manifests
        if labels_of(one).get("kustomize.toolkit.fluxcd.io/ssa") != "Ignore"
    ]


def is_within(wanted: object, live: object) -> bool:
    """Whether all that is wanted is in what is there."""
    match wanted, live:
        case dict(), dict():
            return all(key in live and is_within(value, live[key]) for key, value in wanted.items())
        case list(), list():
            return len(wanted) == len(live) and all(map(is_within, wanted, live))
        case _:
            return wanted == live
