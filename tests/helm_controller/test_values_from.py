from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from helm_controller.problem import HelmError
from helm_controller.values_from import composed
from shared.api.helm_release import HelmRelease
from shared.api.parsing import parse
from shared.manifest.identity import Ref

TABLE = Path(__file__).parents[1] / "data/helm_controller/values_from.yaml"
ROWS = yaml.safe_load(TABLE.read_text())
OF_TEST = {"text", "under"}


@pytest.mark.parametrize("row", [pytest.param(row, id=row["case"]) for row in ROWS])
def test_values_are_put_together(row):
    references, held = [], {}
    names = ["source"] if len(row["from"]) == 1 else [f"source-{n}" for n in range(9)]
    for name, one in zip(names, row["from"], strict=False):
        said = {key: value for key, value in one.items() if key not in OF_TEST}
        references.append({"kind": "ConfigMap", "name": name, **said})
        ref = Ref("", "ConfigMap", "apps", name)
        held[ref] = (
            {one.get("under", "values.yaml"): one["text"].encode()} if "text" in one else None
        )
    spec = {"interval": "1h", "valuesFrom": references, "values": row.get("own", {})}
    hr = parse(HelmRelease, {"metadata": {"name": "demo", "namespace": "apps"}, "spec": spec})

    if "fault" in row:
        with pytest.raises(HelmError) as told:
            composed(hr, held)
        assert row["fault"] in str(told.value)
        return

    assert composed(hr, held) == row["expect"]
    assert dict(hr.spec.values or {}) == row.get("own", {}), "the spec is left as it was"
