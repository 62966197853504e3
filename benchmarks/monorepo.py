"""Scenario: M applications of four objects each, all out of one repository."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial

from benchmarks.controllers import figure, lag
from benchmarks.delivery import Delivery, Live
from benchmarks.kustomization import said
from benchmarks.scenario import Scenario
from benchmarks.turn import MEGABYTE, Match, Promise, Turn, beside_flux
from shared.manifest.identity import Manifest

MATCH = Match(managed=("configmaps", "deployments", "serviceaccounts", "services"))
PROMISES = {
    "all new: seconds": Promise(most=0.2),
    "all changed: seconds": Promise(most=0.2),
    "one changed: live": Promise(limit=0.6),
    "one changed: writes of objects": Promise(limit=1),
    "one changed: builds": Promise(limit=1),
    "peak: memory": Promise(most=1),
    "event loop: lag": Promise(limit=0.1),
}


Shape = Callable[[str, str], dict[str, str]]
"""The files of an application, by its name and the word that it says."""


def names(count: int) -> list[str]:
    """Of the applications."""
    return [f"app-{number:04}" for number in range(count)]


def application(name: str, word: str) -> dict[str, str]:
    """The files of one: a Deployment of no pods, a ServiceAccount, a Service, a ConfigMap that says
    a word."""
    return _files(name, word, [_deployment(name), _account(name), _service(name)])


def plain(name: str, word: str) -> dict[str, str]:
    """The files of one of four ConfigMaps: nobody but the API server has anything to do for it."""
    others = [f"{name}-{number}" for number in range(3)]
    return _files(name, word, [_settings(other, "the same") for other in others])


def _files(name: str, word: str, objects: Sequence[Manifest]) -> dict[str, str]:
    found = {
        "kustomization.yaml": {"resources": ["app.yaml", "settings.yaml"]},
        "app.yaml": objects,
        "settings.yaml": [_settings(name, word)],
    }
    return {f"{name}/{file}": _text(content) for file, content in found.items()}


def repository(
    all_names: Sequence[str], *, changed: Sequence[str] = (), shape: Shape = application
) -> dict[str, str]:
    """The files of all of them; those that are `changed` say something else than before."""
    files: dict[str, str] = {}
    for name in all_names:
        files |= shape(name, "new" if name in changed else "old")
    return files


def _text(content: object) -> str:
    documents = content if isinstance(content, list) else [content]
    return "---\n".join(json.dumps(each) + "\n" for each in documents)


def _deployment(name: str) -> Manifest:
    labels: Manifest = {"app": name}
    container: Manifest = {"name": "app", "image": "registry.example.org/app:v1"}
    spec: Manifest = {
        "replicas": 0,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
    }
    return _object("apps/v1", "Deployment", name, {"spec": spec})


def _service(name: str) -> Manifest:
    spec: Manifest = {"selector": {"app": name}, "ports": [{"port": 80, "name": "http"}]}
    return _object("v1", "Service", name, {"spec": spec})


def _settings(name: str, word: str) -> Manifest:
    return _object("v1", "ConfigMap", name, {"data": {"is": word}})


def _account(name: str) -> Manifest:
    return _object("v1", "ServiceAccount", name, {})


def _object(version: str, kind: str, name: str, rest: Manifest) -> Manifest:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **rest}


async def _story(count: int, shape: Shape, turn: Turn) -> None:
    """One application is there before: the start of the controllers is not what is measured."""
    [first, *others] = every = names(count + 1)
    files = partial(repository, shape=shape)
    turn.repository.commit(files([first]))
    delivery = await Delivery.open(turn)
    await delivery.add([first])
    await delivery.look(first, "warm")
    await turn.calm()
    async with turn.step("all new") as step:
        turn.repository.commit(files(every))
        await delivery.ask()
        await delivery.add(others)
        step.ended = await delivery.until(others, lambda _: True)
    await turn.calm()
    async with turn.step("all changed") as step:
        await delivery.deliver(step, files(every, changed=every), every)
    await turn.calm()
    await _one(delivery, every, files)
    turn.note("peak", "memory", turn.processes.peak() / MEGABYTE)
    if turn.is_ours:
        turn.note("event loop", "lag", lag(turn.site))
    await delivery.end(every)


async def _one(delivery: Delivery, every: Sequence[str], files: Callable) -> None:  # type: ignore[type-arg]
    """One application of all goes back to what it was."""
    turn, middle = delivery.turn, every[len(every) // 2]
    builds = figure(turn.site, "penstock_builds_total") if turn.is_ours else 0
    async with turn.step("one changed") as step:
        others = files(every, changed=[name for name in every if name != middle])
        await delivery.deliver(step, others, every, Live(middle, partial(said, "old")))
    if turn.is_ours:
        turn.note("one changed", "builds", figure(turn.site, "penstock_builds_total") - builds)
    await turn.calm()


SCENARIOS = tuple(
    Scenario(
        name,
        f"100 applications of {what} in one repository, beside Flux's controllers",
        partial(beside_flux, story=partial(_story, 100, shape), promises=PROMISES, match=MATCH),
    )
    for name, what, shape in (
        ("monorepo-100", "a Deployment, a Service, an account and settings", application),
        ("monorepo-plain-100", "four ConfigMaps", plain),
    )
)
