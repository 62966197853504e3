from __future__ import annotations

import pytest

from shared.git.revision import Commit


@pytest.mark.parametrize(
    ("subject", "short"),
    [
        ("fix", "fix"),
        ("x" * 50, "x" * 50),
        ("x" * 51, "x" * 50 + "..."),
        ("é" * 51, "é" * 50 + "..."),
    ],
)
def test_messages_are_cut_as_flux_cuts_them(subject, short):
    assert Commit("c" * 40, "", subject, 0).short == short


def test_a_digest_names_its_algorithm():
    assert Commit("c" * 40, "", "", 0).digest == "sha1:" + "c" * 40
