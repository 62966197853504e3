from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from kustomize_controller.build import KustomizeBuilder
from kustomize_controller.substitution import Substitution
from shared.api.kustomization import Kustomization
from shared.api.parsing import parse
from shared.manifest.identity import text
from shared.manifest.tree import Tree
from shared.problem import Problem

WEB = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {colour: red}\n"
FILES = {
    "apps/kustomization.yaml": b"resources: [web.yaml]\n",
    "apps/web.yaml": WEB,
    "other/readme.md": b"",
}


def kustomization(name: str = "apps", **spec) -> Kustomization:
    least = {
        "interval": "1m",
        "prune": True,
        "path": "./apps",
        "sourceRef": {"kind": "GitRepository", "name": "apps"},
    }
    meta = {"name": name, "namespace": "flux-system"}
    return parse(Kustomization, {"metadata": meta, "spec": least | spec})


async def test_what_the_spec_says_is_built_in() -> None:
    ks = kustomization(targetNamespace="prod", namePrefix="my-")

    built = await KustomizeBuilder().build(ks, Tree(FILES))

    [manifest] = built.manifests
    assert manifest["metadata"] == {
        "name": "my-web",
        "namespace": "prod",
        "labels": {
            "kustomize.toolkit.fluxcd.io/name": "apps",
            "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
        },
    }


async def test_a_directory_of_plain_manifests_is_built() -> None:
    tree = Tree({"apps/web.yaml": WEB, "apps/deep/empty.yaml": b"# nothing yet\n"})

    built = await KustomizeBuilder().build(kustomization(), tree)

    assert [text(one, "kind") for one in built.manifests] == ["ConfigMap"]


async def test_a_directory_without_manifests_builds_to_nothing() -> None:
    built = await KustomizeBuilder().build(kustomization(), Tree({"apps/readme.md": b""}))

    assert built.manifests == ()


async def test_yaml_that_is_no_manifest_is_named() -> None:
    tree = Tree({"apps/web.yaml": WEB, "apps/values.yaml": b"replicas: 5\n"})

    with pytest.raises(Problem, match=r"values\.yaml"):
        await KustomizeBuilder().build(kustomization(), tree)


async def test_a_file_anywhere_in_the_artifact_may_be_named() -> None:
    tree = Tree({"apps/kustomization.yaml": b"resources: [../web.yaml]\n", "web.yaml": WEB})

    built = await KustomizeBuilder().build(kustomization(), tree)

    assert len(built.manifests) == 1


async def test_what_is_elsewhere_is_never_fetched() -> None:
    tree = Tree({"apps/kustomization.yaml": b"resources: ['https://example.org/x.yaml']\n"})

    with pytest.raises(Problem, match="remote"):
        await KustomizeBuilder().build(kustomization(), tree)


async def test_a_commit_elsewhere_is_the_same_build() -> None:
    builder = KustomizeBuilder()
    first = await builder.build(kustomization(), Tree(FILES))

    second = await builder.build(kustomization(), Tree({**FILES, "other/readme.md": b"new"}))

    assert second is first
    assert builder.builds == 1


@pytest.mark.parametrize(
    "change",
    [
        {"apps/web.yaml": WEB.replace(b"red", b"blue")},
        {"apps/kustomization.yaml": b"resources: [web.yaml]\nnamePrefix: x-\n"},
    ],
    ids=["a file that was read", "the kustomization"],
)
async def test_a_change_of_what_was_read_is_not(change) -> None:
    builder = KustomizeBuilder()
    first = await builder.build(kustomization(), Tree(FILES))

    second = await builder.build(kustomization(), Tree({**FILES, **change}))

    assert second.digest != first.digest


async def test_a_file_that_had_to_be_missing_counts_as_read() -> None:
    builder = KustomizeBuilder()
    await builder.build(kustomization(), Tree(FILES))

    with pytest.raises(Problem, match="kustomization files"):
        await builder.build(kustomization(), Tree({**FILES, "apps/kustomization.yml": b""}))


@pytest.mark.parametrize(
    "spec",
    [
        {"namePrefix": "x-"},
        {"commonMetadata": {"labels": {"a": "b"}}},
        {"path": "./other"},
    ],
)
async def test_nor_is_a_change_of_the_spec(spec) -> None:
    builder = KustomizeBuilder()
    first = await builder.build(kustomization(), Tree(FILES))

    second = await builder.build(kustomization(**spec), Tree(FILES))

    assert second.manifests != first.manifests


async def test_a_file_that_is_new_beside_plain_manifests_is_built() -> None:
    builder = KustomizeBuilder()
    tree = {"apps/web.yaml": WEB}
    await builder.build(kustomization(), Tree(tree))

    more = {**tree, "apps/more.yaml": WEB.replace(b"web", b"more")}
    built = await builder.build(kustomization(), Tree(more))

    assert len(built.manifests) == 2


async def test_two_kustomizations_of_one_directory_are_two_builds() -> None:
    builder = KustomizeBuilder()

    one = await builder.build(kustomization("one"), Tree(FILES))
    two = await builder.build(kustomization("two"), Tree(FILES))

    assert one.digest == two.digest
    assert one.manifests != two.manifests


async def test_memory_is_bounded_in_bytes() -> None:
    builder = KustomizeBuilder(most=100)
    for name in ("one", "two", "one"):
        await builder.build(kustomization(name), Tree(FILES))

    assert builder.builds == 3
    assert builder.bytes <= 100


class Fixed:
    """Plays where variables come from: always the same ones."""

    def __init__(self, **variables: str) -> None:
        self.found: Substitution | None = Substitution(
            {name: value.encode() for name, value in variables.items()}
        )

    async def of(self, _: Kustomization) -> Substitution | None:
        return self.found


COLOURFUL = {**FILES, "apps/web.yaml": WEB.replace(b"red", b'"${colour}"')}


async def test_variables_are_filled_in_before_anything_is_told_of_a_build() -> None:
    ks, tree = kustomization(), Tree(COLOURFUL)

    red = await KustomizeBuilder(Fixed(colour="red")).build(ks, tree)
    blue = await KustomizeBuilder(Fixed(colour="blue")).build(ks, tree)

    assert red.manifests[0]["data"] == {"colour": "red"}
    assert red.digest != blue.digest


async def test_other_values_are_another_build_and_the_same_ones_are_not() -> None:
    variables = Fixed(colour="red")
    builder = KustomizeBuilder(variables)
    await builder.build(kustomization(), Tree(COLOURFUL))
    variables.found = Fixed(colour="red").found
    await builder.build(kustomization(), Tree(COLOURFUL))

    variables.found = Fixed(colour="blue").found
    built = await builder.build(kustomization(), Tree(COLOURFUL))

    assert builder.builds == 2
    assert built.manifests[0]["data"] == {"colour": "blue"}


async def test_what_is_wrong_with_a_variable_names_it_the_object_and_the_file() -> None:
    builder = KustomizeBuilder(Fixed(other="x"))

    with pytest.raises(Problem) as refusal:
        await builder.build(kustomization(), Tree(COLOURFUL))

    assert str(refusal.value) == (
        "post build failed for ConfigMap/web (see apps/web.yaml): "
        'variable not set (strict mode): "colour"'
    )


async def test_a_variable_cannot_take_the_name_of_an_object_away() -> None:
    nameless = {**FILES, "apps/web.yaml": WEB.replace(b"name: web", b'name: "${name}"')}

    with pytest.raises(Problem, match=r"metadata\.name"):
        await KustomizeBuilder(Fixed(name="")).build(kustomization(), Tree(nameless))


async def test_surprises_are_told_once_a_build() -> None:
    base = b"resources: [../apps/web.yaml]\n---\nnamePrefix: lost-\n"
    files = {**FILES, "apps/kustomization.yaml": b"resources: [../base]\n"}
    files["base/kustomization.yaml"] = base
    builder = KustomizeBuilder()

    with capture_logs() as lines:
        await builder.build(kustomization(), Tree(files))
        await builder.build(kustomization(), Tree({**files, "other/new.md": b""}))

    assert [(line["event"], line["path"], line["line"]) for line in lines] == [
        ("build.surprise", "base/kustomization.yaml", 3)
    ]
