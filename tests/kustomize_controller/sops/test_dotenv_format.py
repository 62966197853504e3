from __future__ import annotations

import pytest

from kustomize_controller.sops.dotenv_format import emitted, loaded
from kustomize_controller.sops.value import SopsProblem


def test_variables_comments_and_metadata_are_read() -> None:
    [found] = loaded(b"# a\nA=1=2\nB=x\\ny\n\nsops_mac=ENC[x]\nsops_age__list_0__map_enc=k\\n\n")

    comment, *_ = found
    assert comment.text == " a"
    assert (found["A"], found["B"]) == ("1=2", "x\ny")
    assert found["sops"] == {"mac": "ENC[x]", "age": [{"enc": "k\n"}]}


def test_they_are_written_as_they_were() -> None:
    text = b"# a\nA=1=2\nB=x\\ny\n"

    assert emitted(loaded(text)) == text


def test_a_line_without_a_variable_is_refused_and_not_quoted() -> None:
    with pytest.raises(SopsProblem, match="line 2") as refusal:
        loaded(b"A=1\nCANARY\n")

    assert "CANARY" not in str(refusal.value)


@pytest.mark.parametrize("value", [1, None, ["x"], {"a": "b"}])
def test_only_text_is_written(value: object) -> None:
    with pytest.raises(SopsProblem, match="A: only text"):
        emitted([{"A": value}])
