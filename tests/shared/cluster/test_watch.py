import pytest

from shared.cluster import watch
from shared.cluster.error import Gone, Unreachable
from shared.cluster.request import Request

REQUEST = Request("watch", "/api/v1/pods", "Pod")
STREAM = b'{"type":"ADDED","object":{"n":1}}\n\n{"type":"DELETED","object":{"n":2}}\n'


async def pieces_of(stream, size):
    for start in range(0, len(stream), size):
        yield stream[start : start + size]


@pytest.mark.parametrize("size", [1, 2, 7, 33, 34, 35, 1000])
async def test_lines_may_be_cut_anywhere(size):
    found = [change async for change in watch.changes(pieces_of(STREAM, size), REQUEST)]

    assert [(change.type, change.object["n"]) for change in found] == [("ADDED", 1), ("DELETED", 2)]


async def test_a_line_that_does_not_end_is_not_kept_for_ever():
    endless = pieces_of(b"x" * (watch.LONGEST_LINE + 1), 2**20)

    with pytest.raises(Unreachable, match="does not end"):
        async for _ in watch.changes(endless, REQUEST):
            pass


def test_an_error_without_a_code_is_one_of_the_server():
    with pytest.raises(Unreachable):
        watch.read(b'{"type":"ERROR","object":{"kind":"Status"}}', REQUEST)
    with pytest.raises(Gone):
        watch.read(b'{"type":"ERROR","object":{"kind":"Status","code":410}}', REQUEST)
