import subprocess

from cli.sample_repository import BRANCH, PATH, lay


def git(directory, *words):
    return subprocess.run(
        ["git", *words], cwd=directory, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_the_sample_is_a_repository_that_can_be_committed_to(tmp_path):
    directory = lay(tmp_path / "repository")

    assert git(directory, "symbolic-ref", "--short", "HEAD") == BRANCH
    assert git(directory, "status", "--short") == ""
    assert (directory / PATH / "apps.yaml").is_file()


def test_what_is_there_already_is_kept(tmp_path):
    directory = lay(tmp_path / "repository")
    (directory / "README.md").write_text("mine")

    lay(directory)

    assert (directory / "README.md").read_text() == "mine"
