"""The peers: which they are, and how they are asked for."""

from __future__ import annotations

import re

import pytest

from benchmarks.peers.__main__ import main
from benchmarks.peers.catalogue import PEERS, Peer


@pytest.mark.parametrize("peer", PEERS.values(), ids=lambda peer: peer.name)
def test_a_peer_is_pinned_with_all_that_it_needs(peer: Peer) -> None:
    sums = (peer.program.folder / "go.sum").read_text()

    assert re.fullmatch(r"v\d+\.\d+\.\d+", peer.release)
    assert f" {peer.release} h1:" in sums
    assert "minutes" in peer.cost or "minute" in peer.cost


def test_flux_stands_beside_us_in_the_releases_that_are_promised() -> None:
    releases = {name: peer.release for name, peer in PEERS.items() if "controller" in name}

    assert releases == {
        "source-controller": "v1.9.0",
        "kustomize-controller": "v1.9.1",
        "helm-controller": "v1.6.0",
    }


def test_a_name_that_is_none_is_refused_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["kustomise"]) == 2

    said = capsys.readouterr()
    assert "kustomise" in said.err
    assert "kustomize, helm, sops" in said.err
    assert said.out == ""
