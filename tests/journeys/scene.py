"""What journeys commit, and what is then to be seen: small manifests, requests, events, logs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from shared.manifest.identity import Kind, Manifest, section
from tests.journeys.journey import Journey, ready_of

EVENT = Kind("", "v1", "Event")

Files = dict[str, str | None]


def pages(journey: Journey, titles: Mapping[str, str]) -> Files:
    """A directory `apps` with a ConfigMap for each name, and its title in it."""
    return directory(journey, {f"{name}.yaml": page(name, titles[name]) for name in titles})


def page(name: str, title: str = "Shop") -> str:
    """A ConfigMap, as JSON: whatever is in the title needs no care."""
    return _text("v1", "ConfigMap", name, data={"title": title})


def deployment(image: str, replicas: int) -> str:
    """A Deployment with the name `shop`."""
    labels = {"app": "shop"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "it", "image": image}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": pod}
    return _text("apps/v1", "Deployment", "shop", spec=spec)


def secret(name: str, **data: str) -> str:
    """A Secret; the values are given as they are stored."""
    return _text("v1", "Secret", name, data=data)


def directory(journey: Journey, files: Mapping[str, str], path: str = "apps") -> Files:
    """A directory that is built from files of YAML or JSON, in the journey's namespace."""
    kustomization = {"namespace": journey.namespace, "resources": sorted(files)}
    texts = {"kustomization.yaml": json.dumps(kustomization), **files}
    return {f"{path}/{name}": text for name, text in texts.items()}


def another(journey: Journey, name: str, **spec: object) -> Manifest:
    """One more Kustomization, of the same repository."""
    source = {"kind": "GitRepository", "name": "apps"}
    asked = {"interval": "10m", "retryInterval": "1s", "prune": True, "sourceRef": source, **spec}
    ref = journey.ref("Kustomization", name)
    meta = {"name": name, "namespace": journey.namespace}
    return {
        "apiVersion": ref.gvk.api_version, "kind": ref.kind, "metadata": meta, "spec": asked,
    }  # fmt: skip


async def until_stalled(journey: Journey, words: str) -> Manifest:
    """Wait until the Kustomization is Stalled with these words; the object."""
    found = await journey.until_unready(words)
    conditions = section(found, "status")["conditions"]
    assert isinstance(conditions, list)
    assert {one["type"] for one in conditions if one["status"] == "True"} >= {"Stalled"}
    return found


async def there(journey: Journey, names: Iterable[str]) -> set[str]:
    """Which of these ConfigMaps there are."""
    return {name for name in names if await journey.find("ConfigMap", name)}


async def title_of(journey: Journey, name: str) -> object:
    """The title in a ConfigMap; None where there is neither."""
    return section(await journey.find("ConfigMap", name) or {}, "data").get("title")


async def told(journey: Journey, reason: str) -> list[Manifest]:
    """The Events of the namespace with a reason; all where it is empty."""
    fields = f"reason={reason}" if reason else ""
    return (await journey.client.list(EVENT, namespace=journey.namespace, fields=fields)).items


async def until_offered(journey: Journey, revision: str) -> None:
    """Wait until the source offers a revision."""

    async def offered() -> bool:
        return (await artifact_of(journey)).get("revision") == revision

    await journey.until(offered, f"the source offers {revision}")


async def artifact_of(journey: Journey) -> Manifest:
    """The artifact that the source offers."""
    found = await journey.find("GitRepository", "apps")
    return section(section(found or {}, "status"), "artifact")


async def arrived(journey: Journey, files: Files) -> str:
    """Commit files, follow them, and wait until they are applied; the revision."""
    revision = journey.repository.push(files)
    await journey.follow()
    await journey.until_applied(revision)
    return revision


async def until_told(journey: Journey, reason: str) -> None:
    """Wait until there is an Event with a reason."""

    async def seen() -> bool:
        return bool(await told(journey, reason))

    await journey.until(seen, f"an Event with the reason {reason}")


async def until_logged(journey: Journey, words: str) -> None:
    """Wait until the controllers have written something to their log."""

    async def seen() -> bool:
        return words in journey.controllers.log.read_text()

    await journey.until(seen, f"{words} in the log")


async def reason_of(journey: Journey, name: str = "apps") -> str:
    """The reason of a Kustomization's Ready condition."""
    return ready_of(await journey.find("Kustomization", name) or {})["reason"]


def _text(version: str, kind: str, name: str, **rest: object) -> str:
    return json.dumps({"apiVersion": version, "kind": kind, "metadata": {"name": name}, **rest})
