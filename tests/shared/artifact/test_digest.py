from __future__ import annotations

import hashlib

import pytest

from shared.artifact.digest import digest_of, parse, verify
from shared.artifact.error import ArtifactError

SHA256 = hashlib.sha256(b"data").hexdigest()


def test_a_digest_names_its_algorithm():
    assert digest_of(b"data") == f"sha256:{SHA256}"
    assert digest_of(b"data", "sha512").startswith("sha512:")


@pytest.mark.parametrize("digest", [f"sha256:{SHA256}", SHA256, digest_of(b"data", "sha384")])
def test_which_digests_fit(digest):
    verify(b"data", digest)


@pytest.mark.parametrize(
    ("digest", "complaint"),
    [
        ("", "no digest"),
        (f"sha256:{'0' * 64}", "digest mismatch: expected 'sha256:0000"),
        (f"sha256:{SHA256[:-1]}", "is no sha256 digest"),
        (f"sha256:{SHA256.upper()}", "is no sha256 digest"),
        (f"sha256:{SHA256} ", "is no sha256 digest"),
        ("sha256:", "is no sha256 digest"),
        (f"sha1:{hashlib.sha1(b'data').hexdigest()}", "unsupported digest algorithm 'sha1'"),
        (f"blake3:{SHA256}", "unsupported digest algorithm 'blake3'"),
        (f":{SHA256}", "unsupported digest algorithm ''"),
    ],
)
def test_which_do_not(digest, complaint):
    with pytest.raises(ArtifactError, match=complaint):
        verify(b"data", digest)


def test_a_bare_value_is_sha256():
    assert parse(SHA256) == ("sha256", SHA256)
