from __future__ import annotations

import pytest

from kustomize_controller.sops.format import (
    BINARY,
    DOTENV,
    INI,
    JSON,
    YAML,
    Format,
    format_of_content,
    format_of_name,
)
from kustomize_controller.sops.value import SopsProblem
from tests.fake.sops import encrypted


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.yaml", YAML), ("a.yml", YAML), ("a.json", JSON), (".dockerconfigjson", JSON),
        ("x/.env", DOTENV), ("a.ini", INI), ("a.txt", BINARY), ("yaml", BINARY), ("", BINARY),
    ],
)  # fmt: skip
def test_e11_a_name_tells_a_format(name: str, kind: Format) -> None:
    assert format_of_name(name) is kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("age-secret.yaml", YAML), ("age-config.json", JSON), ("age-words.txt", JSON),
        ("age-variables.env", DOTENV), ("age-settings.ini", INI),
    ],
)  # fmt: skip
def test_e11_so_does_what_is_in_it(name: str, kind: Format) -> None:
    assert format_of_content(encrypted(name)) is kind


def test_what_is_not_encrypted_has_none() -> None:
    assert format_of_content(b"mac: something") is None


@pytest.mark.parametrize("kind", [YAML, JSON, BINARY, DOTENV, INI], ids=lambda kind: kind.name)
def test_a_file_without_metadata_is_none(kind: Format) -> None:
    with pytest.raises(SopsProblem):
        kind.document(b"{}")
