"""The docs say what the code does: no flag, reason or event is missing, and none is made up; links
lead somewhere, and manifests are taken by an API server.
"""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from controllers.catalogue import PROGRAMS
from shared.api import duration
from shared.api.definition import KINDS, definition
from shared.cluster.client import Client
from shared.manifest.identity import Manifest, metadata, text
from shared.runtime.settings import Settings
from tests import servers
from tests.architecture.figures import modules
from tests.architecture.vocabulary import endings, event_reasons, log_events, metrics

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
OURS = modules(
    [
        str(ROOT / name)
        for name in (
            "cli",
            "controllers",
            "helm_controller",
            "kustomize_controller",
            "shared",
            "source_controller",
        )
    ]
)
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("deploy/**/*.md")])
PROGRAM_SETTINGS = {"common": Settings, **{name: one.settings for name, one in PROGRAMS.items()}}
GROUPS = {kind.naming.group for kind in KINDS}

REASONS = (
    *("Every kind", "GitRepository", "OCIRepository", "HelmRepository", "HelmChart"),
    *("Bucket", "ArtifactGenerator", "Kustomization", "HelmRelease"),
)

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_BLOCK = re.compile(r"^```ya?ml\n(.*?)^```", re.MULTILINE | re.DOTALL)
_WORD = re.compile(r"`([^`]+)`")


@pytest.mark.parametrize("program", PROGRAM_SETTINGS)
def test_every_flag_is_documented_with_its_default_and_no_other_is(program: str) -> None:
    documented = {row[0].strip("`"): row[1].strip("`") for row in table("flags.md", program)}

    fields = dataclasses.fields(PROGRAM_SETTINGS[program])
    assert documented == {flag_of(field): shown(field.default) for field in fields}


def test_every_flag_is_explained() -> None:
    rows = [row for program in PROGRAM_SETTINGS for row in table("flags.md", program)]

    assert [row[0] for row in rows if len(row) != 3 or not row[2]] == []


def test_every_reason_of_a_condition_is_documented_with_its_endings_and_no_other_is() -> None:
    documented: dict[str, set[str]] = defaultdict(set)
    reason = ""
    for section in REASONS:
        for row in table("reasons.md", section):
            reason = row[0].strip("`") or reason  # an empty cell: the reason above
            documented[reason] |= {row[2]} - {""}

    assert documented == endings(OURS)


def test_every_reason_of_an_event_is_documented_and_no_other_is() -> None:
    assert words(table("events.md", "Kubernetes Events"), 0) == event_reasons(OURS)


def test_every_log_event_is_documented_with_its_fields_and_no_other_is() -> None:
    documented = {
        row[0].strip("`"): set(_WORD.findall(row[2])) for row in table("events.md", "Log")
    }

    assert documented == log_events(OURS)


def test_every_metric_is_documented_and_no_other_is() -> None:
    rows = [line for line in (DOCS / "metrics.md").read_text().splitlines() if line[:3] == "| `"]

    assert {_WORD.findall(row)[0] for row in rows} == metrics(OURS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    links = [link for link in _LINK.findall(prose(page)) if "://" not in link and link[0] != "#"]

    assert [link for link in links if not (page.parent / link.partition("#")[0]).exists()] == []


@pytest.mark.slow
async def test_every_manifest_of_ours_in_the_docs_is_taken_by_an_api_server() -> None:
    manifests = [(page, one) for page in PAGES for one in whole_manifests(page)]

    async with servers.embedded() as server, server.client() as client:
        for kind in KINDS:
            await client.apply(definition(kind), manager="docs")
        for _, manifest in manifests:
            await applied(client, manifest)

    assert manifests


async def applied(client: Client, manifest: Manifest) -> None:
    """Apply a manifest, with the namespace that it needs."""
    namespace = text(metadata(manifest), "namespace") or "default"
    home = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    await client.apply(home, manager="docs")
    placed = {**manifest, "metadata": {**metadata(manifest), "namespace": namespace}}
    await client.apply(placed, manager="docs", dry_run=True)


def table(page: str, heading: str) -> list[list[str]]:
    """The rows of the last table of a section, without its headings."""
    section = (DOCS / page).read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    assert section, f"{page} has no section {heading!r}"
    rows = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return cells[2:]


def words(rows: list[list[str]], column: int) -> set[str]:
    """The words in backticks of a column."""
    return {word for row in rows for word in _WORD.findall(row[column])}


def flag_of(field: dataclasses.Field[object]) -> str:
    """A setting, as the command line has it."""
    return f"--{field.name.replace('_', '-')}"


def shown(default: object) -> str:
    """A default, as somebody would write it."""
    match default:
        case bool():
            return str(default).lower()
        case timedelta():
            return duration.format(default)
        case ():
            return ""
        case _:
            return str(default)


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def whole_manifests(page: Path) -> Iterator[Manifest]:
    """The manifests of our kinds on a page: blocks of YAML that have all that an object needs."""
    for block in _BLOCK.findall(page.read_text()):
        for document in yaml.safe_load_all(block):
            match document:
                case {"apiVersion": str(version), "kind": str(), "metadata": Mapping(), "spec": _}:
                    if version.partition("/")[0] in GROUPS:
                        yield document
