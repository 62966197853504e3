from __future__ import annotations

import re

import pytest

from shared.oci.error import InvalidLocation
from shared.oci.location import Location, check_digest, check_tag, parse
from tests.fake.cases import cases


@cases("oci/locations.yaml")
def test_a_location_is_read_or_said_to_be_none(case):
    if "fault" not in case:
        assert parse(case["url"]) == Location(*case["is"])
        return
    with pytest.raises(InvalidLocation, match=re.escape(case["fault"])) as refused:
        parse(case["url"])
    assert "CANARY" not in str(refused.value)


def test_a_name_may_have_255_characters():
    assert parse(f"oci://registry.example/{'a' * 255}").repository == "a" * 255
    with pytest.raises(InvalidLocation, match="is no name"):
        parse(f"oci://registry.example/{'a' * 256}")


def test_a_repository_below_another():
    assert parse("oci://registry.example/charts").below("web") == Location(
        "registry.example", "charts/web"
    )
    with pytest.raises(InvalidLocation):
        parse("oci://registry.example/charts").below("../web")


@pytest.mark.parametrize("tag", ["", ".x", "-x", "a/b", "a b", "a\n", "a" * 129, "a?b", "é"])
def test_what_can_be_no_tag_is_not_asked_for(tag):
    with pytest.raises(InvalidLocation, match="is no tag"):
        check_tag(tag)


@pytest.mark.parametrize(
    "digest",
    ["", "sha256:", "sha256:" + "0" * 63, "sha256:" + "A" * 64, "sha1:" + "0" * 40, "0" * 64,
     "sha256:" + "0" * 64 + "\n", "md5:" + "0" * 32, "sha512:" + "0" * 64],
)  # fmt: skip
def test_what_can_be_no_digest_is_not_asked_for(digest):
    with pytest.raises(InvalidLocation, match="is no digest"):
        check_digest(digest)
