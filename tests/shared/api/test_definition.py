from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from shared.api.definition import KINDS, definition, files, main
from shared.api.git_repository import GitRepository

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT.parent / "shared/reference/crds"


@pytest.mark.parametrize("name", sorted(files()))
def test_a_definition_is_that_of_flux_field_by_field(name: str) -> None:
    path = REFERENCE / name
    if not path.exists():
        pytest.skip(f"there is no reference to compare with at ../{path.relative_to(ROOT.parent)}")
    theirs, ours = (dict(facts(yaml.safe_load(text))) for text in (path.read_text(), files()[name]))

    assert ours == theirs


@pytest.mark.parametrize("name", sorted(files()))
def test_the_committed_definition_is_what_the_models_say(name: str) -> None:
    committed = (ROOT / "deploy/crds" / name).read_text()

    assert committed == files()[name], "run ./dev crds"


@pytest.mark.parametrize("name", sorted(files()))
def test_every_field_is_described(name: str) -> None:
    described = set(properties(yaml.safe_load(files()[name])))

    assert [place for place, description in sorted(described) if not description] == [("metadata",)]


def test_there_are_no_definitions_of_kinds_that_we_do_not_have() -> None:
    assert {path.name for path in (ROOT / "deploy/crds").glob("*_*.yaml")} == set(files())


def test_each_kind_has_one_file(tmp_path: Path) -> None:
    assert main([str(tmp_path / "crds")]) == 0

    assert len(list((tmp_path / "crds").iterdir())) == len(KINDS)


def test_without_a_directory_the_usage_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2

    assert "usage:" in capsys.readouterr().err


def test_two_calls_do_not_share_what_they_return() -> None:
    definition(GitRepository)["spec"] = None

    assert definition(GitRepository)["spec"] is not None


def facts(node: object, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every leaf of a definition with its place; descriptions and the marks of generators are no
    facts, and neither is the order of what is required or of categories."""
    match node:
        case dict():
            for key, value in node.items():
                if key == "description" and isinstance(value, str):
                    continue
                if not key.startswith("controller-gen."):
                    yield from facts(value, (*place, key))
            yield place, "an object"
        case list():
            items = sorted(node) if place[-1] in {"required", "enum", "categories"} else node
            for index, value in enumerate(items):
                yield from facts(value, (*place, str(index)))
            yield place, len(node)
        case _:
            yield place, node


def properties(node: object, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], bool]]:
    """The place of every property of a schema, and whether it has a description."""
    if not isinstance(node, dict):
        for item in node if isinstance(node, list) else ():
            yield from properties(item, place)
        return
    for key, value in node.items():
        if key == "properties":
            for name, field in value.items():
                yield (*place, name), bool(field.get("description"))
                yield from properties(field, (*place, name))
        else:
            yield from properties(value, place)
