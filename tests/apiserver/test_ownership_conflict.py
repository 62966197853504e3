"""What an apply is told when others own its fields."""

from __future__ import annotations

from apiserver.fieldset import fieldset_of
from apiserver.managed_fields import Identity
from apiserver.ownership_conflict import conflicts_of

SIZE = fieldset_of(("f:spec", "f:size"))
BOTH = fieldset_of(("f:spec", "f:size"), ("f:spec", "f:colour"))


def test_one_conflict_is_one_sentence() -> None:
    conflict = conflicts_of({Identity("Update", "edit", "apps/v1"): SIZE})

    assert str(conflict) == (
        'Apply failed with 1 conflict: conflict with "edit" using apps/v1: .spec.size'
    )
    assert conflict.conflicts == (('"edit" using apps/v1', ".spec.size"),)


def test_several_conflicts_are_listed_by_manager() -> None:
    conflict = conflicts_of(
        {Identity("Apply", "b"): SIZE, Identity("Update", "a", "v1", "scale"): BOTH}
    )

    assert str(conflict) == (
        "Apply failed with 3 conflicts: "
        'conflicts with "a" with subresource "scale" using v1:\n'
        "- .spec.colour\n"
        "- .spec.size\n"
        'conflicts with "b":\n'
        "- .spec.size"
    )
