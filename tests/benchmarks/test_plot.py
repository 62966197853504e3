"""Growth as a picture."""

from __future__ import annotations

from xml.etree import ElementTree

from benchmarks.figure import Figure
from benchmarks.plot import HEIGHT, MARGIN, WIDTH, panels, svg

FIGURES = (
    Figure("1,000 objects, CPU", "s", ours=[1, 1, 1], theirs=[10]),
    Figure("10,000 objects, CPU", "s", ours=[10]),
    Figure("1,000 objects, peak memory", "MB", ours=[40]),
    Figure("1,000 objects, measured once", "s", ours=[40]),
    Figure("exponent of CPU", "", ours=[1]),
)


def test_seconds_of_every_size_are_two_curves() -> None:
    both = {"Penstock": {1000: 1, 10000: 10}, "the other side": {1000: 10}}

    assert panels(FIGURES) == {"CPU": both}


def test_the_picture_reaches_from_edge_to_edge() -> None:
    picture = ElementTree.fromstring(svg("growth", panels(FIGURES)))

    [ours, theirs] = picture.iter("{http://www.w3.org/2000/svg}polyline")
    top, bottom = MARGIN, HEIGHT - MARGIN
    assert ours.get("points") == f"{MARGIN}.0,{bottom}.0 {WIDTH - MARGIN}.0,{top}.0"
    assert theirs.get("points") == f"{MARGIN}.0,{top}.0"
