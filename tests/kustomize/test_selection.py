"""Selectors of labels, and patterns."""

from __future__ import annotations

import json

import pytest

from kustomize.identity import Gvk, Id
from kustomize.kustomization import Selector
from kustomize.pattern import anchored, matcher
from kustomize.problem import BuildError
from kustomize.resource import Resource
from kustomize.scope import Scope
from kustomize.selection import label_matcher, selected
from tests.kustomize.conformance import ROOT

CASES = json.loads((ROOT / "tests/data/kustomize/selectors.json").read_text())


@pytest.mark.parametrize(("selector", "labels", "wanted"), CASES)
def test_a_selector_of_labels(
    selector: str, labels: dict[str, str] | None, wanted: bool | str
) -> None:
    if wanted == "error":
        with pytest.raises(BuildError, match="unable to parse the label selector"):
            label_matcher(selector)
    else:
        assert label_matcher(selector)(labels or {}) is wanted


def test_a_selector_can_be_too_long() -> None:
    with pytest.raises(BuildError, match="is too long"):
        label_matcher("a" * 20_000)


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [("", "x", True), ("web", "web", True), ("web", "web2", False), ("we.", "web", True),
     ("a|b", "ab", False), ("web-[0-9]+", "web-12", True)],
)  # fmt: skip
def test_patterns_fit_the_whole_of_a_text(pattern: str, text: str, wanted: bool) -> None:
    assert anchored(pattern)(text) is wanted


def test_what_is_no_pattern_is_refused() -> None:
    assert matcher("(") is None
    with pytest.raises(BuildError, match="error parsing regexp"):
        anchored("(")


def test_names_and_namespaces_fit_as_they_are_or_as_they_were_read() -> None:
    manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "p-x", "namespace": "n"}}
    resource = Resource(
        dict(manifest), Scope(), previous=(Id(Gvk("", "v1", "Secret"), "x", "default"),)
    )

    for name in ("x", "p-x"):
        for namespace in ("n", "default", ""):
            assert selected([resource], Selector(name=name, namespace=namespace)) == [resource]
    assert selected([resource], Selector(name="y")) == []
    assert selected([resource], Selector(kind="ConfigMap")) == []
    assert selected([resource], Selector(label_selector="a=b")) == []
