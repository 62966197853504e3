"""`python -m tests.real.build`: build the real servers and Helm's helper, into the user's cache."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tests.real.go_program import GoProgram, built
from tests.real.helm_helper import COST as HELPER_COST
from tests.real.helm_helper import HELM_HELPER
from tests.real.registry import REGISTRY
from tests.real.s3_server import S3_SERVER

FOLDER = Path(__file__).parent / "kube"
RELEASE = re.findall(
    r"^\tk8s\.io/kubernetes (v\S+)$", (FOLDER / "go.mod").read_text(), re.MULTILINE
)[0]
"""Of Kubernetes."""


def _version(release: str) -> tuple[str, ...]:
    """Linker flags for what a release build of Kubernetes says about itself."""
    major, minor, _ = release.removeprefix("v").split(".")
    said = {
        "gitVersion": release,
        "gitMajor": major,
        "gitMinor": minor,
        "gitCommit": "",
        "gitTreeState": "clean",
    }
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return tuple(f"-X {package}.{key}={said[key]}" for package in packages for key in said)


KUBE = GoProgram("kube", FOLDER, linking=("-s", "-w", *_version(RELEASE)))
"""etcd, kube-apiserver and kube-controller-manager in one file."""

COST = (
    f"building kube-apiserver, kube-controller-manager and etcd ({RELEASE}) from source, once: "
    "four to six minutes on two cores; 120 MB in {cache}, and 3.5 GB in Go's own caches, "
    "which `go clean -cache -modcache` gives back"
)


REGISTRY_COST = (
    "building the reference registry from source, once: two minutes on two cores; 40 MB in {cache}"
)


S3_COST = "building an S3 server from source, once: two minutes on two cores; 60 MB in {cache}"


def main() -> int:
    """Build, with progress on stderr and the binaries' paths on stdout. Exit code 1: one is not
    built."""
    programs = (
        (KUBE, COST),
        (REGISTRY, REGISTRY_COST),
        (S3_SERVER, S3_COST),
        (HELM_HELPER, HELPER_COST),
    )
    return max(built(program, cost, _say) for program, cost in programs)


def _say(line: str) -> None:
    sys.stderr.write(f"tests.real.build: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
