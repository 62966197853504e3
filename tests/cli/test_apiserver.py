"""`penstock apiserver`: what it refuses before it serves; the serving is tests/apiserver's."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from cli.__main__ import penstock


def test_an_open_server_for_everybody_is_a_wrong_command_line():
    done = CliRunner().invoke(penstock, ["apiserver", "--insecure", "--listen", "0.0.0.0:80"])

    assert done.exit_code == 2
    assert "has to be a loopback address" in done.output


def test_a_directory_that_cannot_be_used_is_told(tmp_path: Path):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "administrator.token").write_text("t")
    arguments = ["apiserver", "--listen", "127.0.0.1:0", "--data-dir", str(tmp_path)]

    done = CliRunner().invoke(penstock, arguments)

    assert done.exit_code == 1
    assert "authority.crt" in done.output


def test_a_word_that_means_nothing_to_the_simulation_is_a_wrong_command_line():
    done = CliRunner().invoke(penstock, ["apiserver", "--simulate", "often"])

    assert done.exit_code == 2
    assert "none of ready, pending, failed, slow=10s, none" in done.output
