from __future__ import annotations

import json
from pathlib import Path

import pytest

from source_controller.helm.metadata import metadata_of
from source_controller.helm.problem import ChartProblem

CASES = json.loads((Path(__file__).parents[2] / "data/source/helm_metadata.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_a_chart_says_of_itself_is_read_as_helm_reads_it(case):
    files = {"Chart.yaml": case["text"].encode()}
    if "requirements" in case:
        files["requirements.yaml"] = case["requirements"].encode()
    if "refused" in case:
        with pytest.raises(ChartProblem, match=case["refused"]):
            metadata_of(files)
    else:
        assert metadata_of(files).fields == case["fields"]


def test_without_a_chart_file_there_is_no_chart():
    with pytest.raises(ChartProblem, match=r"no 'Chart.yaml' found"):
        metadata_of({"values.yaml": b""})


def test_of_a_dependency_we_know_what_it_is_called():
    needed = b"{name: web, version: 1.0.0, dependencies: [{name: a, alias: b, repository: 'r'}]}"

    (found,) = metadata_of({"Chart.yaml": needed}).dependencies

    assert (found.name, found.known_as, found.repository) == ("a", "b", "r")
