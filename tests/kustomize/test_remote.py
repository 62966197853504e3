"""Bases and files from outside of the tree."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from kustomize.build import Build, BuildError, Options, build
from kustomize.rebuild import rebuild
from kustomize.remote import SECONDS, Fetched, Repository, repository_of
from shared.manifest.tree import Tree
from tests.kustomize.conformance import ROOT

FORMS = json.loads((ROOT / "tests/data/kustomize/repositories.json").read_text())
CM = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\n"
URL = "https://git.example.com/org/repo"


@dataclass(slots=True)
class FakeRemotes:
    """Repositories by URL and reference, and files by URL. Remembers what it was asked for."""

    repositories: Mapping[tuple[str, str], Fetched] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def repository(self, repository: Repository) -> Fetched:
        self.asked.append(repository.spelled)
        try:
            return self.repositories[repository.url, repository.ref]
        except KeyError:
            raise BuildError(f"no repository at {repository.url}") from None

    def file(self, url: str) -> bytes:
        self.asked.append(url)
        if url not in self.files:
            raise BuildError(f"HTTP Error: 404 for {url}")
        return self.files[url]


def tree(**files: str) -> Tree:
    return Tree({path.replace("__", "/") + ".yaml": text.encode() for path, text in files.items()})


REPOSITORY = Fetched(
    tree(
        a__kustomization="resources: [../b, cm.yaml]\nnamePrefix: far-\n",
        a__cm=CM % "a",
        b__kustomization="resources: [cm.yaml]\n",
        b__cm=CM % "b",
    ),
    "sha1:1",
)


def remotes(*, repository: Fetched = REPOSITORY, **files: str) -> FakeRemotes:
    by_url = {f"https://x/{name}.yaml": text.encode() for name, text in files.items()}
    return FakeRemotes({(URL, "v1"): repository}, by_url)


def built(fake: FakeRemotes | None, kustomization: str) -> Build:
    return build(tree(top__kustomization=kustomization), "top", Options(remotes=fake))


def names(result: Build) -> list[object]:
    return [each["metadata"]["name"] for each in result.manifests]  # type: ignore[index]


@pytest.mark.parametrize(("spelled", "wanted"), FORMS, ids=[form for form, _ in FORMS])
def test_the_forms_of_repositories_are_those_of_kustomize(
    spelled: str, wanted: list[str] | None
) -> None:
    found = repository_of(spelled)

    assert (found and [found.url, found.directory, found.ref]) == wanted


@pytest.mark.parametrize(
    ("query", "seconds", "submodules"),
    [
        ("", SECONDS, True),
        ("timeout=61", 61, True),
        ("timeout=1m30s", 90, True),
        ("timeout=-1", SECONDS, True),
        ("timeout=0s", SECONDS, True),
        ("timeout=soon&submodules=maybe", SECONDS, True),
        ("submodules=0", SECONDS, False),
        ("submodules=false&timeout=250ms", 0.25, False),
        ("a;submodules=false", SECONDS, True),
    ],
)
def test_the_query_says_how_to_fetch(query: str, seconds: float, submodules: bool) -> None:
    found = repository_of(f"{URL}?{query}")

    assert found is not None
    assert (found.seconds, found.submodules) == (seconds, submodules)


def test_a_remote_base_is_built_where_it_is() -> None:
    result = built(remotes(), f"resources: ['{URL}//a?ref=v1']\nnameSuffix: -near\n")

    assert names(result) == ["far-a-near", "far-b-near"]
    assert result.readings.remotes == {f"{URL}//a?ref=v1": "sha1:1"}


def test_a_remote_component_and_a_file_by_its_url_are_taken_too() -> None:
    component = Fetched(tree(c__kustomization="kind: Component\nnamePrefix: c-\n"), "sha1:2")

    result = built(
        remotes(repository=component, y=CM % "y"),
        f"resources: ['https://x/y.yaml']\ncomponents: ['{URL}//c?ref=v1']\n",
    )

    assert names(result) == ["c-y"]
    assert result.readings.remotes["https://x/y.yaml"].startswith("file@")


def test_a_place_is_fetched_once_in_a_build() -> None:
    fake = remotes()
    spelled = f"git::{URL}//a?ref=v1"

    with pytest.raises(BuildError, match="may not add resource with an already registered id"):
        built(fake, f"resources: ['{spelled}', '{spelled}']\n")

    assert fake.asked == [spelled]


def test_nothing_is_fetched_unless_it_is_allowed() -> None:
    for resource in (f"{URL}//a?ref=v1", "https://x/y.yaml", "git@h:o/r", "gh:o/r", "oci://h/r"):
        with pytest.raises(BuildError, match=r"remote .* are not allowed"):
            built(None, f"resources: ['{resource}']\n")


def test_what_cannot_be_fetched_is_told_with_both_ways_that_were_tried() -> None:
    with pytest.raises(BuildError, match=r"HTTP Error: 404 .* no repository at"):
        built(remotes(), f"resources: ['{URL}?ref=none']\n")
    with pytest.raises(BuildError, match=r"HTTP Error: 404 for https://x/y.yaml$"):
        built(remotes(), "resources: ['https://x/y.yaml']\n")


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ("../../near", "leads out of the tree"),
        ("/near", "cannot be absolute"),
        (f"{URL}//a?ref=v1", "cycle detected: URI"),
        (".", "cycle detected: candidate root"),
        ("../cm.yaml", "security; file 'https://git.example.com/org/repo//cm.yaml' is not in"),
    ],
)
def test_what_was_fetched_stays_within_its_repository(resource: str, message: str) -> None:
    hostile = Fetched(tree(a__kustomization=f"resources: ['{resource}']", cm=CM % "x"), "sha1:3")
    fake = remotes(repository=hostile)

    with pytest.raises(BuildError, match=message.replace(".", r"\.")):
        build(
            tree(top__kustomization=f"resources: ['{URL}//a?ref=v1']\n", near__cm=CM % "n"),
            "top",
            Options(remotes=fake, anywhere=True, mounted="/"),
        )


def test_origins_name_the_repository() -> None:
    result = built(
        remotes(),
        f"resources: ['{URL}//a?ref=v1']\nbuildMetadata: [originAnnotations]\n",
    )

    origins = [
        each["metadata"]["annotations"]["config.kubernetes.io/origin"]  # type: ignore[index]
        for each in result.manifests
    ]
    assert origins == [
        f"path: a/cm.yaml\nrepo: {URL}\nref: v1\n",
        f"path: b/cm.yaml\nrepo: {URL}\nref: v1\n",
    ]


def test_readings_hold_while_the_remote_stays_where_it_is() -> None:
    text = f"resources: ['{URL}//a?ref=v1', 'https://x/y.yaml']\n"
    here = tree(top__kustomization=text)
    readings = built(remotes(y=CM % "y"), text).readings
    moved = remotes(repository=replace(REPOSITORY, revision="sha1:4"), y=CM % "y")

    assert readings.still_hold(here, remotes(y=CM % "y"))
    assert not readings.still_hold(here, moved)
    assert not readings.still_hold(here, remotes(y=CM % "z"))
    assert not readings.still_hold(here, remotes())
    assert not readings.still_hold(here)


def test_a_rebuild_asks_the_remote_again() -> None:
    text = f"resources: ['{URL}//a?ref=v1']\n"
    fake = remotes()
    before = built(fake, text)
    other = Fetched(tree(a__kustomization="resources: [cm.yaml]", a__cm=CM % "new"), "sha1:5")

    assert rebuild(before, tree(top__kustomization=text)) is before
    fake.repositories = {(URL, "v1"): other}

    assert names(rebuild(before, tree(top__kustomization=text))) == ["new"]
