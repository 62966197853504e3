from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.manifest.identity import ManifestError, Ref
from shared.manifest.inventory import id_of, ref_of

CASES = json.loads((Path(__file__).parents[2] / "data/manifest/inventory.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_an_object_is_written_down_as_flux_does(case) -> None:
    assert id_of(Ref(*case["ref"], version=case["v"])) == case["id"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_flux_wrote_down_is_read(case) -> None:
    ref = ref_of(case["id"], case["v"])

    assert (ref, ref.version) == (Ref(*case["ref"]), case["v"])


@pytest.mark.parametrize("entry", ["", "apps", "apps_web", "apps_web_apps_", "___", "apps__apps_X"])
def test_an_entry_that_names_no_object_is_refused(entry: str) -> None:
    with pytest.raises(ManifestError, match="inventory entry"):
        ref_of(entry, "v1")
