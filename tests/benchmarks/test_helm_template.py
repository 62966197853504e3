"""The large chart that `helm template` is measured with."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from benchmarks.helm_template import large
from helm_controller.engine import Engine, Limits
from helm_controller.rendering import Order


@pytest.mark.slow
async def test_the_large_chart_makes_as_many_objects_as_were_asked_for(tmp_path: Path) -> None:
    place = large(tmp_path, 40)

    async with Engine(Limits(workers=1)) as engine:
        done = await engine.render(Order(place, "web", "default", {"message": "hello"}))

    found = [each for each in yaml.safe_load_all(done.manifest) if each]
    maps = [each for each in found if each["kind"] == "ConfigMap"]
    assert len(maps) == len({each["metadata"]["name"] for each in maps}) == 40
    assert {each["data"]["message"] for each in maps} == {"HELLO"}
    assert len(found) == 44
