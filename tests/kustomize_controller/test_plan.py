from __future__ import annotations

import json
from pathlib import Path

import pytest

from kustomize_controller.plan import (
    Plan,
    deletes_at_the_end,
    inventory_of,
    make_plan,
    refs_of,
    targets_of,
)
from kustomize_controller.problem import KustomizationProblem
from shared.api.inventory import Inventory, InventoryEntry
from shared.api.kustomization import Kustomization
from shared.api.parsing import parse
from shared.manifest.identity import Manifest, ManifestError, Ref
from shared.manifest.order import Stage
from shared.operation.change import ChangeLog

GUARD = json.loads((Path(__file__).parents[1] / "data/kustomize_controller/guard.json").read_text())


def manifest(kind: str, name: str, api_version: str = "v1") -> Manifest:
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": name, "namespace": "apps"},
    }


def ids(inventory: Inventory) -> list[str]:
    return [entry.id for entry in inventory.entries]


def known(*names: str) -> Inventory:
    return inventory_of(Ref("", "ConfigMap", "apps", name) for name in names)


def plan(*names: str, inventory: Inventory | None = None, prune: bool = True) -> Plan:
    return make_plan([manifest("ConfigMap", name) for name in names], inventory, prune=prune)


def test_a_plan_goes_stage_by_stage_in_the_order_of_kinds() -> None:
    made = make_plan(
        [
            manifest("Deployment", "web", "apps/v1"),
            manifest("ConfigMap", "web"),
            manifest("Namespace", "apps"),
            manifest("Widget", "w", "example.org/v1"),
        ],
        None,
        prune=True,
        early={"Widget"},
    )

    assert [(batch.stage, [one["kind"] for one in batch.manifests]) for batch in made.batches] == [
        (Stage.DEFINITIONS, ["Namespace"]),
        (Stage.CUSTOM, ["Widget"]),
        (Stage.REST, ["ConfigMap", "Deployment"]),
    ]


def test_the_inventory_is_widest_while_things_are_done() -> None:
    made = plan("new", "both", inventory=known("both", "old"))

    assert ids(made.ventured) == [f"apps_{name}__ConfigMap" for name in ("both", "new", "old")]
    assert ids(made.settled()) == ["apps_both__ConfigMap", "apps_new__ConfigMap"]
    assert ids(made.settled(made.stale)) == ids(made.ventured)


def test_only_what_is_new_widens_it() -> None:
    assert plan("a", "b", inventory=known("a")).widens
    assert not plan("a", inventory=known("a", "b")).widens


def test_another_version_of_a_kind_is_the_same_object() -> None:
    listed = Inventory(entries=(InventoryEntry(id="apps_w_example.org_Widget", v="v1beta1"),))
    made = make_plan([manifest("Widget", "w", "example.org/v1")], listed, prune=True)

    assert made.stale == ()
    assert made.ventured.entries == (InventoryEntry(id="apps_w_example.org_Widget", v="v1"),)


def test_an_object_that_is_built_twice_is_listed_once() -> None:
    assert ids(plan("a", "a").ventured) == ["apps_a__ConfigMap"]


def test_an_inventory_that_flux_wrote_twice_over_is_read_once() -> None:
    entry = InventoryEntry(id="apps_a__ConfigMap", v="v1")

    assert len(refs_of(Inventory(entries=(entry, entry)))) == 1


def test_stale_objects_go_in_the_reverse_order() -> None:
    listed = inventory_of(
        [Ref("", "Namespace", "", "apps"), Ref("apps", "Deployment", "apps", "web")]
    )

    assert [ref.kind for ref in plan(inventory=listed).stale] == ["Deployment", "Namespace"]


def test_an_entry_that_names_nothing_is_refused() -> None:
    with pytest.raises(ManifestError, match="inventory entry 'nonsense'"):
        plan(inventory=Inventory(entries=(InventoryEntry(id="nonsense", v="v1"),)))


@pytest.mark.parametrize("case", GUARD, ids=lambda case: case["name"])
def test_what_a_prune_may_take(case) -> None:
    names = [f"object-{number}" for number in range(case["known"])]
    added = [f"new-{number}" for number in range(case.get("added", 0))]
    made = plan(
        *names[: case["kept"]],
        *added,
        inventory=known(*names),
        prune=case.get("prune", True),
    )
    annotations = {"penstock.dev/allow-empty": case["annotation"]} if "annotation" in case else {}

    if case["refused"]:
        with pytest.raises(KustomizationProblem, match="refusing to prune"):
            made.require_something_left(annotations)
    else:
        made.require_something_left(annotations)


def kustomization(name: str = "apps", **spec) -> Kustomization:
    least = {
        "interval": "1m",
        "prune": True,
        "sourceRef": {"kind": "GitRepository", "name": "apps"},
    }
    meta = {"name": name, "namespace": "flux-system"}
    return parse(Kustomization, {"metadata": meta, "spec": least | spec})


def test_what_is_left_alone_is_not_waited_for_and_nor_is_the_kustomization_itself() -> None:
    changes = ChangeLog()
    group = "kustomize.toolkit.fluxcd.io"
    changes.add(Ref("", "ConfigMap", "apps", "a"), "unchanged")
    changes.add(Ref("", "ConfigMap", "apps", "b"), "skipped")
    changes.add(Ref(group, "Kustomization", "flux-system", "apps"), "configured")
    changes.add(Ref(group, "Kustomization", "flux-system", "other"), "created")

    targets = targets_of(kustomization(wait=True), changes)

    assert [ref.name for ref in targets] == ["a", "other"]


def test_health_checks_count_only_without_wait() -> None:
    checks = [{"kind": "Deployment", "name": "web", "namespace": "apps"}]

    assert targets_of(kustomization(healthChecks=checks, wait=True), ChangeLog()) == ()
    assert targets_of(kustomization(healthChecks=checks), ChangeLog()) == (
        Ref("apps", "Deployment", "apps", "web"),
    )


def test_a_kustomization_that_has_applied_nothing_deletes_nothing() -> None:
    assert not deletes_at_the_end(kustomization(deletionPolicy="Delete"))
