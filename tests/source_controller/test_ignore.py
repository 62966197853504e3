from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from source_controller.ignore import MOST_PATTERNS, IgnoreError, rules_of

CASES = json.loads((Path(__file__).parents[1] / "data/source/ignores.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_is_left_out(case):
    files = {path: text.encode() for path, text in case.get("files", {}).items()}
    rules = rules_of(files, case["ignore"])

    assert {path: rules.ignores(path) for path in [*case["out"], *case["in"]]} == {
        **dict.fromkeys(case["out"], True),
        **dict.fromkeys(case["in"], False),
    }


PARTS = st.sampled_from(
    ["a", "b", "*", "**", "*a", "a*", "[ab]", "?", "a**", "", ".a", "*.a", "[", "\\a", "a.b"]
)
LINES = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "!"]),
    st.lists(PARTS, min_size=1, max_size=3).map("/".join),
    st.sampled_from(["", "/"]),
)
PATHS = st.lists(st.sampled_from(["a", "b", "ab", ".a", "a.b", "b.a", "x"]), min_size=1, max_size=4)


@example(lines=["**"], names=["x"], is_directory=False)
@example(lines=["a", "**/"], names=["x", "y"], is_directory=False)
@example(lines=["a/**"], names=["b", "a", "x"], is_directory=False)
@given(lines=st.lists(LINES, min_size=1, max_size=4), names=PATHS, is_directory=st.booleans())
def test_what_is_seen_at_a_glance_is_what_a_look_at_every_pattern_finds(lines, names, is_directory):
    rules = rules_of({}, "\n".join(lines))
    every = (*rules.last, *rules.first)

    found = [one for one in every if one.fits(tuple(names), is_directory=is_directory)]

    ignored = rules.ignores("/".join(names), is_directory=is_directory)
    assert ignored == bool(found and not found[0].takes_back)


def test_a_pattern_for_directories_is_about_the_directory_itself():
    rules = rules_of({}, "build/")

    assert rules.ignores("dir/build", is_directory=True)
    assert not rules.ignores("dir/build")


@pytest.mark.parametrize("pattern", ["*a" * 40, "[ab]*" * 40, "?*" * 60, "**/" * 100 + "b"])
def test_no_pattern_takes_long(pattern):
    rules = rules_of({}, pattern)
    started = time.perf_counter()

    for _ in range(20):
        rules.ignores("a" * 250)
        rules.ignores("/".join(["a"] * 100))

    assert time.perf_counter() - started < 0.2


def test_patterns_are_counted():
    with pytest.raises(IgnoreError, match="more than 10000 ignore patterns"):
        rules_of({".sourceignore": b"x\n" * MOST_PATTERNS}, "y")


def test_the_work_is_bounded():
    rules = rules_of({}, "\n".join(f"{number}.yaml" for number in range(100)))
    rules.comparisons = 50_000_000

    with pytest.raises(IgnoreError, match="too many for the number of files"):
        rules.ignores("a.yaml")


def test_bytes_that_are_no_text_do_no_harm():
    assert not rules_of({".sourceignore": b"\xff\xfe\0"}, None).ignores("a.yaml")
