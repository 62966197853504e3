"""What is told of an upgrade."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import yaml

from helm_controller.release_diff import ANNOTATION, LARGEST, MOST_FIELDS, changes_between
from shared.manifest.identity import Manifest, annotations_of
from tests.helm_controller.cases import archive
from tests.helm_controller.town import Town, ready, released

TABLE = Path(__file__).parents[1] / "data/helm_controller/release_diff.yaml"
ROWS = yaml.safe_load(TABLE.read_text())


def whole(objects: list[Manifest]) -> list[Manifest]:
    named = {"name": "demo", "namespace": "apps"}
    return [
        {"apiVersion": "v1", **one, "metadata": {**named, **one.get("metadata", {})}}
        for one in objects
    ]


@pytest.mark.parametrize("row", [pytest.param(row, id=row["case"]) for row in ROWS])
def test_what_an_upgrade_changes_is_told(row):
    told = changes_between(whole(row["before"]), whole(row["after"]))

    assert told.split("\n") == (row["expect"] or [""])


def test_much_is_told_in_short():
    many = {str(number): "x" for number in range(MOST_FIELDS + 5)}
    told = changes_between(
        whole([{"kind": "ConfigMap"}]), whole([{"kind": "ConfigMap", "data": many}])
    )
    assert told.endswith("and 5 more")

    objects = [{"kind": "ConfigMap", "metadata": {"name": f"n{one}"}} for one in range(2000)]
    told = changes_between([], whole(objects))
    assert len(told) < LARGEST + 100
    assert told.endswith(" more")


CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {name: demo}
data: {colour: {{ .Values.colour | default "red" }}}
---
apiVersion: v1
kind: Secret
metadata: {name: word}
stringData: {word: {{ .Values.colour | default "red" }}}
"""


@pytest.mark.slow
async def test_the_changes_of_an_upgrade_are_kept_with_its_record_and_told(town: Town):
    await town.offer(archive({"templates/a.yaml": CONFIG}))
    await town.release()
    await town.until(ready)

    await town.change(values={"colour": "blue"})
    await town.until(released(2))

    first, second = [
        await town.client.get(town.secret(f"sh.helm.release.v1.demo.v{n}")) for n in (1, 2)
    ]
    ns = town.namespace
    assert annotations_of(second)[ANNOTATION] == (
        f"Secret/{ns}/word changed: stringData.word: *** → ***\n"
        f"ConfigMap/{ns}/demo changed: data.colour: red → blue"
    )
    assert ANNOTATION not in annotations_of(first)
    messages = await town.messages("ReleaseChanged")
    assert any("data.colour: red → blue" in message for message in messages)
    assert not any(base64.b64encode(b"blue").decode() in message for message in messages)
