"""The demo as a newcomer starts it: a process, its output, its exit code."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GIT = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]

pytestmark = [pytest.mark.slow, pytest.mark.journey]


def demo(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli", "demo", "--once", *words],
        cwd=ROOT, check=False, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def repository(directory: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(text)
    subprocess.run(["git", "init", "-q", "-b", "trunk"], cwd=directory, check=True)
    subprocess.run(["git", "add", "-A"], cwd=directory, check=True)
    subprocess.run([*GIT, "commit", "-qm", "first"], cwd=directory, check=True)
    return directory


def test_the_sample_becomes_ready():
    done = demo()

    assert done.returncode == 0, done.stdout + done.stderr
    assert "✔ Kustomization/flux-system/apps" in done.stdout
    released, applied = "✔ HelmRelease/shop/visitors", "✔ Kustomization/flux-system/apps"
    assert done.stdout.index(released) < done.stdout.index(applied)
    assert "NAMESPACE     NAME" in done.stdout
    assert "kustomization.kustomize.toolkit.fluxcd.io/infrastructure" in done.stdout
    assert "\x1b" not in done.stdout


def test_ones_own_repository_becomes_ready(tmp_path):
    page = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: page, namespace: default}\n"
    directory = repository(tmp_path, {"deploy/page.yaml": page})

    done = demo("--repo", str(directory), "--path", "deploy", "--ref", "trunk")

    assert done.returncode == 0, done.stdout + done.stderr


def test_what_does_not_become_ready_is_named_with_its_reason(tmp_path):
    directory = repository(tmp_path, {"deploy/page.yaml": "kind: [ConfigMap\n"})

    done = demo("--repo", str(directory), "--path", "deploy", "--ref", "trunk", "--timeout", "3")

    assert done.returncode == 1
    assert "✗ not everything is ready:" in done.stdout
    assert "Kustomization/flux-system/demo: BuildFailed:" in done.stdout
    assert "page.yaml" in done.stdout


def test_a_port_that_is_taken_is_said_to_be(unused_tcp_port):
    with socket.create_server(("127.0.0.1", unused_tcp_port)):
        done = demo("--port", str(unused_tcp_port))

    assert done.returncode == 1
    assert str(unused_tcp_port) in done.stderr
    assert "Traceback" not in done.stderr
