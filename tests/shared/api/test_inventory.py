"""What a Kustomization applied, as its status lists it."""

from __future__ import annotations

import pytest

from shared.api.inventory import Inventory, InventoryEntry
from shared.api.parsing import MalformedObject, parse


def test_entries_are_read_and_written_as_they_were():
    wire = {"entries": [{"id": "apps_web__ConfigMap", "v": "v1"}]}

    inventory = parse(Inventory, wire)

    assert inventory == Inventory(entries=(InventoryEntry(id="apps_web__ConfigMap", v="v1"),))
    assert inventory.model_dump(mode="json", by_alias=True, exclude_none=True) == wire


def test_what_an_entry_has_beside_is_left_out():
    inventory = parse(Inventory, {"entries": [{"id": "apps_web__ConfigMap", "v": "v1", "x": 1}]})

    assert inventory.entries == (InventoryEntry(id="apps_web__ConfigMap", v="v1"),)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"id": 3, "v": "v1"}, r"entries\[0\]\.id: Input should be a valid string"),
        ({"id": "apps_web__ConfigMap"}, r"entries\[0\]\.v: Field required"),
    ],
)
def test_an_entry_of_another_shape_is_named(entry: dict[str, object], said: str):
    with pytest.raises(MalformedObject, match=said):
        parse(Inventory, {"entries": [entry]})


def test_an_entry_takes_no_more_room_than_its_two_fields():
    assert not hasattr(InventoryEntry(id="apps_web__ConfigMap", v="v1"), "__dict__")
