"""What is done as kustomize does it although it is hardly meant: done, told with file and line, and
named in docs/kustomize.md."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from kustomize.build import Build, build
from kustomize.merge_keys import Schema
from kustomize.merge_surprise import surprises
from kustomize.rebuild import rebuild
from shared.manifest.document import dump
from shared.manifest.tree import Tree
from tests.kustomize.binary import written
from tests.kustomize.conformance import ROOT
from tests.peers import peer

CASES = json.loads((ROOT / "tests/data/kustomize/surprises.json").read_text())
PATCHING = "resources: [x.yaml]\npatches:\n- path: patch.yaml\n"
MEANT = """
apiVersion: v1
kind: Service
metadata: {name: x}
spec:
  ports: [{port: 80, protocol: TCP}, {port: 80, protocol: UDP}]
"""


def files_of(case: dict[str, str]) -> dict[str, bytes]:
    target = f"  target: {case['target']}\n" if "target" in case else ""
    files = {
        "top/kustomization.yaml": case.get("kustomization", PATCHING + target),
        "top/x.yaml": case["object"],
        "top/patch.yaml": case.get("patch", ""),
    }
    return {path: text.encode() for path, text in files.items()}


def text_of(result: Build) -> str:
    return dump(result.manifests).decode()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_it_is_done_and_told(case: dict[str, str]) -> None:
    result = build(Tree(files_of(case)), "top")

    assert case["output"] in text_of(result)
    assert [str(warned)[: len(case["warning"])] for warned in result.warnings] == [case["warning"]]


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_real_one_does_it_too(case: dict[str, str], tmp_path: Path) -> None:
    written(files_of(case), tmp_path)

    done = subprocess.run(
        [peer("kustomize"), "build", tmp_path / "top"], capture_output=True, check=True
    )

    assert done.stdout.decode() == text_of(build(Tree(files_of(case)), "top"))


def test_each_is_in_the_table_of_the_docs_and_no_other_is() -> None:
    section = (ROOT / "docs/kustomize.md").read_text().partition("\n## Surprises\n")[2]
    rows = re.findall(r"^\| (.*?) \|", section.partition("\n## ")[0], re.MULTILINE)

    assert rows[1:] == [case["name"] for case in CASES]


@pytest.mark.parametrize(
    "ports",
    [
        "{port: 80, protocol: UDP, name: dns}",
        "{port: 81, name: other}",
        "{port: 80, protocol: TCP, $patch: delete}",
        "{port: 80, protocol: SCTP}",
    ],
)
def test_a_patch_that_does_what_it_says_is_not_told(ports: str) -> None:
    patch = f"apiVersion: v1\nkind: Service\nmetadata: {{name: x}}\nspec: {{ports: [{ports}]}}\n"
    case = {"object": MEANT, "patch": patch}

    assert build(Tree(files_of(case)), "top").warnings == ()


def test_inline_patches_are_told_by_their_line_in_the_kustomization() -> None:
    kustomization = (
        "resources: [x.yaml]\npatches:\n- patch: |\n    apiVersion: v1\n    kind: Service\n"
        "    metadata: {name: x}\n    spec:\n      $retainKeys: [ports]\n"
    )

    result = build(Tree(files_of({"object": MEANT, "kustomization": kustomization})), "top")

    assert [(warned.path, warned.line) for warned in result.warnings] == [
        ("top/kustomization.yaml", 8)
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_rebuild_tells_the_same(case: dict[str, str]) -> None:
    quiet = {"object": MEANT, "patch": "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n"}
    files = files_of(case)
    harmless = {**files, "top/x.yaml": files["top/x.yaml"] + b"# more\n"}
    before = build(Tree(files), "top")

    assert rebuild(before, Tree(harmless)) == build(Tree(harmless), "top")
    assert rebuild(build(Tree(files_of(quiet)), "top"), Tree(files)).warnings == before.warnings


def test_an_edit_that_makes_a_patch_surprising_is_told_by_a_rebuild() -> None:
    patch = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {ports: [{port: 81}]}\n"
    before = build(Tree(files_of({"object": MEANT, "patch": patch})), "top")
    edited = files_of({"object": MEANT.replace("80, p", "81, p"), "patch": patch})

    after = rebuild(before, Tree(edited))

    assert before.warnings == ()
    assert after.warnings == build(Tree(edited), "top").warnings != ()


def test_lists_beyond_all_measure_are_not_looked_at() -> None:
    schema = Schema(True, ("port", "protocol"))
    many: list[object] = [{"port": port} for port in range(2_000)]
    schemas = {("v1", "Many"): Schema(fields={"ports": schema})}
    own = {"apiVersion": "v1", "kind": "Many", "ports": many}

    assert list(surprises(own, {"ports": [{}, *many]}, schemas)) == []
    assert list(surprises(own, {"ports": [{}]}, schemas)) != []
