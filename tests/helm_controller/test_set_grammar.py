"""The grammar of `--set` and its kin, as a table that the `helm` command agrees with."""

from __future__ import annotations

import copy
import json
import subprocess
from pathlib import Path

import pytest
import yaml

from helm_controller.problem import HelmError
from helm_controller.set_grammar import apply
from helm_controller.values import FLAGS, Settings, values_of
from tests.helm_controller.cases import archive
from tests.peers import peer

CASES = json.loads((Path(__file__).parents[1] / "data/helm/set.json").read_text())
FILES = {"a.txt": "text, with a comma\n"}


def read(path: str) -> str:
    """A file of those that there are."""
    if path not in FILES:
        raise HelmError("values", f"{path} is not there")
    return FILES[path]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_an_expression_sets(case: dict):
    before = case.get("values", {})
    untouched = copy.deepcopy(before)
    settings = Settings(**{case["mode"]: (case["expression"],)})

    if "error" in case:
        with pytest.raises(HelmError) as refused:
            values_of([before], settings)
        assert str(refused.value) == case["error"]
    else:
        assert values_of([before], settings) == case["expect"]
    assert before == untouched


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_helm_agrees_with_the_table(case: dict, tmp_path: Path):
    helm = peer("helm")
    chart = tmp_path / "demo.tgz"
    chart.write_bytes(archive({"templates/a.yaml": "v: {{ .Values | toJson | quote }}\n"}))
    given = tmp_path / "values.yaml"
    given.write_text(json.dumps(case.get("values", {})))
    command = [helm, "template", "r", chart, "-f", given, FLAGS[case["mode"]], case["expression"]]

    done = subprocess.run(command, capture_output=True, text=True)

    if "error" in case:
        assert done.stderr.strip() == f"Error: {case['error']}"
    else:
        assert json.loads(yaml.safe_load(done.stdout)["v"]) == case["expect"]


def test_values_can_be_the_texts_of_files():
    values = values_of([], Settings(file=("a=a.txt,b={a.txt}",)), read)

    assert values == {"a": FILES["a.txt"], "b": [FILES["a.txt"]]}


def test_a_file_that_is_not_there_is_told():
    with pytest.raises(HelmError, match=r"failed parsing --set-file data: b\.txt is not there"):
        values_of([], Settings(file=("a=b.txt",)), read)


def test_an_expression_can_be_set_on_values_at_hand():
    """As Flux does for `targetPath`."""
    values: dict[str, object] = {"a": {"b": 1}}

    apply(values, "a.c[0]=x", "typed")

    assert values == {"a": {"b": 1, "c": ["x"]}}
