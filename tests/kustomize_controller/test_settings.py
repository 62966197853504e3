from __future__ import annotations

import argparse
from datetime import timedelta

from kustomize_controller.settings import KustomizeSettings
from shared.runtime.settings import fill, parse


def settings(*arguments: str) -> KustomizeSettings:
    chosen = parse(list(arguments), [KustomizeSettings], usage=argparse.ArgumentParser())
    return fill(KustomizeSettings, chosen)


def test_flags_have_the_names_and_defaults_of_flux() -> None:
    assert settings() == KustomizeSettings(
        concurrent=4,
        concurrent_ssa=4,
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
