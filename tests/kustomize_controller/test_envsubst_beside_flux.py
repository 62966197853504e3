"""Flux's own substitution beside ours, through the `flux` command, on made-up references.

Each line is filled in by itself. What the two once disagreed on is kept in
`tests/data/kustomize_controller/envsubst.json`, where no command is needed.
"""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from kustomize_controller.envsubst import substituted
from kustomize_controller.problem import KustomizationProblem
from tests.peers import peer

pytestmark = pytest.mark.slow

VARIABLES = {"A": "path/to/file.tar.gz", "B": "bee", "C": "äöü", "E": "", "N": "-1"}
WITH_ARGUMENT = (":-", ":=", ":+", ":?", "=", ":", "#", "##", "%", "%%", "/", "//", "/#", "/%")
OF_CASE = ("^", "^^", ",", ",,")
OPERATORS = (*WITH_ARGUMENT, *OF_CASE)
LETTERS = ("a", "e", ".", "/", "*", "?", "[a-f]", "1", "2", "-1", " ", "ä", "\\/", "$$", ":", "b")
LINES = 600
REFUSED = 8


def made(chance: random.Random, depth: int = 2) -> str:
    """A reference, with others in it."""
    name, operator = chance.choice((*VARIABLES, "NONE")), chance.choice(OPERATORS)
    second = f"/{argument(chance, depth)}" if operator.startswith("/") else ""
    if operator in OF_CASE:
        return f"${{{name}{operator}}}"
    return f"${{{name}{operator}{argument(chance, depth)}{second}}}"


def argument(chance: random.Random, depth: int) -> str:
    """Letters, or another reference."""
    if depth and chance.random() < 0.2:
        return made(chance, depth - 1)
    return "".join(chance.choices(LETTERS, k=chance.randint(1, 3)))


def ours(line: str) -> str | None:
    """What we make of a line; None where we refuse it."""
    variables = {name: value.encode() for name, value in VARIABLES.items()}
    try:
        return substituted(line, variables, strict=False).decode(errors="surrogateescape")
    except KustomizationProblem:
        return None


def theirs(flux: Path, text: str) -> subprocess.CompletedProcess[str]:
    """What the command makes of a text."""
    command = [flux, "envsubst"]
    return subprocess.run(
        command, input=text, env=VARIABLES, capture_output=True, text=True, timeout=60,
        errors="surrogateescape", check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """The same lines every time."""
    chance = random.Random(7)
    return [f"x{made(chance)}y" for _ in range(LINES)]


def test_flux_makes_the_same_of_what_we_take(lines: list[str]) -> None:
    taken = {line: found for line in lines if (found := ours(line)) is not None}

    said = theirs(peer("flux"), "\n".join(taken) + "\n")

    assert len(taken) > LINES / 2
    assert said.stdout.removesuffix("\n").split("\n") == list(taken.values())


def test_flux_refuses_what_we_refuse(lines: list[str]) -> None:
    refused = [line for line in lines if ours(line) is None][:REFUSED]

    answers = [theirs(peer("flux"), f"{line}\n") for line in refused]

    assert [answer.returncode for answer in answers] == [1] * REFUSED
