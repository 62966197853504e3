"""The Dockerfile, read: what goes into the image, and as whom it runs."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.deploy.shape import ROOT, SHAPES, built, of_kind

LINES = (ROOT / "Dockerfile").read_text().splitlines()
INCLUDED = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
PACKAGES = [pattern.rstrip("*") for pattern in INCLUDED["find"]["include"]]
"""What is installed; `benchmarks` is not."""


def arguments(instruction: str) -> list[str]:
    """What follows an instruction, each time that it is there."""
    return [
        line.removeprefix(instruction).strip() for line in LINES if line.startswith(instruction)
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_is_in_the_image(package: str):
    assert f"{package} {package}" in arguments("COPY ")
    assert f"!{package}" in (ROOT / ".dockerignore").read_text().splitlines()


def test_nothing_is_installed_that_the_lock_does_not_name():
    installing = [line for line in LINES if re.search(r"\b(pip install|apt|curl|wget)\b", line)]

    (line,) = installing
    assert "--require-hashes" in line
    assert "--requirement /requirements-image.lock" in line


@pytest.mark.parametrize("shape", SHAPES)
def test_pods_run_as_the_user_of_the_image(shape: str):
    (user,) = arguments("USER ")

    for deployment in of_kind(built(shape), "Deployment").values():
        asked = deployment["spec"]["template"]["spec"]["securityContext"]
        assert f"{asked['runAsUser']}:{asked['runAsGroup']}" == user
