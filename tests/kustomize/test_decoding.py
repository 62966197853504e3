"""From parsed YAML to dataclasses, as Go's decoder of JSON does it."""

from __future__ import annotations

import pytest

from kustomize.decoding import decoded
from kustomize.kustomization import Kustomization, Label, Patch, Replica, Selector
from kustomize.problem import BuildError


def kustomization(**fields: object) -> Kustomization:
    return decoded(Kustomization, fields, "Kustomization")


def test_names_match_without_regard_to_case() -> None:
    assert kustomization(NAMEPREFIX="a-", nameSuffix="-b", Patchesjson6902=[]).name_prefix == "a-"


def test_nothing_is_the_zero_value() -> None:
    given = kustomization(namespace=None, resources=None, labels=[None], commonLabels=None)

    assert given == Kustomization(labels=(Label(),))
    assert decoded(Patch, {"target": None}, "patch").target is None
    assert decoded(Kustomization, None, "x") == Kustomization()


def test_structures_are_nested() -> None:
    given = kustomization(patches=[{"path": "p", "target": {"kind": "K", "labelSelector": "a=b"}}])

    assert given.patches == (Patch("p", target=Selector(kind="K", label_selector="a=b")),)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"foo": 1}, 'unknown field "foo"'),
        ({"images": [{"tag": "x"}]}, 'unknown field "tag"'),
        ({"namespace": True}, "cannot unmarshal bool into field Kustomization.namespace"),
        ({"resources": "x"}, "cannot unmarshal string into field Kustomization.resources"),
        ({"resources": [1]}, "cannot unmarshal number into field Kustomization.resources"),
        ({"commonLabels": {"a": 1}}, "field Kustomization.commonLabels.a of type string"),
        ({"commonLabels": []}, "of type map"),
        ({"replicas": [{"count": "3"}]}, "field Kustomization.replicas.count of type int64"),
        ({"labels": [{"includeSelectors": "yes"}]}, "of type bool"),
        ({"generatorOptions": []}, "of type object"),
    ],
)
def test_other_types_are_refused_with_the_field(fields: dict[str, object], message: str) -> None:
    with pytest.raises(BuildError) as caught:
        kustomization(**fields)

    assert message in str(caught.value)


def test_plugins_are_read_more_leniently() -> None:
    given = decoded(Replica, {"name": 5, "kind": "x", "count": 3}, "replica", strict=False)

    assert given == Replica("5", 3)
