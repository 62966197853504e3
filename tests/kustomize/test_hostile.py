"""Trees that mean harm: they fail fast, say where, and tell nothing that they should not know."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress
from itertools import pairwise

import pytest

from kustomize.build import BuildError, Options, build
from kustomize.context import MOST_DIRECTORIES
from shared.manifest.document import DocumentError, dump
from shared.manifest.tree import Tree

SECRET = b"eyJhbGciOiJSUzI1NiJ9.token"
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\ndata: {a: b}\n"
FIELDS = {
    "resources": "resources: [PATH]",
    "bases": "bases: [PATH]",
    "components": "components: [PATH]",
    "crds": "crds: [PATH]",
    "configurations": "configurations: [PATH]",
    "generators": "generators: [PATH]",
    "transformers": "resources: [cm.yaml]\ntransformers: [PATH]",
    "validators": "resources: [cm.yaml]\nvalidators: [PATH]",
    "openapi": "openapi: {path: PATH}\nresources: [cm.yaml]",
    "configMapGenerator.files": "configMapGenerator: [{name: x, files: [PATH]}]",
    "configMapGenerator.files with a key": "configMapGenerator: [{name: x, files: [k=PATH]}]",
    "configMapGenerator.envs": "configMapGenerator: [{name: x, envs: [PATH]}]",
    "configMapGenerator.env": "configMapGenerator: [{name: x, env: PATH}]",
    "secretGenerator.files": "secretGenerator: [{name: x, files: [PATH]}]",
    "secretGenerator.envs": "secretGenerator: [{name: x, envs: [PATH]}]",
    "patches": "resources: [cm.yaml]\npatches: [{path: PATH}]",
    "patchesStrategicMerge": "resources: [cm.yaml]\npatchesStrategicMerge: [PATH]",
    "patchesJson6902": "resources: [cm.yaml]\n"
    "patchesJson6902: [{target: {kind: ConfigMap, name: cm}, path: PATH}]",
    "replacements": "resources: [cm.yaml]\nreplacements: [{path: PATH}]",
}
PATHS = (
    "../../../../var/run/secrets/kubernetes.io/serviceaccount/token",
    "/var/run/secrets/kubernetes.io/serviceaccount/token",
    "../token",
    "x/../../token",
)


def tree(**files: str) -> Tree:
    return Tree({path: text.encode() for path, text in files.items()})


def failure(files: Tree, directory: str = "") -> str:
    with pytest.raises(BuildError) as caught:
        build(files, directory)
    return str(caught.value)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("field", FIELDS)
def test_no_field_reads_outside_of_its_directory(field: str, path: str) -> None:
    files = {
        "app/kustomization.yaml": FIELDS[field].replace("PATH", path).encode(),
        "app/cm.yaml": CONFIG_MAP.encode(),
        "token": SECRET,
        "var/run/secrets/kubernetes.io/serviceaccount/token": SECRET,
    }

    message = failure(Tree(files), "app")

    assert path in message or path.removeprefix("x/../") in message or "token" in message
    assert SECRET.decode() not in message


def test_without_restrictions_files_may_be_elsewhere_in_the_tree_but_not_outside() -> None:
    files = {"app/kustomization.yaml": b"resources: [../cm.yaml]", "cm.yaml": CONFIG_MAP.encode()}
    outside = {"app/kustomization.yaml": b"resources: [../../cm.yaml]"}

    assert build(Tree(files), "app", Options(anywhere=True)).manifests
    with pytest.raises(BuildError, match="leads out of the tree"):
        build(Tree(outside), "app", Options(anywhere=True))


@pytest.mark.parametrize("directory", ["../../", "a/../..", "a\0b", "x" * 5000, "missing", "/../x"])
def test_a_build_starts_inside_of_the_tree(directory: str) -> None:
    with pytest.raises(BuildError):
        build(Tree({"a/kustomization.yaml": b"namePrefix: x"}), directory)


@pytest.mark.parametrize("field", ["resources", "components"])
def test_a_directory_cannot_use_itself(field: str) -> None:
    files = {
        "kustomization.yaml": (
            f"apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n{field}: [.]"
        ).encode()
    }

    assert "cycle detected" in failure(Tree(files))


def test_a_circle_is_told_with_its_way() -> None:
    files = {
        f"{a}/kustomization.yaml": f"resources: [../{b}]".encode() for a, b in pairwise("abca")
    }

    assert "a → b → c → a" in failure(Tree(files), "a")


def test_a_chain_of_ten_thousand_directories_ends_early() -> None:
    files = {
        f"d{n}/kustomization.yaml": f"resources: [../d{n + 1}]".encode() for n in range(10_000)
    }

    assert "directories lead on to one another" in failure(Tree(files), "d0")


@pytest.mark.slow
def test_directories_that_double_with_every_step_are_refused() -> None:
    files = {}
    for n in range(40):
        files[f"d{n}/kustomization.yaml"] = f"resources: [../l{n + 1}, ../r{n + 1}]".encode()
        for side in "lr":
            files[f"{side}{n + 1}/kustomization.yaml"] = f"resources: [../d{n + 1}]".encode()
    files["d40/kustomization.yaml"] = b"namePrefix: x"

    assert f"more than {MOST_DIRECTORIES} directories" in failure(Tree(files), "d0")


@pytest.mark.parametrize(
    "place",
    [
        "https://127.0.0.1:10250/pods",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]:6443",
        "https://github.com/org/repo//base?ref=main",
        "github.com/org/repo/base?ref=main",
        "git::ext::sh -c id",
        "git@github.com:org/repo.git",
        "ssh://-oProxyCommand=x/",
        "file:///etc",
        "--upload-pack=/tmp/x",
        "oci://registry/x",
    ],
)
@pytest.mark.parametrize("field", ["resources", "components", "crds", "configurations"])
def test_nothing_is_fetched_from_elsewhere(field: str, place: str) -> None:
    kind = "Component" if field == "components" else "Kustomization"
    version = "v1alpha1" if kind == "Component" else "v1beta1"
    text = f"apiVersion: kustomize.config.k8s.io/{version}\nkind: {kind}\n{field}: ['{place}']\n"

    message = failure(tree(**{"kustomization.yaml": text}))

    assert "not allowed" in message or "doesn't exist" in message


@pytest.mark.parametrize(
    "plugin",
    [
        "apiVersion: x/v1\nkind: Run\nmetadata:\n  name: x\n  annotations:\n"
        "    config.kubernetes.io/function: 'exec: {path: ./x.sh}'\n",
        "apiVersion: x/v1\nkind: Run\nmetadata:\n  name: x\n  annotations:\n"
        "    config.kubernetes.io/function: 'container: {image: x}'\n",
        "apiVersion: someteam.example.com/v1\nkind: GoPlugin\nmetadata: {name: x}\n",
    ],
)
@pytest.mark.parametrize("field", ["generators", "transformers", "validators"])
def test_programs_of_the_tree_are_not_run(field: str, plugin: str) -> None:
    files = {
        "kustomization.yaml": f"resources: [cm.yaml]\n{field}: [plugin.yaml]\n",
        "plugin.yaml": plugin,
        "cm.yaml": CONFIG_MAP,
    }

    assert "external plugins disabled" in failure(tree(**files))


def test_charts_are_not_rendered() -> None:
    text = "helmCharts: [{name: x, repo: 'https://example.com'}]\nhelmGlobals: {chartHome: ../..}\n"

    assert "--enable-helm" in failure(tree(**{"kustomization.yaml": text}))


def test_two_files_that_could_be_meant_are_refused() -> None:
    files = {"kustomization.yaml": "namePrefix: a", "Kustomization": "namePrefix: b"}

    assert "Found multiple kustomization files" in failure(tree(**files))


def test_names_are_only_names() -> None:
    files = {
        "kustomization.yaml": "resources: [cm.yaml]\nnamePrefix: ../../\nnamespace: '../{{x}}'\n",
        "cm.yaml": CONFIG_MAP,
    }

    [manifest] = build(tree(**files), "").manifests

    assert manifest["metadata"] == {"name": "../../cm", "namespace": "../{{x}}"}


@pytest.mark.slow
def test_fifty_thousand_objects_are_built() -> None:
    objects = [CONFIG_MAP.replace("cm", f"cm{n}") for n in range(50_000)]
    files = {
        f"{at}.yaml": "---\n".join(objects[at : at + 10_000]) for at in range(0, 50_000, 10_000)
    }
    files["kustomization.yaml"] = f"resources: [{', '.join(files)}]\nnamePrefix: x-\n"

    assert len(build(tree(**files), "").manifests) == 50_000


def test_a_great_many_labels_on_a_great_many_objects_are_refused() -> None:
    labels = ", ".join(f"l{n}: x" for n in range(20_000))
    objects = "---\n".join(CONFIG_MAP.replace("cm", f"cm{n}") for n in range(1000))
    files = {
        "kustomization.yaml": f"resources: [cm.yaml]\ncommonAnnotations: {{{labels}}}",
        "cm.yaml": objects,
    }

    assert "would become too large" in failure(tree(**files))


@pytest.mark.parametrize(
    ("patch", "wanted"),
    [
        ("- {op: add, path: /data/~01~1, value: x}", None),
        ("- {op: add, path: /data/-, value: x}", None),
        ("- {op: remove, path: /data/none}", "remove"),
        ("- {op: test, path: /data/a, value: c}", "/data/a"),
        ("- {op: replace, path: '', value: x}", "must leave an object"),
        ("- {op: move, from: /none, path: /x}", "none"),
    ],
)
def test_json_patches_say_what_they_could_not_do(patch: str, wanted: str | None) -> None:
    files = tree(
        **{
            "kustomization.yaml": "resources: [cm.yaml]\n"
            "patches: [{path: p.yaml, target: {kind: ConfigMap}}]",
            "cm.yaml": CONFIG_MAP,
            "p.yaml": patch,
        }
    )

    if wanted is None:
        assert build(files, "").manifests
    else:
        assert wanted in failure(files)


@pytest.mark.slow
def test_copies_that_double_are_refused() -> None:
    steps = ["- {op: add, path: /data/x, value: [1, 2, 3, 4, 5, 6, 7, 8]}"]
    steps += ["- {op: copy, from: /data/x, path: /data/x/-}"] * 40
    files = {
        "kustomization.yaml": "resources: [cm.yaml]\n"
        "patches: [{path: p.yaml, target: {kind: ConfigMap}}]",
        "cm.yaml": CONFIG_MAP,
        "p.yaml": "\n".join(steps),
    }

    assert "would become too large" in failure(tree(**files))


@pytest.mark.slow
@pytest.mark.parametrize("delimiter", ["", "-"])
def test_replacements_that_double_are_refused(delimiter: str) -> None:
    options = f"options: {{delimiter: '{delimiter}', index: 99999, create: true}}"
    target = "data.x" if delimiter else "data.x.y, data.x.z"
    entry = (
        "- source: {kind: ConfigMap, fieldPath: data}\n"
        f"  targets: [{{select: {{kind: ConfigMap}}, fieldPaths: [{target}], {options}}}]\n"
    )
    if delimiter:
        entry = entry.replace("fieldPath: data}", "fieldPath: data.x}")
    files = {
        "kustomization.yaml": f"resources: [cm.yaml]\nreplacements:\n{entry * 40}",
        "cm.yaml": CONFIG_MAP.replace("{a: b}", "{x: abcdefgh}" if delimiter else "{x: {a: b}}"),
    }

    assert "would become too large" in failure(tree(**files))


def test_an_object_that_nests_with_every_replacement_is_refused() -> None:
    entry = (
        "- source: {kind: ConfigMap, fieldPath: data}\n"
        "  targets:\n  - select: {kind: ConfigMap}\n    fieldPaths: [data.x]\n"
        "    options: {create: true}\n"
    )
    files = {
        "kustomization.yaml": f"resources: [cm.yaml]\nreplacements:\n{entry * 2000}",
        "cm.yaml": CONFIG_MAP,
    }

    assert "nested too deep" in failure(tree(**files))


@pytest.mark.slow
def test_a_json_patch_that_nests_without_end_is_refused() -> None:
    steps = [f"- {{op: add, path: {'/x' * depth}, value: {{}}}}" for depth in range(1, 2000)]
    files = {
        "kustomization.yaml": "resources: [cm.yaml]\n"
        "patches: [{path: p.yaml, target: {kind: ConfigMap}}]",
        "cm.yaml": CONFIG_MAP,
        "p.yaml": "\n".join(steps),
    }

    assert "nested too deep" in failure(tree(**files))


@pytest.mark.parametrize("pattern", ["(a+)+", "(a|a)*", "(.*)*x", "([a-z]+)+[0-9]"])
def test_patterns_take_time_in_proportion(pattern: str) -> None:
    objects = "---\n".join(CONFIG_MAP.replace("cm", "a" * 60 + str(n)) for n in range(500))
    files = {
        "kustomization.yaml": "resources: [cm.yaml]\npatches: "
        f'[{{target: {{name: \'{pattern}\'}}, patch: \'[{{"op":"remove","path":"/data"}}]\'}}]',
        "cm.yaml": objects,
    }

    assert build(tree(**files), "").manifests


@pytest.mark.parametrize("pattern", ["(", "a{1000}{1000}", "x" * 20_000, "(?<=a)b"])
def test_patterns_that_are_none_are_refused(pattern: str) -> None:
    files = {
        "kustomization.yaml": "resources: [cm.yaml]\npatches: "
        f"[{{target: {{name: '{pattern}.'}}, patch: '[]'}}]",
        "cm.yaml": CONFIG_MAP,
    }
    json_patch = files["kustomization.yaml"].replace("'[]'", "'[{op: test, path: /x}]'")

    assert "regexp" in failure(tree(**{**files, "kustomization.yaml": json_patch}))


@pytest.mark.parametrize(
    "text",
    [
        "kind: ConfigMap",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: x",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {}",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: x-}",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: [name]",
        "apiVersion: [v1]\nkind: {a: b}\nmetadata: {name: x}",
        "just text",
        "- a\n- list",
        "kind: List\nitems: [1, 2]",
        "kind: List\nitems: text",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: [x]}",
        "\0",
        "\ttabs: here",
        "a: 1\n--- {b: 2}\n",
        "apiVersion: v1\nkind: null\nmetadata: {name: x}",
    ],
)
def test_what_is_not_an_object_is_refused_with_its_place(text: str) -> None:
    files = {"kustomization.yaml": "resources: [r.yaml]", "r.yaml": text}

    message = failure(tree(**files))

    assert "r.yaml" in message
    assert "Error" not in message.replace("MalformedYAMLError", "")


@pytest.mark.parametrize(
    "text",
    [
        "metadata: {labels: [x]}",
        "metadata: {annotations: text}",
        "metadata: {annotations: {a: [1]}}",
        "spec: text",
        "spec: [1]",
        "spec: {template: {spec: {containers: text}}}",
        "spec: {template: {spec: {containers: [1, null, {image: [x]}]}}}",
        "subjects: text",
        "data: 7",
    ],
)
def test_strange_shapes_are_built_or_refused_but_never_a_crash(text: str) -> None:
    kustomization = """
resources: [r.yaml]
namespace: ns
namePrefix: p-
labels: [{pairs: {a: b}, includeSelectors: true}]
commonAnnotations: {c: d}
images: [{name: x, newTag: y}]
patches:
- target: {kind: Deployment}
  patch: |
    {apiVersion: apps/v1, kind: Deployment, metadata: {name: x}, spec: {replicas: 1}}
"""
    body = text if "metadata" in text else f"metadata: {{name: x}}\n{text}"
    body = body.replace("metadata: {", "metadata: {name: x, ") if "name: x" not in body else body
    files = {
        "kustomization.yaml": kustomization,
        "r.yaml": f"apiVersion: apps/v1\nkind: Deployment\n{body}\n",
    }

    with suppress(BuildError, DocumentError):
        assert dump(build(tree(**files), "").manifests)


@pytest.mark.slow
def test_an_alias_bomb_ends_soon_and_small() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    files = {"kustomization.yaml": "resources: [r.yaml]", "r.yaml": "\n".join(lines)}

    tracemalloc.start()
    message = failure(tree(**files))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert "aliases add more than" in message
    assert peak < 100 << 20
