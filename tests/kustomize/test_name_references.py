"""Names that follow the objects they mean."""

from __future__ import annotations

import pytest

from kustomize.build import BuildError, build
from kustomize.fieldspec import steps
from kustomize.path_trie import Hit, PathTrie
from shared.manifest.tree import Tree


def built(**files: str) -> list[dict[str, object]]:
    tree = Tree({path: text.encode() for path, text in files.items()})
    return list(build(tree, "").manifests)


POD = """
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  serviceAccountName: sa
  volumes: [{configMap: {name: cm}}, {secret: {secretName: cm}}, {configMap: {name: other}}]
  containers: [{env: [{valueFrom: {configMapKeyRef: {name: cm}}}]}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cm}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: sa}
"""


def test_the_kind_of_the_field_decides_what_is_meant() -> None:
    manifests = built(
        **{"kustomization.yaml": "resources: [r.yaml]\nnamePrefix: x-", "r.yaml": POD}
    )
    [pod] = [each for each in manifests if each["kind"] == "Pod"]

    assert pod["spec"] == {
        "serviceAccountName": "x-sa",
        "volumes": [
            {"configMap": {"name": "x-cm"}},
            {"secret": {"secretName": "cm"}},
            {"configMap": {"name": "other"}},
        ],
        "containers": [{"env": [{"valueFrom": {"configMapKeyRef": {"name": "x-cm"}}}]}],
    }


def test_two_bases_keep_to_their_own_names() -> None:
    files = {
        "kustomization.yaml": "resources: [a, b]",
        **{
            f"{side}/kustomization.yaml": f"resources: [../base]\nnamePrefix: {side}-"
            for side in "ab"
        },
        "base/kustomization.yaml": "resources: [r.yaml]",
        "base/r.yaml": POD,
    }
    found = {each["metadata"]["name"]: each for each in built(**files) if each["kind"] == "Pod"}

    for side in "ab":
        volumes = found[f"{side}-p"]["spec"]["volumes"]
        assert volumes[0] == {"configMap": {"name": f"{side}-cm"}}


BINDING = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: crb}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: sa}
subjects:
- {kind: ServiceAccount, name: sa, namespace: one}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: sa}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: sa, namespace: one}
"""


def test_subjects_get_name_and_namespace_of_their_account_and_roles_their_own() -> None:
    files = {
        "kustomization.yaml": "resources: [r.yaml]\nnamespace: two\nnameSuffix: -s",
        "r.yaml": BINDING,
    }
    [binding] = [each for each in built(**files) if each["kind"] == "ClusterRoleBinding"]

    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "sa-s", "namespace": "two"}]
    assert binding["roleRef"]["name"] == "sa-s"


def test_who_could_mean_several_is_refused() -> None:
    files = {
        "kustomization.yaml": "resources: [a, b, r.yaml]",
        **{
            f"{side}/kustomization.yaml": f"resources: [sa.yaml]\nnamespace: {side}\n"
            for side in "ab"
        },
        **{
            f"{side}/sa.yaml": "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: sa}\n"
            for side in "ab"
        },
        "r.yaml": BINDING.split("---")[0].replace(", namespace: one", ""),
    }

    with pytest.raises(BuildError, match="found multiple possible referrals") as caught:
        built(**files)

    assert "'subjects' field of 'ClusterRoleBinding" in str(caught.value)


def test_a_field_that_is_not_what_it_should_be_is_told() -> None:
    files = {
        "kustomization.yaml": "resources: [r.yaml]\nnamePrefix: x-",
        "r.yaml": POD.replace("volumes: [", "volumes: text # ["),
    }

    with pytest.raises(BuildError, match="expected sequence or mapping node") as caught:
        built(**files)

    assert "spec/volumes/" in str(caught.value)


def test_many_paths_are_looked_for_in_one_walk() -> None:
    trie = PathTrie.of(map(steps, ("a/b", "a/c/d", "a/b", "l/x")))
    manifest = {"a": {"b": "1", "c": {"d": "2"}}, "l": [{"x": "1"}, None, {"x": {"y": 1}}]}

    hits = trie.hits(manifest, {"1"})

    assert hits == [
        Hit(0, manifest["a"], "b"),
        Hit(2, manifest["a"], "b"),
        Hit(3, manifest["l"][0], "x"),
        Hit(3, manifest["l"][2], "x"),
    ]
    assert trie.hits({"a": {"c": "text"}}, {"1"}) is None
