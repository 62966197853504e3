"""`penstock helm template` beside what the `helm` command prints."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from cli.__main__ import penstock
from helm_controller.engine_program import PLACE
from tests.helm_controller.cases import RECORDED, archive, arguments, recorded
from tests.helm_controller.engines import ENGINES, program
from tests.peers import peer

pytestmark = pytest.mark.slow
SCHEMA = '{"properties": {"n": {"type": "integer"}}}'
CHART = archive(
    {
        "crds/a.yaml": "kind: CustomResourceDefinition\nmetadata: {name: '{{ raw }}'}\n",
        "values.schema.json": SCHEMA,
        "values.yaml": "n: 1\nbig: 1000000\n",
        "templates/a.yaml": """\
kind: ConfigMap
metadata: {name: a, namespace: {{ .Release.Namespace }}}
data:
  up: '{{ .Release.IsUpgrade }}'
  v: {{ .Values | toJson | quote }}
  kube: {{ .Capabilities.KubeVersion | quote }}
  x: '{{ .Capabilities.APIVersions.Has "x/v1" }}'
  y: '{{ .Capabilities.APIVersions.Has "y/v1" }}'
""",
        "templates/b.yaml": """\
kind: Pod
metadata: {name: t, annotations: {helm.sh/hook: test}}
---
kind: Job
metadata: {name: j, annotations: {helm.sh/hook: pre-install}}
""",
        "templates/c.yaml": "kind: Namespace\nmetadata: {name: first}\n\n\n",
    }
)
FLAGS = {
    "nothing": [],
    "a namespace": ["-n", "apps"],
    "definitions": ["--include-crds"],
    "no tests": ["--skip-tests"],
    "an upgrade": ["--is-upgrade"],
    "a cluster": ["--kube-version", "1.31.2", "-a", "x/v1,y/v1"],
    "a cluster's versions one by one": ["-a", "x/v1", "--api-versions", "y/v1"],
    "a schema that does not hold": ["--set", "n=text"],
    "no schema": ["--set", "n=text", "--skip-schema-validation"],
    "values of all kinds": [
        "--set", "a.b[1]={x,2}", "--set-string", "s=1", "--set-json", 'j={"k":[null]}',
        "--set-literal", "l=a,b",
    ],
    "a key that says nothing": ["--set", "a"],
    "a cluster that is none": ["--kube-version", "new"],
}  # fmt: skip


def template(*arguments: str, stdin: str = "", engine: str = "library") -> Result:
    """Run `penstock helm template`, with an engine."""
    line = ["helm", "template", "--helm-engine", engine, *arguments]
    place = {PLACE: program(engine).words[0]} if engine == "helper" else {}
    return CliRunner().invoke(penstock, line, input=stdin, env=place)


def documents(printed: str) -> list[object]:
    """The documents of a text, every scalar as it is written."""
    return list(yaml.load_all(printed, yaml.CBaseLoader))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", recorded("helm", "expected.yaml"))
def test_what_helm_printed_is_printed(case: Path, engine: str):
    done = template(*arguments(case), engine=engine)

    assert done.exit_code == 0, done.output
    assert documents(done.stdout) == documents((case / "expected.yaml").read_text())


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", recorded("helm", "expected.error"))
def test_what_helm_refused_is_refused_in_its_words(case: Path, engine: str):
    done = template(*arguments(case), engine=engine)

    said = done.stderr.replace(str(case / "chart"), "CHART")
    expected = (case / "expected.error").read_text()
    if json.loads((case / "args.json").read_text()).get("errorLinesUnordered"):
        said, expected = lines_sorted(said), lines_sorted(expected)
    assert (done.exit_code, said.strip()) == (1, expected.strip())


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("flags", FLAGS.values(), ids=FLAGS)
def test_helm_does_the_same_with_the_same_flags(flags: list[str], tmp_path: Path, engine: str):
    helm = peer("helm")
    chart = tmp_path / "demo-1.0.0.tgz"
    chart.write_bytes(CHART)
    line = ["r", str(chart), *(flags if "--kube-version" in flags else [*flags, *CLUSTER])]

    theirs = subprocess.run([helm, "template", *line], capture_output=True, text=True)
    ours = template(*line, engine=engine)

    assert (ours.exit_code, ours.stderr.strip()) == (theirs.returncode, theirs.stderr.strip())
    assert documents(ours.stdout) == documents(theirs.stdout)


CLUSTER = ["--kube-version", "v1.33.1"]
"""The two have other ideas of a cluster that nobody told them of."""


def test_values_come_from_files_and_from_standard_input(tmp_path: Path):
    (tmp_path / "demo.tgz").write_bytes(CHART)
    (tmp_path / "a.yaml").write_text("a: {p: 1, q: 1}\nsize: 5\n")
    line = ["r", str(tmp_path / "demo.tgz"), "-f", str(tmp_path / "a.yaml"), "-f", "-"]

    done = template(*line, stdin="a: {q: 2}\n")

    (config,) = [one for one in documents(done.stdout) if one["kind"] == "ConfigMap"]
    values = json.loads(config["data"]["v"])
    assert (values["a"], values["size"]) == ({"p": 1, "q": 2}, 5)


def test_a_file_of_values_that_is_not_yaml_is_told(tmp_path: Path):
    (tmp_path / "demo.tgz").write_bytes(CHART)
    (tmp_path / "a.yaml").write_text("a: [1\n")

    done = template("r", str(tmp_path / "demo.tgz"), "-f", str(tmp_path / "a.yaml"))

    assert done.exit_code == 1
    assert f"failed to parse {tmp_path / 'a.yaml'}" in done.stderr


def test_a_chart_that_is_not_there_is_a_wrong_command_line():
    assert template("r", "nowhere").exit_code == 2


def test_a_nasty_chart_ends_in_an_error_without_a_traceback():
    chart = RECORDED / "helm-nasty" / "rec-tpl"
    if not chart.exists():
        pytest.skip(f"no recorded cases in {chart}")

    done = template("r", str(chart))

    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.output


def lines_sorted(text: str) -> str:
    """A text whose order Helm leaves to chance."""
    return "\n".join(sorted(text.strip().splitlines()))
