from __future__ import annotations

import json
from pathlib import Path

import pytest

from source_controller.helm.location import (
    check_dependency,
    index_of,
    normalised,
    resolved,
)
from source_controller.helm.problem import InvalidUrl

DATA = json.loads((Path(__file__).parents[2] / "data/source/helm_locations.json").read_text())


@pytest.mark.parametrize(("url", "expected"), DATA["normalised"])
def test_repositories_are_compared_in_one_form(url, expected):
    assert normalised(url) == expected


@pytest.mark.parametrize(("url", "expected"), DATA["index"])
def test_the_index_is_below_the_url(url, expected):
    assert index_of(url) == expected


@pytest.mark.parametrize(("base", "reference", "expected"), DATA["resolved"])
def test_charts_are_on_the_web_or_nowhere(base, reference, expected):
    if expected is None:
        with pytest.raises(InvalidUrl):
            resolved(base, reference)
    else:
        assert resolved(base, reference) == expected


@pytest.mark.parametrize(("url", "allowed"), DATA["dependency"])
def test_dependencies_come_from_repositories(url, allowed):
    if allowed:
        check_dependency(url)
    else:
        with pytest.raises(InvalidUrl):
            check_dependency(url)


def test_a_url_that_is_none_is_shown_without_its_password():
    with pytest.raises(InvalidUrl) as caught:
        normalised("https://ada:c4n4ry@example.org:99999/")

    assert "c4n4ry" not in str(caught.value)
