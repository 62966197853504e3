from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.cloud.credential import AwsCredentials
from shared.cloud.signature import Scope, Unsigned

OWN = AwsCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
MOMENT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
SCOPE = Scope("us-east-1", "service")
S3 = Scope("us-east-1", "s3")
MAY = datetime(2013, 5, 24, tzinfo=UTC)
READER = AwsCredentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
BUCKET = "https://examplebucket.s3.amazonaws.com"


@pytest.mark.parametrize(
    ("request_", "signature"),
    [
        (
            Unsigned("https://example.amazonaws.com/"),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        (
            Unsigned("https://example.amazonaws.com", method="GET"),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            Unsigned("https://example.amazonaws.com/?Param2=value2&Param1=value1", method="GET"),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
    ],
    ids=["POST", "GET", "a query"],
)
def test_a_request_is_signed_as_in_the_examples_of_aws(request_: Unsigned, signature: str) -> None:
    headers = request_.signed(OWN, SCOPE, MOMENT)

    assert headers["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={signature}"
    )


@pytest.mark.parametrize(
    ("request_", "signature"),
    [
        (
            Unsigned(f"{BUCKET}/test.txt", {"range": "bytes=0-9"}, method="GET"),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            Unsigned(f"{BUCKET}/?lifecycle", method="GET"),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            Unsigned(f"{BUCKET}/?max-keys=2&prefix=J", method="GET"),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ],
    ids=["a part of an object", "a question", "a list"],
)
def test_a_request_to_s3_is_signed_as_in_its_examples(request_: Unsigned, signature: str) -> None:
    headers = request_.signed(READER, S3, MAY)

    assert headers["authorization"].endswith(f"Signature={signature}")


def test_an_address_is_signed_as_in_the_example_of_aws() -> None:
    url = Unsigned(f"{BUCKET}/test.txt", method="GET").presigned(READER, S3, MAY, 86400)

    assert url.startswith(f"{BUCKET}/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&")
    assert url.endswith(
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )


def test_all_headers_and_the_body_are_signed() -> None:
    session = AwsCredentials(OWN.key_id, OWN.secret, "session")
    url, shown = "https://kms.eu-west-1.amazonaws.com/", {"x-amz-target": "a"}

    headers = Unsigned(url, shown, b"body").signed(session, SCOPE, MOMENT)

    assert (
        "SignedHeaders=host;x-amz-date;x-amz-security-token;x-amz-target"
        in (headers["authorization"])
    )
    other = Unsigned(url, shown, b"other").signed(session, SCOPE, MOMENT)
    assert other["authorization"] != headers["authorization"]


def test_secrets_are_in_no_repr() -> None:
    assert "EXAMPLEKEY" not in repr(OWN)
    assert "CANARY" not in repr(Unsigned("https://a/", body=b"CANARY"))
