"""What the scenarios with a real API server commit."""

from __future__ import annotations

from collections import Counter

from benchmarks.kustomization import is_later, objects, said
from benchmarks.monorepo import names, plain, repository
from kustomize.build import build
from shared.manifest.identity import Manifest, section
from shared.manifest.tree import Tree


def built(files: dict[str, str], directory: str = "apps") -> list[Manifest]:
    tree = Tree({path: text.encode() for path, text in files.items()})
    return list(build(tree, directory).manifests)


def test_as_many_objects_as_were_asked_for_say_something_new() -> None:
    def words(files: dict[str, str]) -> list[object]:
        return [section(manifest, "data")["is"] for manifest in built(files)]

    assert words(objects(3)) == ["old"] * 3
    assert words(objects(3, changed=1)) == ["new", "old", "old"]


def test_an_application_is_four_objects_of_which_one_says_a_word() -> None:
    files = repository(names(2), changed=["app-0001"])

    for name, word in (("app-0000", "old"), ("app-0001", "new")):
        manifests = built(files, name)
        kinds = Counter(str(each["kind"]) for each in manifests)
        assert kinds == dict.fromkeys(("ConfigMap", "Deployment", "Service", "ServiceAccount"), 1)
        assert [said(word, each) for each in manifests].count(True) == 1


def test_a_plain_application_is_four_of_a_kind_of_which_one_says_a_word() -> None:
    files = repository(names(1), shape=plain)

    assert [said("old", each) for each in built(files, "app-0000")].count(True) == 1
    assert {each["kind"] for each in built(files, "app-0000")} == {"ConfigMap"}
    assert len(built(files, "app-0000")) == 4


def test_what_was_done_to_an_object_is_told_from_what_was_before() -> None:
    before, after = ({"metadata": {"resourceVersion": version}} for version in ("9", "10"))

    assert is_later(after, before)
    assert not is_later(before, before)
