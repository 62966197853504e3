"""Scenario: N objects in one Kustomization, on a real kube-apiserver, beside Flux's controllers."""

from __future__ import annotations

import asyncio
import json
import time
from functools import partial

from benchmarks.controllers import lag
from benchmarks.delivery import Delivery, Live
from benchmarks.scenario import Scenario
from benchmarks.turn import MEGABYTE, Promise, Turn, beside_flux
from shared.manifest.identity import Manifest, metadata, text

IDLE = 60.0
APPS = ["apps"]
PROMISES = {
    "first apply: seconds": Promise(most=0.5),
    "first apply: requests": Promise(most=1),
    "one changed: live": Promise(most=0.125),
    "one changed: writes of objects": Promise(limit=1),
    "nothing changed: cpu": Promise(most=0.05),
    "nothing changed: of objects": Promise(limit=1),
    "drift: seconds": Promise(limit=0.3),
    "idle minute: of objects": Promise(limit=0),
    "idle minute: cpu": Promise(most=0.02),
    "prune: seconds": Promise(most=0.5),
    "peak: memory": Promise(most=1),
    "event loop: lag": Promise(limit=0.1),
}


def objects(count: int, *, changed: int = 0) -> dict[str, str]:
    """A directory of ConfigMaps; those below `changed` say something else than before."""
    maps = [_map(number, "new" if number < changed else "old") for number in range(count)]
    return {
        "apps/kustomization.yaml": json.dumps({"resources": ["objects.yaml"]}),
        "apps/objects.yaml": "---\n".join(json.dumps(each) + "\n" for each in maps),
    }


def said(word: str, found: Manifest) -> bool:
    """Whether a ConfigMap says so."""
    return found.get("data") == {"is": word}


def is_later(one: Manifest, other: Manifest) -> bool:
    """Whether this is an object after what was done to it."""
    first, second = (int(text(metadata(each), "resourceVersion")) for each in (one, other))
    return first > second


def _map(number: int, value: str) -> object:
    name = f"object-{number:05}"
    return {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"is": value},
    }  # fmt: skip


async def _story(count: int, turn: Turn) -> None:
    """A delivery of one object first: the start of the controllers is not what is measured."""
    delivery = await _warm(turn)
    await deliveries(delivery, count)
    await _rest(delivery)
    async with turn.step("prune") as step:
        await delivery.deliver(step, objects(1, changed=1), APPS)
        told = turn.processes.last_words
        await delivery.objects.until_gone([f"object-{count - 1:05}"], told=told)
    turn.note("peak", "memory", turn.processes.peak() / MEGABYTE)
    if turn.is_ours:
        turn.note("event loop", "lag", lag(turn.site))
    await delivery.end(APPS)


async def _warm(turn: Turn) -> Delivery:
    turn.repository.commit(objects(1))
    delivery = await Delivery.open(turn)
    await delivery.add(APPS)
    await delivery.look("apps", "warm")
    await turn.calm()
    return delivery


async def deliveries(delivery: Delivery, count: int) -> None:
    """The first apply, one change, and a look at what has not changed."""
    turn = delivery.turn
    async with turn.step("first apply") as step:
        await delivery.deliver(step, objects(count), APPS)
    await turn.calm()
    async with turn.step("one changed") as step:
        files = objects(count, changed=1)
        await delivery.deliver(step, files, APPS, Live("object-00000", partial(said, "new")))
    await turn.calm()
    async with turn.step("nothing changed"):
        await delivery.look("apps", "again")
    await turn.calm()


async def _rest(delivery: Delivery) -> None:
    """What happens by itself, at an interval of ten seconds: somebody meddles, and nobody does."""
    turn = delivery.turn
    await delivery.change("apps", interval="10s")
    await turn.calm()
    async with turn.step("drift") as step:
        path = f"/api/v1/namespaces/{turn.namespace}/configmaps/object-00001"
        moved = await turn.api.patch(path, {"data": {"is": "moved"}})
        step.begun = time.monotonic()
        told = turn.processes.last_words
        step.ended = await delivery.objects.until(
            ["object-00001"], lambda now: said("old", now) and is_later(now, moved), told=told
        )
    await turn.calm()
    async with turn.step("idle minute"):
        await asyncio.sleep(IDLE)
    await delivery.change("apps", interval="1h")
    await turn.calm()


SCENARIOS = tuple(
    Scenario(
        f"kustomization-{count}",
        f"{count:,} objects in one Kustomization, beside Flux's controllers",
        partial(beside_flux, story=partial(_story, count), promises=promises),
    )
    for count, promises in ((100, {}), (1_000, PROMISES))
)
