import subprocess

from shared.git.seed import seed


def test_a_directory_becomes_a_repository_with_one_commit(tmp_path):
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps/page.yaml").write_text("title: Shop\n")

    commit = seed(tmp_path, branch="trunk", message="first")

    told = subprocess.run(
        ["git", "log", "--format=%H %s", "trunk"],
        cwd=tmp_path, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert told.stdout == f"{commit} first\n"
