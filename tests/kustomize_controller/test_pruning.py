from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from kustomize_controller.admission import Rules
from kustomize_controller.mark import MARKS
from kustomize_controller.terms import DEFINITION, farewell_of
from shared.manifest.identity import Kind, Manifest, Ref, metadata
from shared.operation.change import ChangeLog
from shared.operation.pruning import Farewell, Pruning, Site
from shared.reconcile.key import Key

MINE = "kustomize.toolkit.fluxcd.io"
CONFIG_MAP = Kind("", "v1", "ConfigMap")


async def prune(scene, *refs: Ref, ks=None):
    changes = ChangeLog(skips_are_news=True)
    pruned = await scene.cluster.prune(ks or scene.kustomization(), refs, changes)
    return pruned, [change.action for change in changes.changes]


async def test_what_is_ours_goes(scene) -> None:
    await scene.apply(scene.settings("a"), scene.settings("b"))

    pruned, actions = await prune(scene, scene.ref("a"), scene.ref("b"))

    assert (pruned.unconfirmed, actions) == ((), ["deleted", "deleted"])
    assert not await scene.exists(scene.ref("a"))


async def test_what_a_watch_has_shown_is_deleted_without_being_read(watched) -> None:
    await watched.apply(watched.settings("a"), watched.settings("b"))
    outlines = watched.outlines.of(CONFIG_MAP, metadata_only=True, labels=f"{MINE}/name")
    async with asyncio.timeout(10):
        while not all(outlines.find(watched.namespace, name) for name in "ab"):
            await asyncio.sleep(0.01)
    reads = watched.count("get", "configmaps")

    _, actions = await prune(watched, watched.ref("a"), watched.ref("b"))

    assert actions == ["deleted", "deleted"]
    assert watched.count("get", "configmaps") == reads
    assert not await watched.exists(watched.ref("a"))


@dataclass(frozen=True, slots=True)
class Yesterday:
    """A watch that is behind."""

    shown: Mapping[Ref, Manifest]

    def outline(self, ref: Ref) -> Manifest | None:
        return self.shown.get(ref)


@pytest.mark.parametrize("label", [f"{MINE}/name", "another"])
async def test_what_a_watch_has_shown_is_read_again_where_it_has_changed(scene, label) -> None:
    await scene.apply(scene.settings())
    behind = Yesterday({scene.ref(): await scene.client.get(scene.ref())})
    change = {"metadata": {"labels": {label: "other"}}}
    await scene.client.patch(scene.ref(), change, manager="someone")

    changes, farewell = ChangeLog(), farewell_of(scene.kustomization(), Rules())
    site = Site(scene.client, behind)
    await Pruning(MARKS, 4).prune(site, farewell, [scene.ref()], changes)

    is_lost = label == f"{MINE}/name"
    assert [change.action for change in changes.changes] == ["skipped" if is_lost else "deleted"]
    assert await scene.exists(scene.ref()) is is_lost


@pytest.mark.parametrize("label", ["name", "namespace"])
async def test_what_is_not_ours_any_more_stays(scene, label: str) -> None:
    await scene.apply(scene.settings())
    other = {"metadata": {"labels": {f"{MINE}/{label}": "other"}}}
    await scene.client.patch(scene.ref(), other, manager="someone")

    pruned, actions = await prune(scene, scene.ref())

    assert (pruned.unconfirmed, actions) == ((), ["skipped"])
    assert await scene.exists(scene.ref())


async def test_what_another_kustomization_has_taken_over_stays(scene) -> None:
    await scene.apply(scene.settings())
    await scene.apply(scene.settings(), ks=scene.kustomization("other"))

    _, actions = await prune(scene, scene.ref())

    assert actions == ["skipped"]


@pytest.mark.parametrize(
    ("key", "value"), [("prune", "disabled"), ("reconcile", "Disabled"), ("ssa", "Ignore")]
)
async def test_what_is_marked_to_be_kept_stays(scene, key: str, value: str) -> None:
    await scene.apply(scene.settings())
    mark = {"metadata": {"annotations": {f"{MINE}/{key}": value}}}
    await scene.client.patch(scene.ref(), mark, manager="someone")

    _, actions = await prune(scene, scene.ref())

    assert actions == ["skipped"]
    assert await scene.exists(scene.ref())


async def test_what_is_gone_is_gone_with_or_without_its_kind(scene) -> None:
    never = Ref("nowhere.example.org", "Widget", scene.namespace, "w")

    pruned, actions = await prune(scene, scene.ref(), never)

    assert (pruned.unconfirmed, actions) == ((), ["deleted", "deleted"])


async def test_what_cannot_be_deleted_is_named_and_the_rest_goes(scene) -> None:
    home = Ref("", "Namespace", "", scene.namespace)
    ours = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": scene.namespace}}
    await scene.apply(ours, scene.settings())

    pruned, actions = await prune(scene, scene.ref(), home)

    assert pruned.unconfirmed == (home,)
    assert "holds this Kustomization itself" in pruned.faults[0]
    assert actions == ["deleted"]


@pytest.mark.parametrize(
    ("ref", "ending", "stays"),
    [
        (Ref("", "Namespace", "", "flux-system"), False, True),
        (Ref("", "Namespace", "", "apps"), False, False),
        (DEFINITION, False, True),
        (Ref(DEFINITION.group, DEFINITION.kind, "", "widgets.example.org"), False, False),
        (DEFINITION, True, False),
    ],
    ids=["its namespace", "another", "its definition", "another's", "it goes itself"],
)
def test_what_a_kustomization_lives_in_stays_while_it_lives(ref, ending, stays) -> None:
    farewell = Farewell(Key("flux-system", "apps"), ending, definition=DEFINITION)

    assert farewell.is_home(ref) == stays


async def test_only_what_may_be_deleted_in_the_name_of_the_account_is(scene) -> None:
    await scene.apply(scene.settings())
    ks = scene.kustomization(serviceAccountName="nobody")

    pruned, _ = await prune(scene, scene.ref(), ks=ks)

    if pruned.unconfirmed:  # the embedded server lets everybody do everything
        assert "nobody" in pruned.faults[0]
        assert await scene.exists(scene.ref())
        assert metadata(await scene.client.get(scene.ref()))["uid"]
