from __future__ import annotations

import pytest

from kustomize_controller.encrypted_source import sealed_files
from kustomize_controller.sops.value import SopsProblem
from shared.manifest.tree import Tree
from tests.fake.sops import encrypted

JSON, WORDS, ENV = (
    encrypted(name) for name in ("age-config.json", "age-words.txt", "age-variables.env")
)


@pytest.mark.parametrize(
    ("kustomization", "found"),
    [
        ("secretGenerator: [{name: a, files: [c.json, x=words, c.json]}]", ["c.json", "words"]),
        ("secretGenerator: [{name: a, files: [x.yaml=words]}]", []),
        ("secretGenerator: [{name: a, envs: [v.env, v]}]", ["v.env", "v"]),
        ("configMapGenerator: [{name: a, files: [c.json]}]", []),
        ("secretGenerator: [{name: a, files: [../c.json, /c.json, gone.json]}]", []),
        ("patches: [{path: c.json}, {patch: x}]", ["c.json"]),
        ("resources: [base, c.json, 'https://example.org//x']", ["base/c.json"]),
        ("resources: [base, ., ..]\ncomponents: [./base/]", ["base/c.json"]),
        ("secretGenerator: x\nresources: {}\npatches: [1]", []),
        ("kind: [", []),
        ("", []),
    ],
)
def test_what_a_build_is_about_to_use(kustomization: str, found: list[str]) -> None:
    tree = Tree(
        {
            "apps/kustomization.yaml": kustomization.encode(),
            "apps/base/kustomization.yaml": b"resources: [..]\n"
            b"secretGenerator: [{name: b, files: [c.json]}]",
            "apps/base/c.json": JSON,
            "apps/c.json": JSON,
            "apps/words": WORDS,
            "apps/v.env": ENV,
            "apps/v": ENV,
        }
    )

    paths = [one.path for one in sealed_files(tree, "apps")]

    assert paths == [f"apps/{path}" for path in found]


def test_at_the_top_of_the_tree_too() -> None:
    tree = Tree(
        {
            "kustomization.yaml": b"resources: [a]\nsecretGenerator: [{name: b, files: [c.json]}]",
            "a/kustomization.yaml": b"resources: [../]\npatches: [{path: c.json}]",
            "c.json": JSON,
            "a/c.json": JSON,
        }
    )

    assert [one.path for one in sealed_files(tree, "")] == ["c.json", "a/c.json"]


def test_a_file_that_is_broken_is_named() -> None:
    tree = Tree({"kustomization.yaml": b"patches: [{path: x.json}]", "x.json": b'"mac": "ENC['})

    with pytest.raises(SopsProblem, match=r"^x\.json: is no JSON"):
        list(sealed_files(tree, ""))
