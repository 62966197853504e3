"""What we pack is what Helm packs, and the same chart is always the same archive."""

from __future__ import annotations

import gzip
import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from shared.manifest.tree import Tree
from source_controller.helm.archive import Limits, Reader
from source_controller.helm.chart import Chart, chart_of
from source_controller.helm.directory import files_of
from source_controller.helm.packing import packing
from source_controller.helm.problem import ChartProblem
from tests.fake.helm_repository import chart_files, packed
from tests.peers import peer

INNER = chart_files("inner", "0.2.0")
LOCK = """
dependencies:
- name: inner
  repository: ""
  version: 0.2.0
digest: sha256:abc
generated: "2026-01-02T03:04:05.6+01:00"
"""
WHOLE = {
    **chart_files(
        "web", "1.0.0", description="a: b", keywords=["yes", "1"], annotations={"b": "~"}
    ),
    "values.schema.json": "{}",
    "Chart.lock": LOCK,
    "crds/crd.yaml": "kind: CustomResourceDefinition\n",
    "templates/sub/deep.yaml": "x: y\n",
    ".helmignore": "*.tmp\nci/\n",
    "a.tmp": "left out",
    "ci/values.yaml": "left out",
    "charts/inner-0.2.0.tgz": packed("inner", INNER),
    "charts/inner-0.2.0.tgz.prov": "a signature",
    f"charts/{'long' * 40}/Chart.yaml": "{name: long, version: 0.1.0}",
    "charts/_ignored/Chart.yaml": "not read",
}
OLD = {
    "Chart.yaml": "name: old\nversion: 1.0.0\n",
    "values.yaml": "a: b\n",
    "requirements.yaml": "dependencies: [{name: inner, version: 0.2.0}]\n",
    "requirements.lock": LOCK,
    "charts/inner/Chart.yaml": "{name: inner, version: 0.2.0}",
}


def loaded(files: dict[str, str | bytes]) -> Chart:
    tree = Tree(
        {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    )
    reader = Reader(Limits())
    return chart_of(files_of(tree, "", reader), reader)


def archive(chart: Chart) -> bytes:
    made = io.BytesIO()
    packing(chart)(made)
    return made.getvalue()


def contents(data: bytes) -> dict[str, tuple[int, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(data)) as file:
        return {
            entry.name: (entry.mode, file.extractfile(entry).read())  # type: ignore[union-attr]
            for entry in file.getmembers()
        }


@pytest.mark.parametrize("files", [WHOLE, OLD], ids=["a chart of today", "one of Helm 2"])
def test_the_archive_holds_what_helm_packs_to_the_byte(files, tmp_path: Path):
    helm = peer("helm")
    for path, text in files.items():
        file = tmp_path / "chart" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
    subprocess.run([helm, "package", "chart"], cwd=tmp_path, check=True, capture_output=True)
    (theirs,) = tmp_path.glob("*.tgz")

    ours = archive(loaded(files))

    assert contents(ours) == contents(theirs.read_bytes())


def test_the_archive_is_always_the_same_and_carries_helm_s_mark():
    first, second = archive(loaded(WHOLE)), archive(loaded(WHOLE))

    assert first == second
    assert first[:4] == b"\x1f\x8b\x08\x14"
    assert b"+aHR0cHM6Ly95b3V0dS5iZS96OVV6MWljandyTQo=Helm\0" in first[:64]
    assert gzip.decompress(first)


def test_what_was_packed_can_be_read_again():
    reader = Reader(Limits())

    again = chart_of(reader.files(archive(loaded(WHOLE))), reader)

    assert again.metadata == loaded(WHOLE).metadata
    assert [one.name for one in again.within] == ["inner", "long"]


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"values.yaml": "a: ["}, r"cannot load values.yaml"),
        ({"charts/README.md": "x"}, "error unpacking subchart README.md in web: no 'Chart.yaml'"),
        (
            {"charts/a.tgz": "x"},
            r"error unpacking subchart a.tgz in web: the archive ends too early",
        ),
        ({"charts/a.tgz/b": "x"}, "is a directory"),
        ({"Chart.lock": "generated: today"}, "cannot load 'Chart.lock': generated is no time"),
        ({"charts/a/Chart.yaml": "{name: ../x, version: 1.0.0}"}, "is invalid"),
    ],
)
def test_a_chart_that_cannot_be_read_is_named(files, why):
    with pytest.raises(ChartProblem, match=why):
        loaded({**chart_files("web", "1.0.0"), **files})


def test_a_schema_that_is_no_json_is_not_packed():
    with pytest.raises(ChartProblem, match=r"invalid JSON in values.schema.json"):
        packing(loaded({**chart_files("web", "1.0.0"), "values.schema.json": "a: b"}))


def test_charts_in_one_another_have_an_end():
    data = packed("web", chart_files("web", "1.0.0"))
    for _ in range(25):
        data = packed("web", {**chart_files("web", "1.0.0"), "charts/a.tgz": data})

    with pytest.raises(ChartProblem, match="more than 20 charts in one another"):
        loaded({**chart_files("web", "1.0.0"), "charts/a.tgz": data})
