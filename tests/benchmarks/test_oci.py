"""What is in the registry of the benchmark."""

from __future__ import annotations

from benchmarks.oci import FILES, layer, names, repository
from shared.artifact.archive import read
from shared.manifest.identity import section


def test_each_artifact_is_another_one_of_ten_files():
    first, second = (read(layer(name).content) for name in names(2))

    assert len(first) == len(second) == FILES
    assert all(first[path] != second[path] for path in first)


def test_all_follow_a_tag_and_look_at_it_once_an_interval():
    spec = section(repository("app-0000", "oci://registry/app-0000"), "spec")

    assert (spec["ref"], spec["interval"]) == ({"tag": "latest"}, "60s")
