from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.artifact.checksum import joined


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_two_checksums_make_that_of_both_parts_together(first, second):
    assert joined(zlib.crc32(first), zlib.crc32(second), len(second)) == zlib.crc32(first + second)


@pytest.mark.parametrize("length", [512, 65_535, 1_000_000])
def test_so_they_do_for_parts_of_any_length(length):
    first, second = b"one" * 1_000, bytes(range(251)) * (length // 251 + 1)
    second = second[:length]

    assert joined(zlib.crc32(first), zlib.crc32(second), length) == zlib.crc32(first + second)
