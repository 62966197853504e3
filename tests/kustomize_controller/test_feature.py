from __future__ import annotations

import pytest

from kustomize_controller.feature import Features, features


@pytest.mark.parametrize(
    ("gates", "expect"),
    [
        ("", Features()),
        ("StrictPostBuildSubstitutions=false", Features(strict_substitutions=False)),
        ("Unknown=true, DisableConfigWatchers=true", Features(config_watchers=False)),
        ("DisableConfigWatchers=False", Features()),
        ("AdditiveCELDependencyCheck=true", Features(additive_dependency_check=True)),
    ],
)
def test_what_is_switched_on(gates: str, expect: Features) -> None:
    assert features(gates) == expect
