from __future__ import annotations

import argparse
from datetime import timedelta

import pytest

from kustomize_controller.problem import KustomizationProblem
from kustomize_controller.settings import KustomizeSettings
from shared.runtime.settings import fill, parse


def settings(*arguments: str) -> KustomizeSettings:
    chosen = parse(list(arguments), [KustomizeSettings], usage=argparse.ArgumentParser())
    return fill(KustomizeSettings, chosen)


def test_flags_have_the_names_and_defaults_of_flux() -> None:
    assert settings() == KustomizeSettings(
        concurrent=4,
        concurrent_ssa=16,  # docs/decisions/0018-requests-at-once.md
        requeue_dependency=timedelta(seconds=30),
        http_retry=9,
    )


def test_flags_are_read() -> None:
    given = settings(
        "--concurrent=8",
        "--no-remote-bases",
        "--requeue-dependency=5s",
        "--override-manager=a",
        "--override-manager=b",
        "--custom-apply-stage-kinds=Widget,example.org/Gadget",
    )

    assert (given.concurrent, given.requeue_dependency) == (8, timedelta(seconds=5))
    assert given.override_manager == ("a", "b")


@pytest.mark.parametrize(
    "flag", ["--default-kubeconfig-service-account=a", "--default-decryption-service-account=a"]
)
def test_an_account_for_all_needs_the_gate(flag: str) -> None:
    settings(flag).check()
    with pytest.raises(KustomizationProblem, match=flag.partition("=")[0]):
        settings(flag, "--feature-gates=ObjectLevelWorkloadIdentity=false").check()
