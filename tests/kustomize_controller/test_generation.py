from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from kustomize_controller.generation import completed, directory_of
from shared.api.kustomization import KustomizationSpec
from shared.api.parsing import parse
from shared.manifest.tree import Tree
from shared.problem import Problem

CASES = yaml.safe_load(
    (Path(__file__).parents[1] / "data/kustomize_controller/generation.yaml").read_text()
)
FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")


def spec_of(case) -> KustomizationSpec:
    least = {
        "interval": "1m",
        "prune": True,
        "sourceRef": {"kind": "GitRepository", "name": "apps"},
        "path": case.get("path", ""),
    }
    return parse(KustomizationSpec, least | case.get("spec", {}))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_is_built(case) -> None:
    tree = Tree({path: content.encode() for path, content in case["given"].items()})
    spec = spec_of(case)
    directory = directory_of(spec.path)

    if "error" in case:
        with pytest.raises(Problem, match=case["error"]):
            completed(tree, directory, spec)
        return
    built = completed(tree, directory, spec)

    if case["expect"] is None:
        assert built is tree
    else:
        place = f"{directory}/" if directory else ""
        written = next(built[place + name] for name in FILES if place + name in built)
        assert yaml.safe_load(written) == case["expect"]
        assert set(built) - set(tree) <= {place + FILES[0]}


@pytest.mark.parametrize(
    ("path", "directory"),
    [
        ("", ""),
        (".", ""),
        ("./", ""),
        ("/", ""),
        ("./apps/", "apps"),
        ("a/../b", "b"),
        ("//x", "x"),
        ("../../etc", "etc"),
        (".//../x", "x"),
        ("a\0b", "a\0b"),
        ("a/" * 5_000, "/".join(["a"] * 5_000)),
    ],
)
def test_a_path_is_a_directory_of_the_tree(path: str, directory: str) -> None:
    assert directory_of(path) == directory
