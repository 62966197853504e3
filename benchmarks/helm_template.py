"""Scenarios of `helm template`: a chart of four objects, and one of a thousand, beside the binary.

Both sides have to print the same bytes, as whole processes. What a controller pays for is a chart
that is rendered in a process which lives on: by our library, and by our helper in Go.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.helm import CHART
from benchmarks.peers.catalogue import PEERS
from benchmarks.process import Cost, RunError, run
from benchmarks.scenario import Bench, Scenario
from tests.real.go_program import BuildError, GoProgram
from tests.real.helm_helper import HELM_HELPER

ROOT = Path(__file__).parent.parent
MEGABYTE = 1e6
RELEASE = "web"
TEMPLATES = 20
"""Templates of the large chart: each is a loop over the same number of ConfigMaps."""

_LOOP = """\
{{- range $number := until (int .Values.each) }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "webapp.name" $ }}-NUMBER-{{ $number }}
  labels:
    {{- include "webapp.labels" $ | nindent 4 }}
data:
  message: {{ $.Values.message | upper | quote }}
  resources: |
    {{- toYaml $.Values.resources | nindent 4 }}
{{- end }}
"""


@dataclass(frozen=True, slots=True)
class Living:
    """Seconds in a process that lives on: the first time, and the shortest of some more."""

    first: float
    again: float


def large(folder: Path, objects: int) -> Path:
    """The chart, with so many objects more."""
    place = folder / "webapp"
    shutil.copytree(CHART, place)
    for number in range(TEMPLATES):
        loop = _LOOP.replace("NUMBER", f"{number:02}")
        (place / f"templates/many-{number:02}.yaml").write_text(loop)
    values = place / "values.yaml"
    values.write_text(f"{values.read_text()}\neach: {objects // TEMPLATES}\n")
    return place


def ours(chart: Path) -> Cost:
    """Our command, which renders with the library. Raises RunError."""
    command = [sys.executable, "-m", "cli", "helm", "template", RELEASE, str(chart)]
    return run([*command, "--helm-engine=library"], ROOT)


def theirs(chart: Path) -> Cost:
    """The binary. Raises RunError, also where it was never built."""
    return run([_built(PEERS["helm"].program), "template", RELEASE, chart], chart)


def living(chart: Path, *engine: str) -> Living:
    """A process of ours that renders the chart again and again. `engine`: the path of a helper,
    where the library shall not do it. Raises RunError."""
    worker = [sys.executable, "-m", "benchmarks.helm_worker", str(chart), *engine]
    said = json.loads(run(worker, ROOT).output)
    return Living(said["first"], said["again"])


def _built(program: GoProgram) -> Path:
    try:
        binary = program.binary()
    except BuildError as error:
        raise RunError(str(error)) from error
    if not binary.exists():
        raise RunError(f"{program.name} is not in the cache: `./dev peers` builds it")
    return binary


def _measure(objects: int, bench: Bench) -> Sequence[Figure]:
    chart = large(bench.folder, objects) if objects else CHART
    helper = str(_built(HELM_HELPER))
    whole, cpu = Figure("process start included", "s"), Figure("the same: CPU", "s")
    memory = Figure("peak memory", "MB")
    library = Figure("library, in a process that lives on", "s")
    program = Figure("helper, in a process that lives on", "s")
    for number in range(bench.rounds):
        bench.say(f"round {number + 1} of {bench.rounds}")
        mine, their = _both(chart, number)
        whole.add(mine.seconds, their.seconds)
        cpu.add(mine.cpu, their.cpu)
        memory.add(mine.peak / MEGABYTE, their.peak / MEGABYTE)
        library.add(living(chart).again, their.seconds)
        program.add(living(chart, helper).again, their.seconds)
    return library, program, whole, cpu, memory


def _both(chart: Path, turn: int) -> tuple[Cost, Cost]:
    """Both sides once, the other one first in every other round. Raises RunError unless both print
    the same: else there is nothing to compare."""
    if turn % 2:
        their = theirs(chart)
        mine = ours(chart)
    else:
        mine = ours(chart)
        their = theirs(chart)
    if mine.output != their.output:
        raise RunError("the two sides do not render the same")
    return mine, their


SCENARIOS = tuple(
    Scenario(name, f"helm template: {title}", partial(_measure, objects))
    for name, title, objects in (
        ("helm-template", "a chart of four objects", 0),
        ("helm-template-1000", "a chart of a thousand objects in loops", 1_000),
    )
)
