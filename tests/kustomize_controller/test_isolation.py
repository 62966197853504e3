"""What commits of tenants can reach while they are built: nothing but the artifact."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, sys
from kustomize_controller.build import KustomizeBuilder
from shared.api.kustomization import Kustomization
from shared.api.parsing import parse
from shared.manifest.tree import Tree

FILES = {
    "kustomization.yaml": b"resources: [cm.yaml]\\nnamePrefix: a-\\nconfigMapGenerator: "
    b"[{name: g, literals: [a=b]}]\\npatches: [{patch: '[{op: add, path: /data/x, value: y}]', "
    b"target: {kind: ConfigMap}}]\\n",
    "cm.yaml": b"apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: a}\\ndata: {a: b}\\n",
}
KS = parse(Kustomization, {
    "metadata": {"name": "apps", "namespace": "tenant"},
    "spec": {"interval": "1m", "prune": True, "path": "./",
             "sourceRef": {"kind": "GitRepository", "name": "apps"}},
})
WATCHED = ("open", "subprocess", "os.", "socket", "shutil", "ctypes", "exec", "import")
seen = []

async def main():
    builder = KustomizeBuilder()
    await builder.build(KS, Tree(FILES))  # whatever is imported late is there from now on
    builder = KustomizeBuilder()
    sys.addaudithook(lambda event, args: seen.append(event) if event.startswith(WATCHED) else None)
    built = await builder.build(KS, Tree(FILES))
    found = sorted(set(seen))
    assert len(built.manifests) == 2, built
    print(found)

asyncio.run(main())
"""


@pytest.mark.slow
def test_b09_a_build_opens_no_file_starts_no_program_and_speaks_to_nobody() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
