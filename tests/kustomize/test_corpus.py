"""Real repositories: every directory in them that can be built, beside the real binary.

`PENSTOCK_CORPUS` names a folder with a repository in each of its directories; nothing is fetched.
Where the binary is not in the cache, builds must come to an end as they should: with manifests or
with an error of ours.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks.peers.catalogue import PEERS
from cli.disk_tree import DiskTree
from kustomize.build import KUSTOMIZATION_FILES, BuildError, Options, build
from shared.manifest.document import DocumentError, dump
from tests.kustomize.binary import Answer, answer
from tests.real.go_program import BuildError as NoGo

CORPUS = Path(os.environ.get("PENSTOCK_CORPUS") or "nowhere")
REPOSITORIES = sorted(path for path in CORPUS.glob("*") if path.is_dir())
ELSEWHERE = ("are not allowed", "must specify --enable-helm")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not REPOSITORIES, reason="PENSTOCK_CORPUS names no folder of repositories"),
]


def directories(repository: Path) -> Iterator[Path]:
    for directory, _, names in os.walk(repository):
        if any(name in names for name in KUSTOMIZATION_FILES):
            yield Path(directory)


def ours(repository: Path, directory: Path) -> Answer:
    options = Options(version=PEERS["kustomize"].release, mounted=str(repository))
    try:
        result = build(DiskTree(repository), directory.relative_to(repository).as_posix(), options)
        return Answer(dump(result.manifests))
    except (BuildError, DocumentError) as error:
        return Answer(None, str(error))


def theirs(directory: Path) -> Answer | None:
    try:
        binary = PEERS["kustomize"].program.binary()
    except NoGo:
        return None
    return answer(binary, directory) if binary.exists() else None


def difference(repository: Path, directory: Path) -> str:
    mine = ours(repository, directory)
    if any(words in mine.error for words in ELSEWHERE):
        return ""
    wanted = theirs(directory)
    if wanted is None or wanted.yaml == mine.yaml or wanted.error.startswith("panic:"):
        return ""
    return f"{directory.relative_to(CORPUS)}: {mine.error or wanted.error or 'other bytes'}"


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("repository", REPOSITORIES, ids=lambda path: path.name)
def test_what_can_be_built_in_a_repository_is_what_the_binary_makes_of_it(
    repository: Path,
) -> None:
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(
            lambda directory: difference(repository.resolve(), directory.resolve()),
            directories(repository),
        )
        different = [each for each in found if each]

    assert different == []
