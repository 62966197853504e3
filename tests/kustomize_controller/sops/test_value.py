from __future__ import annotations

import pytest

from kustomize_controller.sops.value import SopsProblem, Timestamp, mac_text, named


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("text", b"text"),
        ("\udcff", b"\xff"),
        (42, b"42"),
        (True, b"True"),
        (False, b"False"),
        (1.5, b"1.5"),
        (1e6, b"1000000"),
        (1e-7, b"0.0000001"),
        (1.0, b"1"),
        (float("inf"), b"+Inf"),
        (float("nan"), b"NaN"),
        (Timestamp("2001-12-14T00:00:00Z"), b"2001-12-14T00:00:00Z"),
    ],
)
def test_what_a_value_adds_to_a_mac(value: object, text: bytes) -> None:
    assert mac_text(value) == text


def test_a_place_is_put_before_what_is_wrong_there() -> None:
    with pytest.raises(SopsProblem, match=r"^a\.yaml: is broken$") as problem, named("a.yaml"):
        raise SopsProblem("is broken")

    assert problem.value.__cause__ is None
