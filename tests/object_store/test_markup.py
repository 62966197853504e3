from __future__ import annotations

import pytest

from shared.object_store.error import ObjectStoreError
from shared.object_store.markup import codes, read


def test_fields_and_records_are_read_whatever_their_namespace():
    answer = read(
        b"""<?xml version="1.0"?><L xmlns="urn:x"><Name>n</Name>
        <C><Key>a&amp;b</Key><O><ID>1</ID></O></C><C><Key>c</Key></C><Next>t</Next></L>""",
        "C",
    )

    assert answer.records == [{"Key": "a&b", "ID": "1"}, {"Key": "c"}]
    assert answer.fields["Name"] == "n"
    assert answer.fields["Next"] == "t"


def test_a_name_that_xml_has_no_letters_for_is_decoded():
    answer = read(b'<L><B><Name Encoded="true">a%01%25b</Name><Etag>%41</Etag></B></L>', "B")

    assert answer.records == [{"Name": "a\x01%b", "Etag": "%41"}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no XML"),
        (b"junk", "no XML"),
        (b"<a>", "no XML"),
        (b"<a/><b/>", "no XML"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "document type"),
        (b'<!DOCTYPE a SYSTEM "http://x/y"><a/>', "document type"),
        (b"<a>" * 13 + b"</a>" * 13, "too deep"),
        (b"<a><b>" + b"x" * 17_000 + b"</b></a>", "too long"),
        (b" " * (33 << 20), "too great a length"),
    ],
)
def test_what_is_no_plain_answer_is_refused(content, message):
    with pytest.raises(ObjectStoreError, match=message):
        read(content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<Error><Code>A</Code><Message>b\n c</Message></Error>", ["A", "b c"]),
        (b"<Error><Message>b</Message></Error>", ["b"]),
        (b"<html>no", []),
        (b"", []),
        (b"<Error><Code>" + b"x" * 500 + b"</Code></Error>", ["x" * 200]),
    ],
)
def test_what_an_error_says_is_short_and_on_one_line(content, said):
    assert list(codes(content)) == said
