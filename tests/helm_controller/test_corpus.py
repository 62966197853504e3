"""Public charts: each rendered by both engines, beside the real `helm`.

`PENSTOCK_CORPUS` names a folder with a repository of charts in each of its directories; nothing is
fetched. A chart is rendered with its own values and with each file of its `ci/`. What is another
thing each time (passwords, certificates, dates) counts where `helm` does not contradict itself.
Where `helm` is not in the cache, a chart must render or be refused, and no worker may be lost.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from benchmarks.peers.catalogue import PEERS
from helm_controller.engine import Engine, Limits
from helm_controller.problem import HelmError
from helm_controller.rendering import Order, Rendering
from shared.manifest.document import CONFIGURATION, DocumentError, parse
from shared.manifest.identity import Manifest
from tests.helm_controller.engines import ENGINES, program
from tests.real.go_program import BuildError

CORPUS = Path(os.environ.get("PENSTOCK_CORPUS") or "nowhere")
REPOSITORIES = sorted(path for path in CORPUS.glob("*") if path.is_dir())
CLUSTER = "v1.33.1"
AT_ONCE = 2
PANIC = "panic:"
HINT = "Use --debug flag to render out invalid YAML"
"""What `helm` says below an error of YAML, of a flag of its own."""
LOG = "level="

there = pytest.mark.skipif(
    not REPOSITORIES, reason="PENSTOCK_CORPUS names no folder of repositories"
)


@dataclass(frozen=True, slots=True)
class Case:
    """A chart, and the file of values that it is rendered with, if any."""

    chart: Path
    values: Path | None

    def __str__(self) -> str:
        values = f" -f {self.values.name}" if self.values else ""
        return f"{self.chart.relative_to(CORPUS.resolve())}{values}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was printed, or why nothing was."""

    text: str
    error: str = ""


def cases(repository: Path) -> Iterator[Case]:
    """Every chart that is not a part of another one."""
    for directory, below, names in os.walk(repository):
        if "Chart.yaml" in names:
            below.clear()
            chart = Path(directory)
            yield Case(chart, None)
            for values in sorted(chart.glob("ci/*.yaml")):
                yield Case(chart, values)


async def theirs(helm: Path, case: Case) -> Answer:
    """What `helm` makes of a chart."""
    line = ["template", "r", str(case.chart), "--include-crds", "--kube-version", CLUSTER]
    line += ["-f", str(case.values)] if case.values else []
    process = await asyncio.create_subprocess_exec(
        helm, *line, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    return Answer(out.decode(), err.decode() if process.returncode else "")


async def ours(engine: Engine, case: Case) -> Answer:
    """What an engine makes of it, printed as `helm template` prints."""
    try:
        values = parsed(case.values) if case.values else {}
        order = Order(case.chart, "r", "default", values, kube_version=CLUSTER)
        return Answer(printed(await engine.render(order)))
    except (HelmError, DocumentError) as error:
        return Answer("", str(error))


def parsed(path: Path) -> Manifest:
    """The values in a file."""
    found = parse(path.read_bytes(), path=str(path), rules=CONFIGURATION)
    return found[0] if found else {}


def printed(rendering: Rendering) -> str:
    """Definitions, documents, and hooks."""
    parts = (*rendering.definitions, *rendering.documents, *rendering.hooks)
    return "".join(f"---\n# Source: {one.path}\n{one.text}\n" for one in parts)


def said(error: str) -> list[str]:
    """The lines of a refusal, whose order Helm leaves to chance, without what is of the command."""
    lines = (line.strip().removeprefix("Error: ") for line in error.splitlines())
    return sorted(line for line in lines if line and line != HINT and not line.startswith(LOG))


def documents(text: str) -> list[object]:
    """The documents of a text, every scalar as it is written."""
    return [one for one in yaml.load_all(text, yaml.CBaseLoader) if one]


def agrees(mine: object, first: object, second: object) -> bool:
    """Whether we say what `helm` said twice; where it said two things, anything goes."""
    if mine == first:
        return True
    if isinstance(first, dict) and isinstance(second, dict) and isinstance(mine, dict):
        same = mine.keys() == first.keys() == second.keys()
        return same and all(agrees(mine[key], first[key], second[key]) for key in first)
    if isinstance(first, list) and isinstance(second, list) and isinstance(mine, list):
        same = len(mine) == len(first) == len(second)
        return same and all(map(agrees, mine, first, second))
    return first != second


async def difference(engine: Engine, helm: Path | None, case: Case) -> str:
    """What is wrong with what an engine makes of a chart; empty for nothing."""
    mine = await ours(engine, case)
    if helm is None:
        return ""
    wanted = await theirs(helm, case)
    if PANIC in wanted.error:
        return ""
    if mine.error or wanted.error:
        same = said(mine.error) == said(wanted.error)
        return "" if same else f"{case}: {mine.error or 'rendered'}, not {wanted.error or 'this'}"
    made, first = documents(mine.text), documents(wanted.text)
    if made == first or agrees(made, first, documents((await theirs(helm, case)).text)):
        return ""
    return f"{case}: renders to another thing"


def binary() -> Path | None:
    """Helm's command, where it is in the cache."""
    try:
        found = PEERS["helm"].program.binary()
    except BuildError:
        return None
    return found if found.exists() else None


@there
@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("repository", REPOSITORIES, ids=lambda path: path.name)
async def test_charts_render_to_what_helm_renders(repository: Path, engine: str) -> None:
    turns = asyncio.Semaphore(AT_ONCE)
    helm = binary()

    async def compared(case: Case) -> str:
        async with turns:
            return await difference(running, helm, case)

    async with Engine(Limits(workers=AT_ONCE), program(engine)) as running:
        found = await asyncio.gather(*map(compared, cases(repository.resolve())))

    assert "\n".join(filter(None, found)) == ""


@pytest.mark.parametrize(
    ("mine", "first", "second", "same"),
    [
        pytest.param({"a": "1"}, {"a": "1"}, {"a": "1"}, True, id="the same"),
        pytest.param({"a": "2"}, {"a": "1"}, {"a": "1"}, False, id="another value"),
        pytest.param({"a": "3"}, {"a": "1"}, {"a": "2"}, True, id="a password"),
        pytest.param({"b": "1"}, {"a": "1"}, {"a": "2"}, False, id="another key"),
        pytest.param([["1"], "2"], [["1"], "3"], [["1"], "4"], True, id="a date in a list"),
        pytest.param(["1"], ["1", "2"], ["1", "3"], False, id="a shorter list"),
    ],
)
def test_only_what_helm_itself_makes_anew_may_differ(mine, first, second, same: bool):
    assert agrees(mine, first, second) is same


def test_refusals_are_compared_without_what_is_of_the_command():
    helm = f'level=WARN msg="deprecated"\nError: b:\n  - two\n  - one\n\n{HINT}\n'

    assert said(helm) == said("b:\n- one\n- two")
    assert said(helm) != said("b:\n- one\n- three")
