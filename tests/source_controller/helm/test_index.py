from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest

from source_controller.helm.index import ChartVersion, index_of, versions_in
from source_controller.helm.problem import IndexProblem

DATA = Path(__file__).parents[2] / "data/source"
CASES = json.loads((DATA / "helm_indexes.json").read_text())
MIB = 1024 * 1024


def written(text: bytes) -> bytes:
    made = bytearray()

    class Sink:
        def write(self, data: bytes, /) -> None:
            made.extend(data)

    index_of(text).write(Sink())
    return bytes(made)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_an_index_is_read_as_helm_reads_it(case):
    text = case["text"].encode()
    if "refused" in case:
        with pytest.raises(IndexProblem, match=case["refused"]):
            index_of(text)
        return

    made = written(text)

    assert orjson.loads(made)["apiVersion"] == "v1"
    found = {name: versions_in(made, name) for name in case["charts"]}
    assert {name: [one.version for one in some] for name, some in found.items()} == case["charts"]
    for name, wanted in case.get("fields", {}).items():
        assert orjson.loads(made)["entries"]["web"][0][name] == wanted


def test_a_chart_is_found_with_all_that_it_takes_to_fetch_it():
    text = b"""
apiVersion: v1
entries:
  web:
  - {name: web, version: 1.0.0, created: "2026-01-02T03:04:05.6Z", digest: abc, urls: [x.tgz, z]}
  webs:
  - {name: webs, version: 2.0.0}
"""
    made = written(text)

    assert versions_in(made, "web") == (
        ChartVersion("web", "1.0.0", ("x.tgz", "z"), "2026-01-02T03:04:05.6Z", "abc"),
    )
    assert versions_in(made, "eb") is None
    assert versions_in(made, "entries") is None


def test_what_was_not_written_here_is_damaged():
    with pytest.raises(IndexProblem, match="damaged"):
        versions_in(b'{"entries":{\n"web":[{"na\n}}', "web")


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        pytest.param(b"serverInfo: " + b"[" * 20_000, "levels deep", id="depth"),
        pytest.param(b'{"serverInfo":' * 20_000, "levels deep", id="depth as JSON"),
        pytest.param(
            b"apiVersion: v1\nserverInfo:\n  a: &a [x,x,x,x,x,x,x,x,x]\n"
            + b"".join(
                b"  %c: &%c [%s]\n" % (n + 1, n + 1, b",".join([b"*%c" % n] * 9))
                for n in range(ord("a"), ord("j"))
            ),
            "aliases add more than",
            id="aliases",
        ),
        pytest.param(b"apiVersion: v1\xff", "is not UTF-8", id="no text"),
    ],
)
def test_a_hostile_index_is_refused_at_once(text, refused):
    with pytest.raises(IndexProblem, match=refused):
        index_of(text)


def test_a_version_of_very_many_things_takes_no_longer_than_its_size():
    many = ", ".join(f"{{name: a{n}}}" for n in range(5_000))
    words = ", ".join(f'"w{n}\\e"' for n in range(5_000))
    version = f"{{name: web, version: 1.0.0, dependencies: [{many}], keywords: [{words}]}}"
    text = f"apiVersion: v1\nentries: {{web: [{version}]}}\n".encode()

    started = time.process_time()
    made = written(text)

    assert time.process_time() - started < 5
    assert len(orjson.loads(made)["entries"]["web"][0]["dependencies"]) == 5_000


@pytest.mark.slow
def test_a_large_index_takes_little_more_memory_than_its_own_size():
    version = "  - {{name: c{0}, version: {1}.0.0, urls: [x-{0}-{1}.tgz], description: '{2}'}}\n"
    text = "apiVersion: v1\nentries:\n" + "".join(
        f"  c{chart}:\n" + "".join(version.format(chart, n, "words " * 40) for n in range(100))
        for chart in range(700)
    )
    program = (
        "import resource, sys\n"
        "from source_controller.helm.index import index_of\n"
        "text = sys.stdin.buffer.read()\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "index = index_of(text)\n"
        "print(len(index.lines), before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], input=text.encode(), capture_output=True, check=True
    )

    charts, before, after = map(int, done.stdout.split())
    assert (charts, len(text) > 15 * MIB) == (700, True)
    assert (after - before) * 1024 < 3 * len(text)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime < 60
