"""Hashes to the last character."""

from __future__ import annotations

import json

import pytest

from kustomize.hash_suffix import add_hashes, go_json, hash_of
from kustomize.resource import Resource
from kustomize.resources import Resources
from kustomize.scope import Scope
from tests.kustomize.conformance import ROOT

CASES = json.loads((ROOT / "tests/data/kustomize/hashes.json").read_text())


@pytest.mark.parametrize(("_name", "manifest", "wanted"), CASES, ids=[case[0] for case in CASES])
def test_a_hash(_name: str, manifest: dict[str, object], wanted: str) -> None:
    assert hash_of(manifest) == wanted


def test_json_is_go_s() -> None:
    assert go_json({"b": "<&>\u2028", "a": ["é", 1]}) == (
        '{"a":["é",1],"b":"\\u003c\\u0026\\u003e\\u2028"}'
    )


def test_only_those_that_want_one_get_a_hash_and_remember_their_name() -> None:
    one, other = (
        Resource({"kind": "ConfigMap", "metadata": {"name": name}}, Scope(), hashed=name == "a")
        for name in "ab"
    )

    add_hashes(Resources([one, other]))

    assert (one.name, other.name) == ("a-6ct58987ht", "b")
    assert [old.name for old in one.previous] == ["a"]
