from __future__ import annotations

import json

import pytest

from shared.artifact.error import ArtifactError
from shared.artifact.tarball import Entry, pack
from source_controller.helm.archive import Limits
from source_controller.helm.build import Order
from source_controller.helm.problem import ChartProblem
from source_controller.helm.selection import selected

KIB = 1024
NEEDED = [
    {"name": "side", "repository": "file://../side"},
    {"name": "own"},
    {"name": "far", "repository": "https://charts.example"},
    {"name": "out", "repository": "file://../../../../out"},
]
FILES = {
    "app/Chart.yaml": json.dumps({"name": "app", "version": "1.0.0", "dependencies": NEEDED}),
    "app/templates/a.yaml": "a",
    "app2/Chart.yaml": "another",
    "big/file": "x" * 100_000,
    "out/Chart.yaml": "out",
    "prod.yaml": "a: b",
    "side/Chart.yaml": "side",
    "torn/Chart.yaml": "a: [",
}
DATA = pack([Entry(path, text.encode()) for path, text in FILES.items()])
SMALL = Limits(whole=16 * KIB)


@pytest.mark.parametrize(
    ("order", "found"),
    [
        (Order("app"), [
            "app/Chart.yaml", "app/templates/a.yaml", "out/Chart.yaml", "side/Chart.yaml",
        ]),
        (Order("app2"), ["app2/Chart.yaml"]),
        (Order("./side/"), ["side/Chart.yaml"]),
        (Order("side", values_files=("prod.yaml", "gone.yaml")), ["prod.yaml", "side/Chart.yaml"]),
        (Order("torn"), ["torn/Chart.yaml"]),
        (Order("gone"), []),
    ],
)  # fmt: skip
def test_of_a_source_only_what_a_chart_is_made_of_is_held(order, found):
    assert sorted(selected(DATA, order, SMALL)) == found


def test_a_chart_at_the_top_is_all_of_the_source():
    assert sorted(selected(DATA, Order("."), Limits())) == sorted(FILES)


def test_what_is_more_than_a_chart_is_not_held():
    with pytest.raises(ChartProblem, match="larger than the maximum size"):
        selected(DATA, Order("big"), SMALL)


def test_what_is_no_archive_is_said():
    with pytest.raises(ArtifactError):
        selected(DATA[:-20], Order("app"), SMALL)
