from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_controller.generator.glob import globbed, path_test
from source_controller.generator.material import File, Material
from source_controller.generator.problem import CompositionError


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("**", "a", True),
        ("**", "a/b", True),
        ("a/**", "a", True),
        ("a/**", "a/b/c", True),
        ("a/**", "ab", False),
        ("**/b", "b", True),
        ("**/b", "x/y/b", True),
        ("**/b", "xb", False),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a/**/b", "a/xb", False),
        ("a/**/**/b", "a/b", True),
        ("**/**", "a/b", True),
        ("a**b", "axb", True),
        ("a**b", "a/b", False),
        ("*", "a/b", False),
        ("*", "", True),
        ("a?c", "a/c", False),
        ("[ab]", "b", True),
        ("[!ab]", "b", False),
        ("[^ab]", "c", True),
        ("[!a]", "/", True),
        ("a/{b,**}", "a/x/y", True),
        ("[a-c]", "b", True),
        ("\\*", "*", True),
        ("\\*", "x", False),
        ("{a,b}", "b", True),
        ("{a,b/c}", "b/c", True),
        ("{a,{b,c}d}", "cd", True),
        ("x{,y}", "x", True),
        ("{a,**/b}", "x/b", True),
        ("{a/**,b}", "a/x/y", True),
        ("a,b", "a,b", True),
        ("a.b", "axb", False),
        ("", "", True),
        ("", "a", False),
    ],
)
def test_a_path_fits_a_pattern(pattern, path, fits):
    assert path_test(pattern)(path) is fits


@pytest.mark.parametrize(
    "pattern", ["[", "[a", "[]", "[a-", "{a", "a}", "\\", "{a,{b}", "[^]", "[\\", "{" * 60]
)
def test_a_pattern_that_is_malformed_is_refused(pattern):
    with pytest.raises(CompositionError, match="invalid pattern"):
        path_test(pattern)


@given(st.text(st.sampled_from("ab*?[]{},!^\\/-"), max_size=20), st.text("ab/", max_size=10))
def test_any_pattern_is_a_test_or_refused(pattern, path):
    try:
        test = path_test(pattern)
    except CompositionError:
        return
    assert test(path) in {True, False}


@given(st.text(st.sampled_from("ab*?[]{},!^\\/-."), max_size=20))
def test_what_a_pattern_finds_is_there(pattern):
    material = Material({"a/b": File(b""), "b": File(b""), "a-b/a/b": File(b"")})
    try:
        found = globbed(pattern, material)
    except CompositionError:
        return
    assert all(material.is_there(path) for path in found)
