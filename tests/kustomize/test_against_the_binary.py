"""The real kustomize beside ours, byte for byte: on every recorded build, and on made-up ones.

Runs where `./dev peers kustomize` has built the binary. What Hypothesis finds becomes a case in
`tests/data/kustomize`, so that it is held where there is no binary.
"""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, settings

from benchmarks.peers.catalogue import PEERS
from kustomize.build import BuildError, Options, build
from shared.manifest.document import DocumentError, dump
from shared.manifest.tree import Tree
from tests.kustomize.binary import Answer, answer, written
from tests.kustomize.conformance import FOLDER, MISSING, Record, files_of, options_of, records
from tests.kustomize.made import trees
from tests.peers import peer

SETS = ("krusty", "plugins", "filters", "examples", "probes")


@pytest.fixture(scope="module")
def binary() -> Path:
    return peer("kustomize")


def ours(files: dict[str, bytes], directory: str, options: Options) -> Answer:
    try:
        return Answer(dump(build(Tree(files), directory, options).manifests))
    except (BuildError, DocumentError) as error:
        return Answer(None, str(error))


def difference(binary: Path, record: Record) -> str:
    files = files_of(record)
    options = options_of(record, version=PEERS["kustomize"].release)
    with tempfile.TemporaryDirectory() as folder:
        written(files, Path(folder))
        theirs = answer(binary, Path(folder) / record["root"], record.get("cli_args", ()))
    mine = ours(files, record["root"], options)
    return "" if mine.yaml == theirs.yaml else f"{record['id']}: {theirs.error or mine.error}"


@pytest.mark.slow
@pytest.mark.skipif(not FOLDER.exists(), reason=MISSING)
@pytest.mark.parametrize("name", SETS)
def test_recorded_builds_are_what_the_binary_makes_of_them(binary: Path, name: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda record: difference(binary, record), records(name))
        different = [each for each in found if each]

    assert different == []


@pytest.mark.slow
@settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(files=trees())
def test_made_up_builds_are_what_the_binary_makes_of_them(
    binary: Path, files: dict[str, bytes]
) -> None:
    for path, content in files.items():
        note(f"--- {path}\n{content.decode()}")
    with tempfile.TemporaryDirectory() as folder:
        written(files, Path(folder))
        theirs = answer(binary, Path(folder) / "top")

    mine = ours(files, "top", Options(sort="legacy"))

    assert (mine.yaml, mine.error) == (theirs.yaml, mine.error), theirs.error
