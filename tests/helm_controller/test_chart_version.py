from __future__ import annotations

import pytest

from helm_controller.chart_version import has_digest, tracked
from helm_controller.problem import HelmError

DIGEST = "sha256:0123456789abcdef"


@pytest.mark.parametrize(
    ("version", "revision", "expected"),
    [
        ("1.2.3", f"1.2.3@{DIGEST}", ("1.2.3+0123456789ab", DIGEST)),
        ("1.2.3", f"v1.2.3@{DIGEST}", ("1.2.3+0123456789ab", DIGEST)),
        ("1.2.3+build", f"1.2.3_build@{DIGEST}", ("1.2.3+0123456789ab", DIGEST)),
        ("1.2.3", f"latest@{DIGEST}", ("1.2.3+0123456789ab", f"latest@{DIGEST}")),
        ("1.2.3", DIGEST, ("1.2.3+0123456789ab", DIGEST)),
        ("1.2.3-rc.1", f"1.2.3-rc.1@{DIGEST}", ("1.2.3-rc.1+0123456789ab", DIGEST)),
    ],
)
def test_a_version_gets_a_piece_of_the_digest(version, revision, expected):
    got_version, got_digest = tracked(version, revision)

    assert got_version == expected[0]
    assert got_digest.endswith(DIGEST)


@pytest.mark.parametrize(
    ("version", "revision", "message"),
    [
        ("1.2.3", f"1.2.4@{DIGEST}", "does not match chart version 1.2.3"),
        ("new", f"1.2.3@{DIGEST}", "invalid chart version new"),
        ("1.2.3", "latest", "invalid artifact revision latest"),
        ("1.2.3", "latest@sha256:0123", "invalid artifact revision"),
    ],
)
def test_what_does_not_fit_is_told(version, revision, message):
    with pytest.raises(HelmError, match=message):
        tracked(version, revision)


def test_which_revisions_say_their_digest():
    assert has_digest("OCIRepository", "1.0.0")
    assert has_digest("ExternalArtifact", f"latest@{DIGEST}")
    assert not has_digest("ExternalArtifact", "latest")
    assert not has_digest("HelmChart", DIGEST)
