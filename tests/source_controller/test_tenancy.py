"""What a tenant can write in the spec of a source (reliability-security.md N-01)."""

from __future__ import annotations

import pytest

from shared.api.bucket import BucketSpec
from shared.api.git_repository import GitRepositorySpec
from shared.api.helm_chart import HelmChartSpec
from shared.api.helm_repository import HelmRepositorySpec
from shared.api.oci_repository import OciRepositorySpec

SPECS = (BucketSpec, GitRepositorySpec, HelmChartSpec, HelmRepositorySpec, OciRepositorySpec)


@pytest.mark.parametrize("spec", SPECS)
def test_n01_no_reference_of_a_source_leads_out_of_its_namespace(spec):
    schema = spec.model_json_schema(by_alias=True)

    shapes = {spec.__name__: schema, **schema["$defs"]}

    references = {name for name, shape in shapes.items() if "name" in shape.get("properties", {})}
    assert references
    assert [name for name, shape in shapes.items() if "namespace" in shape["properties"]] == []
