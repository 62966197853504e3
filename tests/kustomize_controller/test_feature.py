from __future__ import annotations

import re
from pathlib import Path

import pytest

from helm_controller.feature import DEFAULTS as OF_HELM_RELEASES
from kustomize_controller.feature import DEFAULTS, FIXED, Features, features
from shared.runtime.feature import FeatureError
from source_controller.feature import DEFAULTS as OF_SOURCES

PAGE = (Path(__file__).parents[2] / "docs/flags.md").read_text()


@pytest.mark.parametrize(
    ("gates", "expect"),
    [
        ("", Features()),
        ("StrictPostBuildSubstitutions=false", Features(strict_substitutions=False)),
        (" DisableConfigWatchers=true, ", Features(config_watchers=False)),
        ("DisableConfigWatchers=False", Features()),
        ("AdditiveCELDependencyCheck=true", Features(additive_dependency_check=True)),
        ("ExternalArtifact=true", Features(external_artifacts=True)),
        ("DisableFailFastBehavior=T", Features(fail_fast=False)),
        ("DirectSourceFetch=1", Features(direct_sources=True)),
        ("ObjectLevelWorkloadIdentity=false", Features(object_identities=False)),
        ("ExternalArtifact=true,ExternalArtifact=false", Features()),
    ],
)
def test_what_is_switched_on(gates: str, expect: Features) -> None:
    assert features(gates) == expect


@pytest.mark.parametrize("name", sorted(FIXED))
def test_what_cannot_be_switched_may_be_said_all_the_same(name: str) -> None:
    assert features(f"{name}=true") == features(f"{name}=false") == Features()


@pytest.mark.parametrize(
    ("gates", "words"),
    [
        ("ExternalArtifacts=true", "there is no gate 'ExternalArtifacts'; there are Additive"),
        ("ExternalArtifact", "ExternalArtifact has to be true or false"),
        ("ExternalArtifact=yes", "ExternalArtifact has to be true or false"),
    ],
)
def test_what_is_misspelt_is_refused(gates: str, words: str) -> None:
    with pytest.raises(FeatureError, match=words):
        features(gates)


def test_every_gate_is_documented_and_no_other_is() -> None:
    section = PAGE.partition("\n## Feature gates\n")[2].partition("\n## ")[0]

    rows = re.findall(r"^\| `(\w+)` \| `(\w+)`", section, re.MULTILINE)

    assert {name: value == "true" for name, value in rows} == {
        **OF_HELM_RELEASES,
        **OF_SOURCES,
        **DEFAULTS,
    }
