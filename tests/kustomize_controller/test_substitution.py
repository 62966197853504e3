from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from kustomize_controller.problem import KustomizationProblem
from kustomize_controller.substitution import Substitution, files_with
from shared.manifest.tree import Tree

CASES = yaml.safe_load(
    (Path(__file__).parents[1] / "data/kustomize_controller/substitution.yaml").read_text()
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_becomes_of_an_object(case) -> None:
    variables = {name: value.encode() for name, value in case["variables"].items()}
    substitution = Substitution(variables, case.get("strict", True))

    if "refused" not in case:
        assert substitution.applied(case["given"]) == case["expect"]
        return
    with pytest.raises(KustomizationProblem) as refusal:
        substitution.applied(case["given"])
    assert case["refused"] in str(refusal.value)
    assert "CANARY" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_an_object_without_a_dollar_sign_is_not_written_and_read() -> None:
    manifest = {"data": {"a": "on"}}

    assert Substitution({"a": b"1"}).applied(manifest) is manifest


def test_values_are_not_in_its_repr() -> None:
    assert "hunter2" not in repr(Substitution({"password": b"hunter2"}))


def test_what_is_meant_is_looked_for_in_the_files_that_were_read() -> None:
    tree = Tree({"a.yaml": b"x: ${a}", "b.yaml": b"y: ${b}", "c.yaml": b"${a}"})

    assert files_with(tree, ["a.yaml", "b.yaml", "gone.yaml"], "${", "a") == " (see a.yaml)"
    assert files_with(tree, ["b.yaml"], "${a") == ""
    many = Tree({f"{name}.yaml": b"${a}" for name in "abcde"})
    assert files_with(many, many, "${a") == " (see a.yaml, b.yaml, c.yaml, ...)"
