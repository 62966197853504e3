"""The tables of figures in README.md and docs/performance.md, made of the results on disk."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import FOLDER, told

README = Path(__file__).parent.parent / "README.md"
PERFORMANCE = README.parent / "docs/performance.md"
BEGIN, END = "<!-- figures: written by ./dev bench -->\n", "<!-- end of figures -->\n"


@dataclass(frozen=True, slots=True)
class Row:
    """What is told of one figure of a scenario."""

    what: str
    scenario: str
    figure: str


_ONE, _MANY, _PLAIN = "kustomization-1000", "monorepo-100", "monorepo-plain-100"
_HELM, _HELMS = "helm-30", "helm-300"
_THOUSAND, _RELEASES = "published-kustomizations", "published-helmreleases"
_LONG, _CROWD = "git-history", "git-100"
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
    Row(
        "100 GitRepositories of one remote, interval of a minute: questions to it in a minute",
        _CROWD,
        "an interval: questions to the remote",
    ),
    Row("30 HelmReleases installed", _HELM, "install: seconds"),
    Row("one value of one of them changed, until it is live", _HELM, "one upgraded: live"),
    Row("1,000 Kustomizations, installed at once", _THOUSAND, "all ready: seconds"),
    Row("memory at the most for that", _THOUSAND, "peak: memory"),
    Row("1,000 HelmReleases, installed at once", _RELEASES, "all ready: seconds"),
    Row("memory at the most for that", _RELEASES, "peak: memory"),
)


MORE = (
    Row("first apply of 1,000: requests", _ONE, "first apply: requests"),
    Row("the same: CPU", _ONE, "first apply: cpu"),
    Row("one of 1,000 changed: CPU", _ONE, "one changed: cpu"),
    Row("prune of 1,000: requests", _ONE, "prune: requests"),
    Row("99% of how late the event loop was", _ONE, "event loop: lag"),
    Row("100 new applications: CPU", _MANY, "all new: cpu"),
    Row("one of 100 changed: writes of status", _MANY, "one changed: writes of status"),
    Row("the same: builds", _MANY, "one changed: builds"),
    Row("the same: CPU", _MANY, "one changed: cpu"),
    Row("100 new applications of four ConfigMaps", _PLAIN, "all new: seconds"),
    Row("all of them changed by one commit", _PLAIN, "all changed: seconds"),
    Row("one of them changed, from commit to live", _PLAIN, "one changed: live"),
    Row("30 HelmReleases installed: CPU", _HELM, "install: cpu"),
    Row("one value of all 30 changed", _HELM, "all upgraded: seconds"),
    Row("the same: CPU", _HELM, "all upgraded: cpu"),
    Row("31 releases asked to look, nothing changed", _HELM, "nothing changed: seconds"),
    Row("the same: requests for objects and records", _HELM, "nothing changed: of objects"),
    Row("an object of a release that somebody changed is put right", _HELM, "drift: seconds"),
    Row("memory at the most, with what renders", _HELM, "peak: memory"),
    Row("300 HelmReleases installed", _HELMS, "install: seconds"),
    Row("the same: CPU", _HELMS, "install: cpu"),
    Row("one value of all 300 changed", _HELMS, "all upgraded: seconds"),
    Row("301 releases asked to look, nothing changed", _HELMS, "nothing changed: seconds"),
    Row("memory at the most, with what renders", _HELMS, "peak: memory"),
    Row("1,000 Kustomizations installed: requests", _THOUSAND, "all ready: requests"),
    Row("the same: CPU", _THOUSAND, "all ready: cpu"),
    Row("all of them deleted", _THOUSAND, "all gone: seconds"),
    Row("1,000 HelmReleases installed: requests", _RELEASES, "all ready: requests"),
    Row("the same: CPU", _RELEASES, "all ready: cpu"),
    Row("all of them deleted", _RELEASES, "all gone: seconds"),
    Row("start to the first reconciliation", "start", "cold start: seconds"),
    Row("restart with 1,000 objects in place", "start", "restart: seconds"),
    Row("the same: requests", "start", "restart: requests"),
    Row("memory with one object", "start", "at rest: memory"),
    Row("a repository of 1,000 files fetched first", "git", "first fetch: seconds"),
    Row("its next commit", "git", "next commit: seconds"),
    Row("the same: what the remote sends", "git", "next commit: bytes"),
    Row("nothing new there", "git", "nothing new: seconds"),
    Row("1,300 files with 2,000 commits behind them fetched first", _LONG, "first fetch: seconds"),
    Row("the next five commits of those", _LONG, "next commit: seconds"),
    Row("the same: what the remote sends", _LONG, "next commit: bytes"),
    Row(
        "ten looks without news: questions to the remote",
        _LONG,
        "nothing new: questions to the remote",
    ),
    Row("100 GitRepositories of one remote fetched first", _CROWD, "first fetch: seconds"),
    Row("the same: what the remote sends", _CROWD, "first fetch: bytes"),
    Row("the same: CPU", _CROWD, "first fetch: cpu"),
    Row("a commit, until all 100 offer it", _CROWD, "next commit: seconds"),
    Row("a minute of 100 at an interval of a minute: CPU", _CROWD, "an interval: cpu"),
    Row("memory of 100 GitRepositories", _CROWD, "peak: memory"),
    Row("200 OCIRepositories fetched first", "oci-200", "all ready: seconds"),
    Row("the same: CPU", "oci-200", "all ready: cpu"),
    Row("all 200 polled once, nothing new: CPU", "oci-200", "an interval: cpu"),
    Row("the same: requests at the registry", "oci-200", "an interval: asked of the registry"),
    Row("memory then", "oci-200", "at rest: memory"),
    Row("300 MB out of Git packed: memory above rest", "packing", "git: memory above rest"),
    Row("300 MB out of a registry", "packing", "oci: memory above rest"),
    Row("300 MB out of a bucket", "packing", "bucket: memory above rest"),
    Row("growth of the CPU of a first apply: exponent", "growth", "exponent of first apply: cpu"),
    Row("the same of one changed", "growth", "exponent of one changed: cpu"),
    Row("the same of a prune", "growth", "exponent of prune: cpu"),
    Row("memory for each 1,000 objects more", "growth", "memory for each 1,000 objects"),
)
"""What is told besides to those who want to know more."""


def update_all() -> None:
    """Write both tables anew."""
    update(README, ROWS)
    update(PERFORMANCE, (*ROWS, *MORE))


def update(readme: Path, rows: Sequence[Row], folder: Path = FOLDER) -> None:
    """Write a table anew, from whatever was measured last."""
    text = readme.read_text()
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if begin and end:
        readme.write_text(head + begin + "\n".join(table(rows, folder)) + "\n" + end + tail)


def table(rows: Sequence[Row], folder: Path = FOLDER) -> Iterator[str]:
    """The table in Markdown: what was never measured is left out."""
    yield "| | Penstock | Flux | ratio |"
    yield "|---|--:|--:|--:|"
    for row in rows:
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
