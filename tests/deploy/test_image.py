"""The Dockerfile, read: what goes into the image, and as whom it runs."""

from __future__ import annotations

import re
import tomllib

import pytest

from helm_controller.engine_program import HELPER
from tests.deploy.shape import ROOT, SHAPES, built, of_kind
from tests.real.helm_helper import FOLDER, HELM_HELPER

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


def test_the_helper_is_built_as_it_is_tested_and_lies_on_the_path():
    (building,) = [line for line in LINES if "go build" in line]

    assert f"{FOLDER.relative_to(ROOT)} ./" in arguments("COPY ")
    assert {"CGO_ENABLED=0", "-trimpath", "-mod=readonly"} < set(building.split())
    assert f'-ldflags "{" ".join(HELM_HELPER.linking)}"' in building
    assert f"--from=helper /{HELPER} /usr/local/bin/{HELPER}" in arguments("COPY ")


def test_the_image_has_the_go_that_the_helper_asks_for():
    (image,) = re.findall(r"^FROM golang:(\S+) AS helper$", "\n".join(LINES), re.MULTILINE)
    (asked,) = re.findall(r"^go (\d+\.\d+)", (FOLDER / "go.mod").read_text(), re.MULTILINE)

    assert image == asked


@pytest.mark.parametrize("shape", SHAPES)
def test_pods_run_as_the_user_of_the_image(shape: str):
    (user,) = arguments("USER ")

    for deployment in of_kind(built(shape), "Deployment").values():
        asked = deployment["spec"]["template"]["spec"]["securityContext"]
        assert f"{asked['runAsUser']}:{asked['runAsGroup']}" == user
