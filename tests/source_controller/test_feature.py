from __future__ import annotations

import pytest

from shared.runtime.feature import FeatureError
from source_controller.feature import Features, features


@pytest.mark.parametrize(
    ("gates", "expected"),
    [
        ("", Features()),
        ("DirectSourceFetch=true", Features(direct_sources=True)),
        ("ObjectLevelWorkloadIdentity=false", Features(object_identities=False)),
        (" DirectSourceFetch=T , ExternalArtifact=true,", Features(direct_sources=True)),
        ("CacheSecretsAndConfigMaps=true", Features()),
    ],
)
def test_gates_are_read_and_those_of_other_programs_let_pass(gates, expected):
    assert features(gates) == expected


@pytest.mark.parametrize(
    ("gates", "message"),
    [
        ("DirectSourceFetsch=true", "there is no gate 'DirectSourceFetsch'"),
        ("DirectSourceFetch", "has to be true or false"),
        ("ExternalArtifact=maybe", "has to be true or false"),
    ],
)
def test_a_gate_that_is_none_is_refused(gates, message):
    with pytest.raises(FeatureError, match=message):
        features(gates)
