from __future__ import annotations

import pytest

from kustomize_controller.sops.ini_format import emitted, loaded
from kustomize_controller.sops.value import SopsProblem


def test_sections_keys_and_metadata_are_read() -> None:
    text = b'top = 1\n[a b]\nx: y\nq = "  z "\nr = `#1`\ns = v ; why\n\n[sops]\nmac = ENC[x]\n'

    [found] = loaded(text)

    assert found["DEFAULT"] == {"top": "1"}
    assert [value for value in found["a b"].values() if value] == ["y", "  z ", "#1", "v"]
    assert found["sops"] == {"mac": "ENC[x]"}


def test_they_are_written_aligned() -> None:
    branch = {"DEFAULT": {}, "a": {"x": "1", "long": "#2", "m": "a\nb", "t": True}, "b": {}}

    assert emitted([branch]).decode() == (
        '[a]\nx    = 1\nlong = `#2`\nm    = """a\nb"""\nt    = true\n\n[b]\n'
    )


@pytest.mark.parametrize("text", [b"CANARY", b"[a]\nCANARY\n", b"= CANARY"])
def test_what_is_neither_is_refused_and_not_quoted(text: bytes) -> None:
    with pytest.raises(SopsProblem, match="line") as refusal:
        loaded(text)

    assert "CANARY" not in str(refusal.value)


@pytest.mark.parametrize("branch", [{"a": "x"}, {"a": {"b": ["x"]}}])
def test_only_sections_of_text_are_written(branch) -> None:
    with pytest.raises(SopsProblem, match="only"):
        emitted([branch])
