from __future__ import annotations

from shared.git.credential import Credential, Secret


def test_a_secret_does_not_print_itself() -> None:
    secret = Secret("canary")

    assert f"{secret} {secret!r} {[secret]} {Credential(password=secret)}".count("canary") == 0
    assert secret.reveal() == "canary"


def test_secrets_are_equal_when_their_texts_are() -> None:
    assert {Secret("a"), Secret("a"), Secret("b")} == {Secret("a"), Secret("b")}
    assert Secret("a") != "a"
    assert not Secret()


def test_secrets_are_masked_the_longest_first() -> None:
    credential = Credential(password=Secret("abc"), bearer=Secret("abcdef"))

    assert credential.mask("say abcdef, then abc") == "say ***, then ***"


def test_an_empty_secret_masks_nothing() -> None:
    assert Credential().mask("as it was") == "as it was"
