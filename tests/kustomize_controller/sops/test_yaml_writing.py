from __future__ import annotations

import pytest

from kustomize_controller.sops.value import Comment, SopsProblem
from kustomize_controller.sops.yaml_writing import emitted


def test_a_document_is_written_as_sops_does() -> None:
    branch = {
        Comment(" top"): None,
        "a": {"b": [1, [2, 3], {"c": "x", "d": {"e": True}}], Comment(" end"): None},
        "f": "one\ntwo\n",
        "g": "yes",
        "h": 1.5,
        "i": None,
        "j": {},
        "k": [Comment(" alone")],
    }

    assert emitted([branch]).decode() == (
        "# top\na:\n    b:\n        - 1\n        - - 2\n          - 3\n        - c: x\n"
        "          d:\n            e: true\n    # end\nf: |\n    one\n    two\n"
        'g: "yes"\nh: 1.5\ni: null\nj: {}\nk: []\n'
    )


def test_nothing_is_a_document_too() -> None:
    assert emitted([{}, {"a": 1}]) == b"{}\n---\na: 1\n"


def test_what_yaml_cannot_hold_is_refused() -> None:
    with pytest.raises(SopsProblem):
        emitted([{"a": "\udcff"}])
