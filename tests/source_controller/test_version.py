"""The answers in the table are those of Masterminds' semver v3.4.0 itself, as it was asked once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from source_controller.version import Range, Version, version_of_tag

TABLE = json.loads((Path(__file__).parents[1] / "data/source/versions.json").read_text())


@pytest.mark.parametrize("case", TABLE["ranges"], ids=lambda case: repr(case["range"]))
def test_which_versions_are_in_a_range(case):
    if case["matches"] is None:
        with pytest.raises(ValueError, match=r"improper constraint|is no version"):
            Range.parse(case["range"])
    else:
        wanted = Range.parse(case["range"])
        assert [v for v in TABLE["versions"] if wanted.holds(Version.parse(v))] == case["matches"]


@pytest.mark.parametrize("case", TABLE["texts"], ids=lambda case: repr(case["text"]))
def test_which_texts_are_versions(case):
    if case["version"] is None:
        with pytest.raises(ValueError, match="is no version"):
            Version.parse(case["text"])
    else:
        assert Version.parse(case["text"]) == Version.parse(case["version"])


def test_versions_are_put_in_order():
    ordered = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11",
               "1.0.0-rc.1", "1.0.0", "1.0.1", "1.10.0", "2.0.0-0", "2.0.0"]  # fmt: skip

    assert sorted(ordered, key=Version.parse) == ordered


@pytest.mark.parametrize("tag", ["1.2", "v1", "latest", "v1.2.x", "release-1.2.3"])
def test_tags_that_are_no_versions(tag):
    assert version_of_tag(tag) is None


def test_a_tag_with_three_parts_is_a_version():
    assert version_of_tag("v01.2.3") == Version(1, 2, 3)


@pytest.mark.parametrize("text", [">" * 10_000, "1.2.3 " * 1_000, "1" * 10_000])
def test_what_is_too_long_is_not_read(text):
    with pytest.raises(ValueError, match="longer than 512"):
        Range.parse(text)
    with pytest.raises(ValueError, match="is no version"):
        Version.parse(text)
