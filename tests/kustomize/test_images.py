"""Images: a table of references and what becomes of them."""

from __future__ import annotations

import json

import pytest

from kustomize.decoding import decoded
from kustomize.fieldspec import FieldSpecs
from kustomize.images import imaged, parts
from kustomize.kustomization import Image
from kustomize.problem import BuildError
from kustomize.resource import Resource
from kustomize.resources import Resources
from kustomize.scope import Scope
from tests.kustomize.conformance import ROOT

CASES = json.loads((ROOT / "tests/data/kustomize/images.json").read_text())


def pod(**spec: object) -> Resource:
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": spec}
    return Resource(manifest, Scope())


@pytest.mark.parametrize(("image", "name", "change", "wanted"), CASES)
def test_an_image_becomes(image: str, name: str, change: dict[str, str], wanted: str) -> None:
    resource = pod(containers=[{"image": image}])
    entry = decoded(Image, {"name": name, **change}, "image")

    imaged((entry,), FieldSpecs(()))(Resources([resource]))

    assert resource.manifest["spec"] == {"containers": [{"image": wanted}]}


def test_lists_of_containers_are_found_at_any_depth_and_others_are_not() -> None:
    deep = {
        "a": [{"initContainers": [{"image": "x"}, None, {}]}],
        "ephemeralContainers": [{"image": "x"}],
    }
    resource = pod(**deep)

    imaged((Image("x", new_tag="2"),), FieldSpecs(()))(Resources([resource]))

    assert resource.manifest["spec"] == {
        "a": [{"initContainers": [{"image": "x:2"}, None, {}]}],
        "ephemeralContainers": [{"image": "x"}],
    }


def test_later_entries_see_what_earlier_ones_did() -> None:
    resource = pod(containers=[{"image": "a"}])

    imaged((Image("a", new_name="b"), Image("b", new_tag="2")), FieldSpecs(()))(
        Resources([resource])
    )

    assert resource.manifest["spec"] == {"containers": [{"image": "b:2"}]}


def test_definitions_of_resources_are_left_alone() -> None:
    resource = pod(containers=[{"image": "a"}])
    resource.manifest["kind"] = "CustomResourceDefinition"

    imaged((Image("a", new_tag="2"),), FieldSpecs(()))(Resources([resource]))

    assert resource.manifest["spec"] == {"containers": [{"image": "a"}]}


def test_an_image_that_is_a_list_is_refused() -> None:
    with pytest.raises(BuildError, match="expected ScalarNode but got SequenceNode"):
        imaged((Image("a"),), FieldSpecs(()))(Resources([pod(containers=[{"image": ["a"]}])]))


@pytest.mark.parametrize(
    ("image", "wanted"),
    [
        ("a", ("a", "", "")),
        ("h:1/a", ("h:1/a", "", "")),
        ("h:1/a:t@d:x", ("h:1/a", "t", "d:x")),
        ("a@d:x", ("a", "", "d:x")),
        ("/a:t", ("/a", "t", "")),
    ],
)
def test_the_parts_of_a_reference(image: str, wanted: tuple[str, str, str]) -> None:
    assert parts(image) == wanted
