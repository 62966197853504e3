from __future__ import annotations

from datetime import UTC, datetime

from shared.api.artifact import Artifact
from source_controller.generator.material import File, Material
from source_controller.generator.supply import Keep, digest_of


def offer(revision: str) -> Artifact:
    return Artifact(
        digest="sha256:1",
        last_update_time=datetime(2026, 1, 1, tzinfo=UTC),
        path="a",
        revision=revision,
        url="http://source/a",
    )


def material(size: int) -> Material:
    return Material({"a": File(bytes(size))})


def test_what_sources_offer_is_one_digest_as_in_flux():
    # Made by Flux's HashObservedSources of the same.
    observed = {"b": offer("2"), "a": offer("1")}

    assert digest_of(observed) == digest_of({"a": offer("1"), "b": offer("2")})
    assert digest_of(observed) == (
        "sha256:44130b0dd72d360576e93be8a503944d39c281bf10532132cb1ef3c2e99a284b"
    )


def test_what_was_not_asked_for_the_longest_goes_first():
    keep = Keep(10_000)
    for name in "abc":
        keep.remember(name, material(4_000))
        keep.recall("a")

    assert keep.recall("b") is None
    assert keep.recall("a") is not None
    assert keep.recall("c") is not None


def test_what_is_too_large_is_not_kept():
    keep = Keep(1_000)
    keep.remember("a", material(10))
    keep.remember("b", material(4_000))

    assert keep.recall("a") is None
    assert keep.recall("b") is None
    keep.remember("c", material(10))
    assert keep.recall("c") is not None
