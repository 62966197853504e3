"""Many objects of one shape, each in little room."""

from __future__ import annotations

import pytest

from shared.manifest.identity import Manifest
from shared.manifest.outline import Outline

NAMES: Manifest = {"namespace": "apps", "name": "web", "uid": "u-1", "resourceVersion": "7"}


def config_map(**meta: object) -> Manifest:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {**NAMES, **meta}}


@pytest.mark.parametrize(
    "item",
    [
        config_map(),
        config_map(labels={"a": "ü"}, annotations={"note": "two\nlines"}),
        config_map(managedFields=[{"manager": "m", "fieldsV1": {"f:data": {}}}]),
        {"kind": "ConfigMap", "metadata": {"name": "web"}},
        {"kind": "ConfigMap", "metadata": {}},
    ],
)
def test_an_object_comes_back_as_it_was(item: Manifest):
    assert Outline.of(item).value() == item


def test_objects_of_one_shape_share_all_but_what_tells_them_apart():
    one = Outline.of(config_map(labels={"app": "web"}))
    other = Outline.of(config_map(labels={"app": "web"}, name="api", uid="u-2"))

    assert one.frame is other.frame
    assert one.value() != other.value()


@pytest.mark.parametrize("changed", ["name", "uid", "resourceVersion"])
def test_another_object_or_another_state_is_told_apart(changed: str):
    outline = Outline.of(config_map())

    assert outline.is_state_of(config_map(labels={"not": "looked at"}))
    assert not outline.is_state_of(config_map(**{changed: "8"}))
