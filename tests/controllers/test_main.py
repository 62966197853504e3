import subprocess
import sys
from pathlib import Path

import pytest

from controllers.__main__ import main

ROOT = Path(__file__).parents[2]


def test_help_names_the_controllers_and_gives_an_example(capsys):
    with pytest.raises(SystemExit) as ending:
        main(["--help"])

    assert ending.value.code == 0
    text = capsys.readouterr().out
    assert "{helm,kustomize,source}" in text
    assert "example:" in text
    assert "--concurrent" not in text


def test_the_help_of_a_controller_lists_its_flags(capsys):
    with pytest.raises(SystemExit):
        main(["source", "--help"])

    text = capsys.readouterr().out
    assert "--storage-path" in text
    assert "--leader-election-lease-duration" in text


@pytest.mark.parametrize(
    "package", ["source_controller", "kustomize_controller", "helm_controller"]
)
def test_a_controller_alone_has_help_with_an_example(package):
    words = [sys.executable, "-m", package, "--help"]

    done = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True)

    assert "--concurrent" in done.stdout
    assert f"python -m {package} --kubeconfig" in done.stdout


@pytest.mark.parametrize("words", [[], ["nonsense"], ["source", "--nonsense"]])
def test_a_wrong_command_line_ends_with_exit_code_2(words, capsys):
    with pytest.raises(SystemExit) as ending:
        main(words)

    assert ending.value.code == 2


def test_a_cluster_that_is_not_there_is_said_to_be(tmp_path):
    missing = tmp_path / "kubeconfig"
    flags = [f"--kubeconfig={missing}", "--health-addr=0", "--metrics-addr=0"]
    words = [sys.executable, "-m", "controllers", "source", *flags]

    done = subprocess.run(words, cwd=ROOT, check=False, capture_output=True, text=True)

    assert done.returncode == 1
    assert str(missing) in done.stderr
    assert "Traceback" not in done.stderr
