from __future__ import annotations

from datetime import UTC, datetime

from kustomize_controller.sops.signature import Credentials, Scope, Unsigned

OWN = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
MOMENT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
SCOPE = Scope("us-east-1", "service")


def test_a_request_is_signed_as_in_the_examples_of_aws() -> None:
    headers = Unsigned("example.amazonaws.com", {}, b"").signed(OWN, SCOPE, MOMENT)

    assert headers["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        "SignedHeaders=host;x-amz-date, "
        "Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
    )


def test_all_headers_and_the_body_are_signed() -> None:
    session = Credentials(OWN.key_id, OWN.secret, "session")
    request = Unsigned("kms.eu-west-1.amazonaws.com", {"x-amz-target": "a"}, b"body")

    headers = request.signed(session, SCOPE, MOMENT)

    assert (
        "SignedHeaders=host;x-amz-date;x-amz-security-token;x-amz-target"
        in (headers["authorization"])
    )
    other = Unsigned(request.host, request.headers, b"other").signed(session, SCOPE, MOMENT)
    assert other["authorization"] != headers["authorization"]


def test_secrets_are_in_no_repr() -> None:
    assert "EXAMPLEKEY" not in repr(OWN)
