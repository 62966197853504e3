from __future__ import annotations

import platform
import resource
import subprocess
import sys

import pytest

from shared.runtime.allocation import give_back

# A large piece that is given back, then many that fit below it: without give_back() the library
# keeps what they leave, for another one as large as the first.
_SCRIPT = """
import ctypes, sys
from shared.runtime.allocation import give_back
if sys.argv[1] == "told":
    assert give_back()
library = ctypes.CDLL(None)
library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
library.free.argtypes = [ctypes.c_void_p]
def size():
    return int(open("/proc/self/statm").read().split()[1]) * {page}
def touched(count, length):
    pieces = [library.malloc(length) for _ in range(count)]
    for piece in pieces:
        ctypes.memset(piece, 1, length)
    for piece in pieces:
        library.free(piece)
touched(1, 30_000_000)
before = size()
touched(50, 400_000)
print(size() - before)
"""


def left(how: str) -> int:
    script = _SCRIPT.replace("{page}", str(resource.getpagesize()))
    said = subprocess.run(
        [sys.executable, "-c", script, how], capture_output=True, text=True, check=True
    )
    return int(said.stdout)


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has to be told")
def test_large_pieces_go_back_to_the_system_as_soon_as_they_are_free() -> None:
    assert left("untold") > 10_000_000
    assert left("told") < 1_000_000


def test_whether_the_library_can_be_told_is_known() -> None:
    assert give_back() is (platform.libc_ver()[0] == "glibc")
