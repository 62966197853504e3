from __future__ import annotations

import pytest

from kustomize_controller.sops.metadata import parsed
from kustomize_controller.sops.value import SopsProblem


def test_keys_are_tried_in_an_order_of_their_own() -> None:
    said = {
        "hc_vault": [{"key_name": "k", "enc": "v"}],
        "kms": [{"arn": "arn:x", "enc": "k", "context": {"a": "b"}}],
        "pgp": [{"fp": "ABC", "enc": "p"}],
        "age": [{"recipient": "age1x", "enc": "a"}, "nonsense"],
        "mac": "ENC[...]",
    }

    metadata = parsed(said)

    [group] = metadata.groups
    assert [str(key) for key in group] == [
        "age key age1x",
        "pgp key ABC",
        "kms key arn:x",
        "hc_vault key k",
    ]
    assert group[2].context == {"a": "b"}
    assert metadata.threshold == 1
    assert (metadata.rule, metadata.pattern) == ("unencrypted_suffix", "_unencrypted")


def test_groups_have_a_threshold() -> None:
    groups = [{"age": [{"recipient": name, "enc": "x"}]} for name in "abc"]

    assert parsed({"key_groups": groups}).threshold == 3
    assert parsed({"key_groups": groups, "shamir_threshold": 2}).threshold == 2
    assert parsed({"key_groups": groups, "shamir_threshold": "2"}).threshold == 2


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        {"encrypted_regex": "a", "encrypted_suffix": "b"},
        {"shamir_threshold": 4},
        {"shamir_threshold": -1},
        {"shamir_threshold": "many"},
        {"age": [{"recipient": "x", "enc": "y"}] * 201},
    ],
)
def test_what_contradicts_itself_is_refused(said: object) -> None:
    with pytest.raises(SopsProblem):
        parsed(said)
