"""The results on disk: JSON with every value, and a Markdown table of medians and ratios."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.peers.catalogue import PEERS
from benchmarks.plot import panels, svg
from benchmarks.scenario import Outcome

FOLDER = Path(__file__).parent / "results"
_WHOLE = 100
"""From here on fractions say nothing."""
_HEAD = (
    "| | Penstock | the other side | ratio | promised |",
    "|---|--:|--:|--:|---|",
)


def write(outcomes: Sequence[Outcome], folder: Path = FOLDER) -> None:
    """Write JSON and a table for each scenario, and a picture where sizes are compared."""
    folder.mkdir(parents=True, exist_ok=True)
    for outcome in outcomes:
        file = folder / f"{outcome.scenario.name}.json"
        file.write_text(json.dumps(_as_json(outcome), indent=1) + "\n")
        table = folder / f"{outcome.scenario.name}.md"
        table.write_text("\n".join(lines(outcome)) + "\n")
        if found := panels(outcome.figures):
            picture = svg(outcome.scenario.title, found)
            (folder / f"{outcome.scenario.name}.svg").write_text(picture)


def lines(outcome: Outcome) -> Iterable[str]:
    """The table of a scenario in Markdown."""
    yield f"### {outcome.scenario.title}"
    yield ""
    yield from _HEAD
    for figure in outcome.figures:
        yield _row(figure)


def _row(figure: Figure) -> str:
    other = "" if figure.other is None else told(figure.other, figure.unit)
    ratio = "" if figure.ratio is None else f"{figure.ratio:.3f}"
    cells = (figure.name, told(figure.own, figure.unit), other, ratio, _promise(figure))
    return f"| {' | '.join(cells)} |"


def told(value: float, unit: str) -> str:
    """A value for people."""
    text = f"{value:,.0f}" if value >= _WHOLE else f"{value:.3g}"
    return f"{text} {unit}".strip()


def _promise(figure: Figure) -> str:
    if figure.is_met is None:
        return ""
    parts = [f"ratio ≤ {figure.most:g}"] if figure.most is not None else []
    parts += [f"≤ {told(figure.limit, figure.unit)}"] if figure.limit is not None else []
    return f"{', '.join(parts)}: {'kept' if figure.is_met else '**missed**'}"


def _as_json(outcome: Outcome) -> dict[str, object]:
    return {
        "scenario": outcome.scenario.name,
        "title": outcome.scenario.title,
        "machine": {
            "cores": os.cpu_count(),
            "architecture": platform.machine(),
            "python": platform.python_version(),
        },
        "peers": {name: peer.release for name, peer in PEERS.items()},
        "figures": [figure.as_json() for figure in outcome.figures],
    }
