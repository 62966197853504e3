"""The table of figures in README.md, made of the results on disk."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import FOLDER, told

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- figures: written by ./dev bench -->\n", "<!-- end of figures -->\n"


@dataclass(frozen=True, slots=True)
class Row:
    """What is told of one figure of a scenario."""

    what: str
    scenario: str
    figure: str


_ONE, _MANY = "kustomization-1000", "monorepo-100"
ROWS = (
    Row("1,000 objects applied for the first time", _ONE, "first apply: seconds"),
    Row("one of 1,000 changed, from commit to live", _ONE, "one changed: live"),
    Row("requests for that", _ONE, "one changed: requests"),
    Row("nothing changed, asked to look: requests", _ONE, "nothing changed: requests"),
    Row("the same: CPU", _ONE, "nothing changed: cpu"),
    Row("an object that somebody changed is put right (interval 10 s)", _ONE, "drift: seconds"),
    Row("a minute at an interval of 10 s: requests for objects", _ONE, "idle minute: of objects"),
    Row("the same: CPU", _ONE, "idle minute: cpu"),
    Row("1,000 objects pruned", _ONE, "prune: seconds"),
    Row("100 new applications of four objects", _MANY, "all new: seconds"),
    Row("all 100 changed by one commit", _MANY, "all changed: seconds"),
    Row("one of 100 changed, from commit to live", _MANY, "one changed: live"),
    Row("the same, until all report the commit", _MANY, "one changed: seconds"),
    Row("memory at the most", _MANY, "peak: memory"),
)


def update(readme: Path = README, folder: Path = FOLDER) -> None:
    """Write the table anew, from whatever was measured last."""
    text = readme.read_text()
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if begin and end:
        readme.write_text(head + begin + "\n".join(table(folder)) + "\n" + end + tail)


def table(folder: Path = FOLDER) -> Iterator[str]:
    """The table in Markdown: what was never measured is left out."""
    yield "| | Penstock | Flux | ratio |"
    yield "|---|--:|--:|--:|"
    for row in ROWS:
        if found := _figure(folder / f"{row.scenario}.json", row.figure):
            yield f"| {row.what} | {' | '.join(_cells(found))} |"


def _figure(path: Path, name: str) -> Mapping[str, object] | None:
    if not path.exists():
        return None
    figures = json.loads(path.read_text())["figures"]
    return next((one for one in figures if one["name"] == name), None)


def _cells(found: Mapping[str, object]) -> Iterator[str]:
    for key in ("median", "median of theirs"):
        value = found[key]
        yield told(value, str(found["unit"])) if isinstance(value, float | int) else ""
    ratio = found["ratio"]
    yield f"{ratio:.3f}" if isinstance(ratio, float | int) else ""
