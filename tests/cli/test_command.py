import pytest
from click.testing import CliRunner

from cli.__main__ import penstock
from cli.output import Table, render


def run(*words):
    return CliRunner().invoke(penstock, words, prog_name="penstock")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("demo",),
        ("apiserver",),
        ("completion",),
        ("kustomize",),
        ("kustomize", "build"),
    ],
    ids=lambda words: "-".join(words) or "top",
)
def test_every_verb_has_help_with_an_example(words):
    done = run(*words, "--help")

    assert done.exit_code == 0
    assert " ".join(("penstock", *(words or ("demo",)))) in done.output
    assert "Example" in done.output


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete_the_command(shell):
    done = run("completion", shell)

    assert done.exit_code == 0
    assert "_PENSTOCK_COMPLETE" in done.output


def test_a_wrong_option_ends_with_exit_code_2_and_says_so():
    done = run("demo", "--nonsense")

    assert done.exit_code == 2
    assert "--nonsense" in done.output


def test_a_table_is_printed_as_kubectl_prints_it():
    table = Table(("Namespace", "Name"), (("flux-system", "a"), ("x", "long-name")))

    assert render(table) == (
        "NAMESPACE     NAME\n"
        "flux-system   a\n"
        "x             long-name"
    )  # fmt: skip
