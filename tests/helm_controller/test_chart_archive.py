"""The archive of a chart without its schemas."""

from __future__ import annotations

import io
import tarfile

import pytest

from helm_controller.chart_archive import without_schemas
from helm_controller.problem import HelmError
from tests.helm_controller.cases import archive


def names(packed: bytes) -> list[str]:
    """The paths in an archive."""
    with tarfile.open(fileobj=io.BytesIO(packed)) as read:
        return read.getnames()


def test_schemas_of_a_chart_and_its_subcharts_are_taken_out_and_others_stay():
    chart = archive(
        {
            "values.schema.json": "{}",
            "charts/sub/values.schema.json": "{}",
            "files/values.schema.json": "{}",
        }
    )

    assert names(without_schemas(chart)) == ["demo/Chart.yaml", "demo/files/values.schema.json"]


def test_packed_subcharts_are_opened():
    inner = archive({"values.schema.json": "{}"}, name="sub")

    bare = without_schemas(archive({"charts/sub-1.0.0.tgz": inner}))

    with tarfile.open(fileobj=io.BytesIO(bare)) as read:
        packed = read.extractfile("demo/charts/sub-1.0.0.tgz")
        assert packed is not None
        assert names(packed.read()) == ["sub/Chart.yaml"]


@pytest.mark.parametrize(
    "broken",
    [b"", b"text", archive({"a": "b" * 100})[:60]],
    ids=["nothing", "text", "cut off"],
)
def test_what_is_no_archive_is_refused(broken: bytes):
    with pytest.raises(HelmError, match="cannot be read"):
        without_schemas(broken)
