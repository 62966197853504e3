from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.artifact.conditional import Part, Served, part_of
from tests.fake.clock import NOON

TAG = '"sha256:1"'
FILE = Served(TAG, NOON + timedelta(milliseconds=500), 10)
THEN, BEFORE = "Thu, 01 Jan 2026 12:00:00 GMT", "Thu, 01 Jan 2026 11:59:59 GMT"
WHOLE = Part(200, 0, 10)


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ({}, WHOLE),
        ({"Range": "bytes=0-0"}, Part(206, 0, 1)),
        ({"Range": "bytes=2-4"}, Part(206, 2, 3)),
        ({"Range": "bytes=9-"}, Part(206, 9, 1)),
        ({"Range": "bytes=4-100"}, Part(206, 4, 6)),
        ({"Range": "bytes=-3"}, Part(206, 7, 3)),
        ({"Range": "bytes=-100"}, Part(206, 0, 10)),
        ({"Range": "bytes=-0"}, Part(416)),
        ({"Range": "bytes=-"}, Part(416)),
        ({"Range": "bytes=10-"}, Part(416)),
        ({"Range": "bytes=4-3"}, Part(416)),
        ({"Range": "bytes=0-1,3-4"}, Part(416)),
        ({"Range": "bytes=" + "0-," * 10_000}, Part(416)),
        ({"Range": "bytes=" + "9" * 4_000 + "-"}, Part(416)),
        ({"Range": "lines=1-2"}, WHOLE),
        ({"If-None-Match": TAG}, Part(304)),
        ({"If-None-Match": f"W/{TAG}"}, Part(304)),
        ({"If-None-Match": f'"a", {TAG}'}, Part(304)),
        ({"If-None-Match": "*"}, Part(304)),
        ({"If-None-Match": '"other"'}, WHOLE),
        ({"If-None-Match": '"other"', "If-Modified-Since": THEN}, WHOLE),
        ({"If-None-Match": TAG, "Range": "bytes=0-0"}, Part(304)),
        ({"If-Modified-Since": THEN}, Part(304)),
        ({"If-Modified-Since": BEFORE}, WHOLE),
        ({"If-Modified-Since": "yesterday"}, WHOLE),
        ({"If-Modified-Since": "Thu, 99 Jan 99999 12:00:00 GMT"}, WHOLE),
        ({"If-Match": TAG}, WHOLE),
        ({"If-Match": "*"}, WHOLE),
        ({"If-Match": f"W/{TAG}"}, Part(412)),
        ({"If-Match": '"other"'}, Part(412)),
        ({"If-Unmodified-Since": THEN}, WHOLE),
        ({"If-Unmodified-Since": BEFORE}, Part(412)),
        ({"If-Match": TAG, "If-Unmodified-Since": BEFORE}, WHOLE),
        ({"Range": "bytes=0-0", "If-Range": TAG}, Part(206, 0, 1)),
        ({"Range": "bytes=0-0", "If-Range": THEN}, Part(206, 0, 1)),
        ({"Range": "bytes=0-0", "If-Range": f"W/{TAG}"}, WHOLE),
        ({"Range": "bytes=0-0", "If-Range": BEFORE}, WHOLE),
    ],
)
def test_a_request_is_given_what_it_may_have(asked, part):
    assert part_of(FILE, asked) == part


def test_of_an_empty_file_there_is_no_part():
    empty = Served(TAG, NOON, 0)

    assert part_of(empty, {"Range": "bytes=0-"}) == Part(416)
    assert part_of(empty, {}) == Part(200, 0, 0)


@given(
    st.dictionaries(
        st.sampled_from(["Range", "If-Range", "If-Match", "If-None-Match", "If-Modified-Since"]),
        st.text('bytes=-0123456789,*W/"sha256:1 GMT', max_size=20),
    ),
    st.integers(0, 100),
)
def test_no_part_is_outside_of_the_file(asked, size):
    part = part_of(Served(TAG, NOON, size), asked)

    assert part.status in {200, 206, 304, 412, 416}
    assert 0 <= part.start <= part.start + part.length <= size
    if part.status == 206:
        assert part.length > 0
