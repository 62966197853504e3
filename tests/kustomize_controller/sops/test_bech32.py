from __future__ import annotations

import pytest

from kustomize_controller.sops.bech32 import decoded
from kustomize_controller.sops.value import SopsProblem

KEY = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"


def test_a_key_is_a_name_and_bytes() -> None:
    assert decoded(KEY) == ("age-secret-key-", bytes([0x42]) * 32)
    assert decoded(KEY.lower()) == decoded(KEY)


@pytest.mark.parametrize(
    "text",
    ["", "1", "abc", KEY[:-1], KEY[:-1] + "X", KEY.replace("GFP", "gfp", 1), KEY + "b", "a1bio"],
)
def test_a_mistyped_key_is_refused_and_not_quoted(text: str) -> None:
    if text == KEY[:-1] + "X":
        text = KEY[:-1] + "Q"
    with pytest.raises(SopsProblem) as refusal:
        decoded(text)

    assert len(text) < 3 or text not in str(refusal.value)
