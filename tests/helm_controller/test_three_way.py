"""Client-side apply: what is sent, told from what was, what shall be and what is."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml

from helm_controller.three_way import patched, replacement, three_way
from shared.manifest.identity import Manifest
from tests.helm_controller.cases import archive
from tests.helm_controller.town import Kind, Town, ready, released

TABLE = Path(__file__).parents[1] / "data/helm_controller/three_way.yaml"
ROWS = yaml.safe_load(TABLE.read_text())


def whole(row: Manifest, part: str) -> Manifest:
    """An object of a row."""
    body = copy.deepcopy(row[part])
    if row.get("pod"):
        body = {"spec": {"template": {"spec": body}}}
    api_version, kind = row.get("kind", "apps/v1 Deployment").split()
    return {"apiVersion": api_version, "kind": kind, **body}


@pytest.mark.parametrize("row", [pytest.param(row, id=row["case"]) for row in ROWS])
def test_what_becomes_of_an_object(row: Manifest):
    live = whole(row, "live")

    patch = three_way(whole(row, "was"), whole(row, "wanted"), live)

    assert patched(live, patch) == whole(row, "becomes" if "becomes" in row else "live")
    assert bool(patch) == ("becomes" in row)


def test_a_patch_is_for_the_object_as_it_was_read():
    live = {"metadata": {"resourceVersion": "7", "labels": {"a": "b"}}, "data": {"a": "1"}}

    assert three_way({}, {"data": {"a": "1"}}, live) == {}
    assert three_way({}, {"data": {"a": "2"}, "metadata": {"labels": {"a": "c"}}}, live) == {
        "data": {"a": "2"},
        "metadata": {"labels": {"a": "c"}, "resourceVersion": "7"},
    }


def test_what_is_replaced_is_replaced_as_a_whole():
    live = {
        "kind": "ConfigMap",
        "metadata": {"name": "a", "uid": "1", "labels": {"theirs": "yes"}},
        "data": {"a": "1", "theirs": "1"},
        "a/b~c": 1,
        "status": {"x": 1},
    }
    wanted = {"kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "1"}}

    assert replacement(wanted, live) == [
        {"op": "add", "path": "/data", "value": {"a": "1"}},
        {"op": "remove", "path": "/a~1b~0c"},
        {"op": "add", "path": "/metadata/labels", "value": {}},
    ]
    assert replacement(wanted, {**wanted, "metadata": {"name": "a", "uid": "1"}}) == []


DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: demo}
spec:
  replicas: 0
  selector: {matchLabels: {app: demo}}
  strategy: {type: {{ .Values.strategy | default "RollingUpdate" }}}
  template:
    metadata: {labels: {app: demo}}
    spec:
      containers:
        - {name: web, image: "web:{{ .Values.tag | default 1 }}"}
"""
SIDE = {"name": "side", "image": "side:1"}


@pytest.mark.slow
async def test_what_others_put_between_stays_over_a_client_side_upgrade(town: Town):
    await town.offer(archive({"templates/a.yaml": DEPLOYMENT}))
    await town.release(install={"serverSideApply": False})
    await town.until(ready)
    ref = town.ref("demo", Kind("apps", "v1", "Deployment"))
    path = "/spec/template/spec/containers/0"
    put = [{"op": "add", "path": path, "value": SIDE}]
    await town.client.patch(ref, put, kind="json", manager="injector")

    await town.change(values={"tag": 2, "strategy": "Recreate"})
    await town.until(released(2))

    live = await town.client.get(ref)
    spec = live["spec"]
    found = spec["template"]["spec"]["containers"]
    assert [(one["name"], one["image"]) for one in found] == [("side", "side:1"), ("web", "web:2")]
    assert spec["strategy"] == {"type": "Recreate"}
    assert [one.release["apply_method"] for one in await town.records()] == ["csa", "csa"]
