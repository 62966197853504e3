from __future__ import annotations

import pytest

from kustomize_controller.sops.flat import nested
from kustomize_controller.sops.value import SopsProblem


def test_flat_keys_mean_mappings_and_lists() -> None:
    flat = {
        "age__list_1__map_enc": "two\\nlines",
        "age__list_0__map_enc": "one",
        "mac": "x",
        "kms__list_0__map_context__map_a": "b",
        "key_groups__list_0__map_age__list_0__map_enc": "deep",
    }

    assert nested(flat) == {
        "age": [{"enc": "one"}, {"enc": "two\nlines"}],
        "mac": "x",
        "kms": [{"context": {"a": "b"}}],
        "key_groups": [{"age": [{"enc": "deep"}]}],
    }


@pytest.mark.parametrize(
    "flat",
    [{"a": "x", "a__map_b": "y"}, {f"a{number}": "" for number in range(2000)}],
    ids=["contradiction", "too much"],
)
def test_nonsense_is_refused(flat: dict[str, str]) -> None:
    with pytest.raises(SopsProblem):
        nested(flat)


def test_large_numbers_make_no_large_lists() -> None:
    assert nested({"a__list_9999__map_b": "x"}) == {"a": [{"b": "x"}]}
    assert nested({"a__list_99999999__map_b": "x"}) == {"a__list_99999999": {"b": "x"}}
