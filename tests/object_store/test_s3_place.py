from __future__ import annotations

import pytest

from shared.object_store.error import ObjectStoreError
from shared.object_store.s3_place import place_of


@pytest.mark.parametrize(
    ("endpoint", "bucket", "region", "root", "expected"),
    [
        ("s3.example.com", "files", "", "https://s3.example.com/files", "us-east-1"),
        ("s3.example.com:9000", "files", "eu", "https://s3.example.com:9000/files", "eu"),
        ("[::1]:9000", "files", "", "https://[::1]:9000/files", "us-east-1"),
        ("s3.amazonaws.com", "files", "", "https://files.s3.amazonaws.com", "us-east-1"),
        (
            "s3.eu-central-1.amazonaws.com", "files", "",
            "https://files.s3.eu-central-1.amazonaws.com", "eu-central-1",
        ),
        (
            "s3.dualstack.eu-west-1.amazonaws.com", "files", "",
            "https://files.s3.dualstack.eu-west-1.amazonaws.com", "eu-west-1",
        ),
        (
            "s3-fips.us-gov-west-1.amazonaws.com", "files", "",
            "https://files.s3-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1",
        ),
        (
            "s3.cn-north-1.amazonaws.com.cn", "files", "",
            "https://files.s3.cn-north-1.amazonaws.com.cn", "cn-north-1",
        ),
        # A certificate covers one name in front of the host: a dot in it would need two.
        ("s3.amazonaws.com", "my.files", "", "https://s3.amazonaws.com/my.files", "us-east-1"),
        (
            "oss-cn-hangzhou.aliyuncs.com", "files", "x",
            "https://files.oss-cn-hangzhou.aliyuncs.com", "x",
        ),
        ("s3.amazonaws.com.evil", "files", "", "https://s3.amazonaws.com.evil/files", "us-east-1"),
    ],
)  # fmt: skip
def test_where_a_bucket_is(endpoint, bucket, region, root, expected):
    place = place_of(endpoint, bucket, region)

    assert (place.root, place.region) == (root, expected)


def test_plain_http_is_spoken_only_where_it_is_asked_for():
    assert place_of("a:9000", "files", insecure=True).root == "http://a:9000/files"


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("a/b", "a/b"), ("a b", "a%20b"), ("a+b", "a%2Bb"), ("ö", "%C3%B6"), ("%", "%25"),
        ("a?b#c", "a%3Fb%23c"), ("../x", "../x"), ("/a", "/a"),
    ],
)  # fmt: skip
def test_keys_are_encoded_as_they_are_signed(key, path):
    assert place_of("a.example", "files").url(key) == f"https://a.example/files/{path}"


def test_a_query_is_encoded_and_sorted():
    url = place_of("a.example", "files").url(prefix="a b/", **{"list-type": "2"})

    assert url == "https://a.example/files/?list-type=2&prefix=a%20b%2F"


@pytest.mark.parametrize(
    "endpoint",
    ["", "https://a", "a/b", "a:b", "a:0", "a:99999", "a@b", "a b", "a\n", "[::1", "a:1:2"],
)
def test_what_is_no_endpoint_is_refused(endpoint):
    with pytest.raises(ObjectStoreError, match="has to be a host"):
        place_of(endpoint, "files")


@pytest.mark.parametrize("bucket", ["", "a", "../x", "a/b", "a..b", "-a-", "a b", "x" * 300])
def test_what_is_no_bucket_is_refused(bucket):
    with pytest.raises(ObjectStoreError, match="there can be no bucket"):
        place_of("a.example", bucket)
