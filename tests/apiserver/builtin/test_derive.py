"""The tool that writes the table of built-in kinds."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from apiserver.builtin.derive import TARGET, main
from apiserver.value import Object, elements, section
from tests.servers import RealServer

DOCUMENTS = Path(__file__).parents[2] / "data/apiserver/openapi"


def test_a_directory_of_documents_becomes_a_table(tmp_path: Path) -> None:
    output = tmp_path / "kinds.json"

    assert main([str(DOCUMENTS), "--output", str(output)]) == 0

    table = orjson.loads(output.read_bytes())
    assert [row[2] for row in table["kinds"]] == ["Box"]
    assert output.read_text().count("Not kept.") == 0


def test_a_directory_without_documents_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "kinds.json"

    assert main([str(tmp_path), "--output", str(output)]) == 1

    assert not output.exists()
    assert "no built-in kinds" in capsys.readouterr().err


def test_the_packaged_table_stays_small() -> None:
    assert TARGET.stat().st_size < 200_000


@pytest.mark.real
def test_the_packaged_table_tells_of_every_kind_what_a_real_server_tells(
    kube: RealServer, tmp_path: Path
) -> None:
    authority, token, output = (tmp_path / name for name in ("ca.pem", "token", "kinds.json"))
    authority.write_text(kube.authority)
    token.write_text(kube.token)
    login = ["--token-file", str(token), "--authority", str(authority)]

    assert main([kube.url, *login, "--output", str(output)]) == 0

    served = orjson.loads(output.read_bytes())
    packaged = orjson.loads(TARGET.read_bytes())
    known = {tuple(row[:3]): row for row in packaged["kinds"]}
    for row in elements(served, "kinds"):
        assert isinstance(row, list)
        ours = known[tuple(row[:3])]
        assert row[4:] == ours[4:]
        assert spelled(served, row[3], ()) == spelled(packaged, ours[3], ())


def spelled(table: Object, place: object, above: tuple[int, ...]) -> object:
    """A type written out in full; where it contains itself, how far above that is."""
    if not isinstance(place, int):
        return None
    if place in above:
        return above[::-1].index(place)
    row, below = section({"row": elements(table, "nodes")[place]}, "row"), (*above, place)
    fields = {name: spelled(table, at, below) for name, at in section(row, "p").items()}
    parts = {key: spelled(table, row.get(key), below) for key in ("$", "v", "i")}
    return {**row, **parts, "p": fields}
