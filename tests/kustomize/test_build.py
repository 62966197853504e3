"""The door: what comes in, what comes out, and what is told when it does not."""

from __future__ import annotations

import pytest

from kustomize.build import KUSTOMIZATION_FILES, BuildError, Options, build
from kustomize.problem import BuildError as Problem
from shared.manifest.document import dump
from shared.manifest.tree import Tree

CM = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\ndata: {n: 0x1F}\n"


def tree(**files: str) -> Tree:
    return Tree({path: text.encode() for path, text in files.items()})


@pytest.mark.parametrize("name", KUSTOMIZATION_FILES)
@pytest.mark.parametrize("directory", ["app", "./app", "app/", "x/../app"])
def test_a_directory_of_a_tree_becomes_manifests(name: str, directory: str) -> None:
    files = {f"app/{name}": b"resources: [cm.yaml]", "app/cm.yaml": CM.encode()}

    result = build(Tree(files), directory)

    assert result.manifests == (
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cm"}, "data": {"n": 31}},
    )
    assert set(result.readings.files) == set(files)


def test_all_values_are_plain() -> None:
    text = "apiVersion: v1\nkind: X\nmetadata: {name: x}\na: [1.0, 2020-01-01, True, 0x1F, .5, ~]\n"
    files = {"kustomization.yaml": b"resources: [x.yaml]", "x.yaml": text.encode()}

    [manifest] = build(Tree(files), "").manifests

    assert [type(value) for value in manifest["a"]] == [int, str, bool, int, float, type(None)]


def test_a_tree_is_left_as_it_was_and_two_builds_share_nothing() -> None:
    files = {"kustomization.yaml": b"resources: [cm.yaml]", "cm.yaml": CM.encode()}
    before = dict(files)

    one, other = build(Tree(files), ""), build(Tree(files), "")
    one.manifests[0]["data"]["n"] = 7

    assert files == before
    assert other.manifests[0]["data"] == {"n": 31}


def test_a_directory_without_a_kustomization_is_told() -> None:
    with pytest.raises(BuildError, match="unable to find one of") as caught:
        build(Tree({"app/x": b""}), "app")

    assert caught.value.path == "app"


@pytest.mark.parametrize(
    ("text", "path", "line", "message"),
    [
        ("resources: [\n", "app/kustomization.yaml", 2, "did not find expected node content"),
        ("resources: [bad.yaml]", "app/bad.yaml", 2, "mapping values are not allowed"),
        ("resources: [none.yaml]", "app/none.yaml", 0, "no such file"),
        ("namespace: on", "app/kustomization.yaml", 0, "Kustomization.namespace of type string"),
        ("resource: [x]", "app/kustomization.yaml", 0, 'unknown field "resource"'),
        ("resources: [named.yaml]", "app/named.yaml", 3, "missing metadata.name"),
    ],
)
def test_an_error_says_where(text: str, path: str, line: int, message: str) -> None:
    files = tree(
        **{
            "app/kustomization.yaml": text,
            "app/bad.yaml": "a: 1\nb: c: d\n",
            "app/named.yaml": "# nothing\n\nkind: X\napiVersion: v1\n",
        },
    )

    with pytest.raises(BuildError, match=message) as caught:
        build(files, "app")

    assert (caught.value.path, caught.value.line) == (path, line)


def test_an_error_is_told_with_its_place_once() -> None:
    error = Problem("is wrong", path="a.yaml", line=3)

    assert str(error) == "is wrong (in a.yaml:3)"
    assert str(error.under("doing")) == "doing: is wrong (in a.yaml:3)"
    assert str(Problem("a.yaml is wrong", path="a.yaml")) == "a.yaml is wrong"


def test_the_label_of_the_maker_is_an_option() -> None:
    files = tree(**{"kustomization.yaml": "resources: [cm.yaml]", "cm.yaml": CM})

    [manifest] = build(files, "", Options(managed_by=True, version="v9")).manifests

    assert manifest["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "kustomize-v9"}


def test_the_order_is_by_kind_unless_it_is_that_of_the_files() -> None:
    namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: ns}\n"
    files = tree(**{"kustomization.yaml": "resources: [r.yaml]", "r.yaml": f"{CM}---\n{namespace}"})

    by_kind = [each["kind"] for each in build(files, "").manifests]
    as_written = [each["kind"] for each in build(files, "", Options(sort="none")).manifests]

    assert by_kind == ["Namespace", "ConfigMap"]
    assert as_written == ["ConfigMap", "Namespace"]


def test_a_resource_and_its_patch_meet_over_several_layers() -> None:
    files = tree(
        **{
            "base/kustomization.yaml": "resources: [cm.yaml]\nnamePrefix: b-\n",
            "base/cm.yaml": CM,
            "mid/kustomization.yaml": "resources: [../base]\nnameSuffix: -m\nnamespace: ns\n",
            "top/kustomization.yaml": "resources: [../mid]\npatches: [{path: p.yaml}]\n",
            "top/p.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\ndata: {x: y}\n",
        },
    )

    assert dump(build(files, "top").manifests).decode() == (
        'apiVersion: v1\ndata:\n  "n": 31\n  x: "y"\nkind: ConfigMap\n'
        "metadata:\n  name: b-cm-m\n  namespace: ns\n"
    )
