from __future__ import annotations

import pytest

from kustomize_controller.sops.json_format import binary, emitted, loaded
from kustomize_controller.sops.value import Comment, SopsProblem


def test_numbers_and_signs_are_written_as_go_does() -> None:
    branch = {
        "a": 1.0, "b": 1e21, "c": 1e-7, "d": 0.000001, "e": 12345678, "f": "<&>\u2028ä",
        Comment("x"): None, "g": [Comment("y"), True, None], "h": {}, "i": [],
    }  # fmt: skip

    assert emitted([branch]).decode() == (
        '{\n\t"a": 1,\n\t"b": 1e+21,\n\t"c": 1e-7,\n\t"d": 0.000001,\n\t"e": 12345678,\n'
        '\t"f": "\\u003c\\u0026\\u003e\\u2028ä",\n\t"g": [\n\t\ttrue,\n\t\tnull\n\t],\n'
        '\t"h": {},\n\t"i": []\n}\n'
    )


def test_all_numbers_are_floats_to_go() -> None:
    assert loaded(b'{"a": 9007199254740993}') == [{"a": 9007199254740992.0}]


def test_a_binary_file_is_its_data() -> None:
    assert binary([{"data": "\udcff\x00"}]) == b"\xff\x00"


@pytest.mark.parametrize("text", [b"", b"[]", b"1", b"{", b"\xff"])
def test_anything_but_an_object_is_refused(text: bytes) -> None:
    with pytest.raises(SopsProblem):
        loaded(text)


@pytest.mark.parametrize("branches", [[], [{}, {}]])
def test_one_document_is_written_and_not_several(branches) -> None:
    with pytest.raises(SopsProblem):
        emitted(branches)
