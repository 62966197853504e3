"""Packed charts that are more, or less, than charts (reliability-security.md H-01, H-07)."""

from __future__ import annotations

import gzip
import io
import tarfile

import pytest

from source_controller.helm.archive import Limits, Reader
from source_controller.helm.problem import ChartProblem
from tests.fake.helm_repository import packed

KIB = 1024
SMALL = Limits(chart=64 * KIB, file=16 * KIB, whole=256 * KIB)


def archive(*entries: tarfile.TarInfo, content: bytes = b"") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as file:
        for entry in entries:
            entry.size = len(content)
            file.addfile(entry, io.BytesIO(content))
    return made.getvalue()


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


def test_the_files_are_those_within_the_directory_without_their_byte_order_marks():
    data = packed("web", {"Chart.yaml": b"\xef\xbb\xbfname: web", "templates/a.yaml": "a"})

    assert dict(Reader(SMALL).files(data)) == {"Chart.yaml": b"name: web", "templates/a.yaml": b"a"}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(b"", "ends too early|not gzip", id="nothing"),
        pytest.param(b"name: web\n", "not gzip", id="no archive"),
        pytest.param(gzip.compress(b""), "ends too early|no files", id="an empty archive"),
        pytest.param(archive(), "no files", id="no files"),
        pytest.param(packed("web", {"a": "x" * 1000})[:-20], "ends too early|damaged", id="cut"),
        pytest.param(archive(entry("a.yaml")), "outside the base directory", id="no directory"),
        pytest.param(archive(entry("Chart.yaml/a")), "not in base directory", id="at the top"),
        pytest.param(archive(entry("web/../../a")), "invalid name", id="upwards"),
        pytest.param(archive(entry("web/..")), "invalid name", id="the parent"),
        pytest.param(archive(entry("/web/a")), "invalid name", id="absolute"),
        pytest.param(archive(entry("web\\..\\a")), "invalid name", id="backslashes"),
        pytest.param(archive(entry("web/c:/a")), "illegally named", id="a drive"),
        pytest.param(archive(entry("web/a", tarfile.LNKTYPE, "/etc/passwd")), "neither", id="link"),
        pytest.param(archive(entry("web/a", tarfile.CHRTYPE)), "neither", id="a device"),
        pytest.param(archive(entry("web/a"), entry("web/a")), "two files", id="twice"),
        pytest.param(archive(entry("web/a"), entry("web/a/b")), "as a file and", id="both"),
        pytest.param(bytes(65 * KIB), "exceeds '65536' bytes", id="larger than a chart may be"),
        pytest.param(packed("web", {"a": bytes(17 * KIB)}), "exceeds limit", id="a large file"),
        pytest.param(packed("web", {"a": bytes(10_000 * KIB)}), "unpacks to more", id="a bomb"),
        pytest.param(
            packed("web", {str(n): bytes(15 * KIB) for n in range(20)}),
            "unpacks to more|larger than the maximum",
            id="many files",
        ),
    ],
)
def test_what_is_no_chart_is_refused(data, why):
    with pytest.raises(ChartProblem, match=why):
        Reader(SMALL).files(data)


def test_what_a_symbolic_link_leads_to_is_not_there():
    data = archive(entry("web/Chart.lock", tarfile.SYMTYPE, "/etc/passwd"), entry("web/a"))

    assert set(Reader(SMALL).files(data)) == {"a"}


def test_charts_within_one_another_share_what_they_may_unpack_to():
    data = packed("web", {str(n): bytes(15 * KIB) for n in range(10)})
    reader = Reader(SMALL)
    reader.files(data)

    with pytest.raises(ChartProblem, match=r"unpacks to more|larger than the maximum"):
        reader.files(data)
