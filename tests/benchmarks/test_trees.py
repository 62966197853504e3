"""The made-up repositories: the same everywhere, of the size that was asked for, buildable."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.trees import OBJECTS, TINY, big
from kustomize.build import build
from shared.manifest.tree import Tree


def tree(files: dict[str, str]) -> Tree:
    return Tree({path: text.encode() for path, text in files.items()})


@pytest.mark.slow
def test_a_tree_has_a_hundred_objects_a_base_and_one_that_is_generated() -> None:
    manifests = build(tree(dict(big(2))), "overlay").manifests

    kinds = Counter(str(each["kind"]) for each in manifests)
    assert kinds == {"ConfigMap": 52, "Deployment": 50, "Service": 50, "ServiceAccount": 50}
    assert len(manifests) == 2 * OBJECTS + 2


def test_the_same_tree_is_made_every_time() -> None:
    assert dict(big(1)) == dict(big(1))


def test_the_tiny_one_has_three() -> None:
    assert len(build(tree(TINY), "overlay").manifests) == 3
