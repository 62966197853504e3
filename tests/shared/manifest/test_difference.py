from __future__ import annotations

import pytest

from shared.manifest.difference import differs

LIVE = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "a", "resourceVersion": "1", "labels": {"x": "y"}},
    "data": {"colour": "red"},
    "status": {"phase": "A"},
}


@pytest.mark.parametrize(
    ("change", "differ"),
    [
        ({"data": {"colour": "blue"}}, True),
        ({"spec": {}}, True),
        ({"metadata": {"labels": {"x": "z"}}}, True),
        ({"metadata": {"labels": {"x": "y"}, "annotations": {"a": "b"}}}, True),
        ({"metadata": {"labels": {"x": "y"}, "resourceVersion": "2", "generation": 5}}, False),
        ({"status": {"phase": "B"}}, False),
        ({}, False),
    ],
    ids=["data", "more", "a label", "an annotation", "other metadata", "status", "nothing"],
)
def test_what_counts_as_a_difference(change, differ: bool) -> None:
    assert differs(LIVE, LIVE | change) is differ


def test_the_order_of_an_autoscalers_metrics_is_no_difference() -> None:
    def autoscaler(*names: str):
        metrics = [{"type": "Resource", "resource": {"name": name}} for name in names]
        return {"kind": "HorizontalPodAutoscaler", "metadata": {}, "spec": {"metrics": metrics}}

    assert not differs(autoscaler("cpu", "memory"), autoscaler("memory", "cpu"))
    assert differs(autoscaler("cpu"), autoscaler("memory"))
    assert not differs(
        {"kind": "HorizontalPodAutoscaler", "metadata": {}},
        {"kind": "HorizontalPodAutoscaler", "metadata": {}, "spec": {}},
    )
