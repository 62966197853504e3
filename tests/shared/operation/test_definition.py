from __future__ import annotations

from shared.manifest.identity import Kind
from shared.operation.definition import served_kinds


def test_every_served_version_is_a_kind() -> None:
    manifest = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "spec": {
            "group": "example.org",
            "names": {"kind": "Widget", "plural": "widgets"},
            "versions": [
                {"name": "v1", "served": True},
                {"name": "v1alpha1", "served": False},
                {"name": "v2", "served": True},
            ],
        },
    }

    assert list(served_kinds(manifest)) == [
        Kind("example.org", "v1", "Widget"),
        Kind("example.org", "v2", "Widget"),
    ]


def test_other_objects_bring_none() -> None:
    assert list(served_kinds({"apiVersion": "v1", "kind": "ConfigMap"})) == []
    assert (
        list(served_kinds({"apiVersion": "example.org/v1", "kind": "CustomResourceDefinition"}))
        == []
    )
