"""A rebuild is what a build from the start would be, whatever changed, and mostly far less work."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kustomize.build import Build, BuildError, Options, build
from kustomize.rebuild import rebuild
from shared.manifest.document import DocumentError
from shared.manifest.tree import Tree
from tests.kustomize.made import trees
from tests.kustomize.made_objects import BODIES, few_texts

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 1
  template:
    spec:
      containers:
      - {name: main, image: "nginx:1", envFrom: [{configMapRef: {name: settings}}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
"""
OTHER = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {a: b}\n"
FILES = {
    "base/kustomization.yaml": "resources: [web.yaml, other.yaml]\nnameSuffix: -x\n",
    "base/web.yaml": DEPLOYMENT,
    "base/other.yaml": OTHER,
    "part/kustomization.yaml": "kind: Component\nnamespace: prod\n",
    "top/kustomization.yaml": """
resources: [../base]
components: [../part]
namePrefix: prod-
labels: [{pairs: {env: prod}, includeSelectors: true}]
images: [{name: nginx, newTag: "2"}]
replicas: [{name: web, count: 3}]
configMapGenerator: [{name: settings, literals: [a=b]}]
patches:
- path: patch.yaml
- target: {labelSelector: "tier=db"}
  patch: "[{op: add, path: /metadata/annotations, value: {is: db}}]"
""",
    "top/patch.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {c: d}\n",
}


def tree(**changes: str) -> Tree:
    files = {**FILES, **{path.replace("__", "/") + ".yaml": text for path, text in changes.items()}}
    return Tree({path: text.encode() for path, text in files.items()})


def is_shared(one: Build, other: Build) -> list[bool]:
    return [a is b for a, b in zip(one.manifests, other.manifests, strict=True)]


def test_a_change_in_one_file_leaves_the_objects_of_others_alone() -> None:
    before = build(tree(), "top")
    after = tree(base__web=DEPLOYMENT.replace("metadata: {name: web}", "metadata: {name: web} # !"))

    result = rebuild(before, after)

    assert result == build(after, "top")
    assert [each["kind"] for each in result.manifests] == [
        "ConfigMap", "ConfigMap", "Service", "Deployment",
    ]  # fmt: skip
    assert is_shared(before, result) == [True, True, False, False]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("replicas: 1", "replicas: 1\n  paused: true"),
        ("app: web", "tier: db"),
        ("nginx:1", "redis:7"),
        ("name: settings", "name: other"),
        ("---", "---\n---\n"),
        ("metadata: {name: web}", "metadata: {name: api}"),
        ("kind: Service", "kind: Secret"),
        ("metadata: {name: web}", "metadata: {name: web, namespace: a}"),
        ("---\n", "---\nkind: List\napiVersion: v1\nitems: []\n---\n"),
        (
            "metadata: {name: web}",
            'metadata: {name: web, annotations: {config.kubernetes.io/local-config: "true"}}',
        ),
    ],
)
def test_whatever_changes_in_a_file_the_result_is_that_of_a_build(old: str, new: str) -> None:
    before = build(tree(), "top")
    after = tree(base__web=DEPLOYMENT.replace(old, new))

    first = rebuild(before, after)
    second = rebuild(first, tree())

    assert first == build(after, "top")
    assert second == before


def test_a_change_that_makes_the_build_impossible_is_told_as_ever() -> None:
    before = build(tree(), "top")
    after = tree(base__web=DEPLOYMENT.replace("name: web", "name: other"))

    with pytest.raises(BuildError) as cold:
        build(after, "top")
    with pytest.raises(BuildError) as warm:
        rebuild(before, after)

    assert str(warm.value) == str(cold.value)


def test_a_replacement_takes_its_value_from_the_file_that_changed() -> None:
    replacement = """
resources: [../base]
replacements:
- source: {kind: Deployment, name: web, fieldPath: spec.replicas}
  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.a]}]
"""
    before = build(tree(top__kustomization=replacement), "top")
    after = tree(
        top__kustomization=replacement, base__web=DEPLOYMENT.replace("replicas: 1", "replicas: 7")
    )

    assert rebuild(before, after) == build(after, "top") != before


def test_nothing_changed_is_the_same_build() -> None:
    before = build(tree(), "top", Options(sort="none"))

    assert rebuild(before, tree()) is before
    assert rebuild(before, tree(top__unread="x")) is before


def outcome(files: dict[str, bytes], before: Build | None) -> Build | str:
    try:
        return rebuild(before, Tree(files)) if before else build(Tree(files), "top")
    except (BuildError, DocumentError) as error:
        return str(error)


def rewritten(text: bytes, data: st.DataObject) -> bytes:
    """An object with the same name and another body, maybe with other labels."""
    known = yaml.safe_load(text)
    kind = known["apiVersion"], known["kind"]
    body = data.draw(st.fixed_dictionaries({}, optional=BODIES[kind]))
    metadata = {**known["metadata"], "labels": data.draw(few_texts)}
    new = {"apiVersion": kind[0], "kind": kind[1], "metadata": metadata, **body}
    return yaml.safe_dump(new).encode()


def altered(text: bytes, others: list[bytes], data: st.DataObject) -> bytes:
    """A text with another word somewhere."""
    words = text.split(b" ")
    at = data.draw(st.integers(0, len(words) - 1))
    words[at] = data.draw(st.sampled_from((b"", b"x", b"web", b"3", b"web\n", *others)))
    return b" ".join(words)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=trees(), data=st.data())
def test_a_rebuild_of_anything_is_what_a_build_would_be(
    files: dict[str, bytes], data: st.DataObject
) -> None:
    before = outcome(files, None)
    for _ in range(3):
        if isinstance(before, str):
            return
        objects = sorted(path for path in files if not path.endswith("kustomization.yaml"))
        if objects and data.draw(st.integers(0, 4)):
            path = data.draw(st.sampled_from(objects))
            text = rewritten(files[path], data)
        else:
            path = data.draw(st.sampled_from(sorted(files)))
            text = altered(files[path], [files[path]], data)
        files = {**files, path: text}

        after = outcome(files, before)

        assert after == outcome(files, None)
        before = after
