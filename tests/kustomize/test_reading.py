"""A build remembers what it read; another tree with the same readings builds the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kustomize.build import BuildError, build
from shared.manifest.tree import Tree

FILES = {
    "app/kustomization.yaml": """
resources: [deployment.yaml, ../base]
components: [../part]
namespace: prod
configMapGenerator: [{name: cm, files: [app.properties], envs: [app.env]}]
patches: [{path: patch.yaml}]
configurations: [fields.yaml]
""",
    "app/deployment.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
    "spec: {replicas: 1}\n",
    "app/app.properties": "a=b\n",
    "app/app.env": "C=d\n",
    "app/patch.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
    "spec: {replicas: 2}\n",
    "app/fields.yaml": "namePrefix: [{path: metadata/name, kind: Deployment}]\n",
    "app/README.md": "nobody reads this\n",
    "base/kustomization.yml": "resources: [service.yaml]\nnamePrefix: base-\n",
    "base/service.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n",
    "part/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
    "commonAnnotations: {from: part}\n",
    "other/kustomization.yaml": "namePrefix: x\n",
}
TREE = {path: text.encode() for path, text in FILES.items()}
PLACES = [
    *FILES,
    "app/kustomization.yml",
    "app/Kustomization",
    "base/kustomization.yaml",
    "base",
    "app/deployment.yaml/kustomization.yaml",
    "part",
    "new/file",
]
CONTENTS = [*(text.encode() for text in FILES.values()), b"", b"x: y\n", b"namePrefix: other-\n"]
CHANGES = st.lists(
    st.tuples(st.sampled_from(PLACES), st.none() | st.sampled_from(CONTENTS)), max_size=3
)


def changed(changes: list[tuple[str, bytes | None]]) -> Tree:
    files = dict(TREE)
    for path, content in changes:
        files.pop(path, None)
        if content is not None:
            files[path] = content
    return Tree(files)


@given(CHANGES)
@settings(max_examples=200, deadline=None)
def test_where_the_readings_hold_the_build_is_the_same(
    changes: list[tuple[str, bytes | None]],
) -> None:
    before = build(Tree(TREE), "app")
    after = changed(changes)

    if before.readings.still_hold(after):
        assert build(after, "app") == before


def test_every_file_that_counts_is_a_reading() -> None:
    readings = build(Tree(TREE), "app").readings

    assert set(readings.files) == {
        path for path in FILES if not path.startswith("other/") and path != "app/README.md"
    }
    assert readings.files["app/app.env"] == (
        "3a242d640a31d62c1bcb891e54b3d282aa2d69df4edbf26d13f9d1f18ed6a9e4"
    )
    assert readings.directories >= {"app", "base", "part"}
    assert readings.absences >= {"app/kustomization.yml", "base/kustomization.yaml"}


def test_changes_elsewhere_do_not_count() -> None:
    readings = build(Tree(TREE), "app").readings

    assert readings.still_hold(Tree(TREE))
    assert readings.still_hold(changed([("app/README.md", None), ("other/x", b"")]))


def test_a_file_that_changes_comes_or_goes_counts() -> None:
    readings = build(Tree(TREE), "app").readings

    assert not readings.still_hold(changed([("app/app.env", b"C=e\n")]))
    assert not readings.still_hold(changed([("base/service.yaml", None)]))
    assert not readings.still_hold(changed([("app/Kustomization", b"")]))


def test_a_build_may_be_the_same_though_its_tree_is_another() -> None:
    one = build(Tree(TREE), "app")
    other = build(changed([("app/README.md", b"other")]), "app")

    assert one == other


@given(CHANGES)
@settings(max_examples=100, deadline=None)
def test_whatever_happens_to_a_tree_a_build_ends_well_or_says_why(
    changes: list[tuple[str, bytes | None]],
) -> None:
    try:
        manifests = build(changed(changes), "app").manifests
    except BuildError as error:
        message = str(error)
    else:
        message = f"{len(manifests)} objects"

    assert message


def test_links_are_part_of_what_was_read() -> None:
    files = {
        "a/kustomization.yaml": b"resources: [../b]\n",
        "real/kustomization.yaml": b"resources: [cm.yaml]\n",
        "real/cm.yaml": b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n",
        "other/kustomization.yaml": b"resources: []\n",
    }
    readings = build(Tree(files, {"b": "real"}), "a").readings

    assert readings.links == {"b": "real"}
    assert readings.still_hold(Tree(files, {"b": "real"}))
    assert not readings.still_hold(Tree(files, {"b": "other"}))
    assert not readings.still_hold(Tree(files, {"b": ".."}))
    assert not readings.still_hold(Tree(files))


def test_a_link_to_a_file_elsewhere_is_a_file_elsewhere() -> None:
    files = {"a/kustomization.yaml": b"resources: [cm.yaml]\n", "cm.yaml": b"kind: A\n"}

    with pytest.raises(BuildError, match=r"file 'cm[.]yaml' is not in or below 'a'"):
        build(Tree(files, {"a/cm.yaml": "../cm.yaml"}), "a")
    with pytest.raises(BuildError, match="unable to find one of"):
        build(Tree({"k": files["a/kustomization.yaml"]}, {"a/kustomization.yaml": "../k"}), "a")
