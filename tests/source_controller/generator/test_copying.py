from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from shared.api.artifact_generator import Copy
from shared.artifact.tarball import Entry, pack
from source_controller.generator.copying import composed
from source_controller.generator.material import File, Material
from source_controller.generator.problem import CompositionError
from source_controller.generator.spool import Spool
from source_controller.generator.stage import Stage

DATA = yaml.safe_load((Path(__file__).parents[2] / "data/source/copies.yaml").read_text())


def material(files: dict[str, str], spool: Spool | None) -> Material:
    """A source, as the data writes it."""
    return Material(
        {
            path: File(spool.keep(text.encode()) if spool else text.encode(), text.startswith("#!"))
            for path, text in files.items()
            if not path.endswith("/")
        },
        frozenset(path[:-1] for path in files if path.endswith("/")),
    )


def shown(stage: Stage) -> dict[str, str]:
    """What is on a stage, as the data writes it."""
    found = {f"{directory}/": "" for directory in stage.directories}
    for path, file in stage.files.items():
        found["*" * file.executable + path] = file.whole().decode()
    return found


def copies(*given: dict[str, object]) -> list[Copy]:
    return [Copy.model_validate(one) for one in given]


@pytest.mark.parametrize("on_disk", [False, True], ids=["memory", "disk"])
@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_copies_make_what_flux_makes_of_them(case, on_disk, tmp_path):
    spool = Spool(tmp_path) if on_disk else None
    sources = {
        alias: material(files, spool) for alias, files in DATA["sources"][case["sources"]].items()
    }

    if "error" in case:
        with pytest.raises(CompositionError) as failure:
            composed(copies(*case["copy"]), sources, spool)
        last = case["copy"][-1]
        said = f"copy from '{last['from']}' to '{last['to']}': {case['error']}"
        assert str(failure.value) == said
    else:
        assert shown(composed(copies(*case["copy"]), sources, spool)) == case["files"]


def archives() -> dict[str, Material]:
    packed = pack([Entry("chart/Chart.yaml", b"name: x"), Entry("chart/run", b"#!", True)])
    files = {"charts/x.tgz": File(packed), "charts/deep/y.TAR.GZ": File(packed), "z": File(b"z")}
    return {"repo": Material(files)}


CHART = {"chart/": "", "chart/Chart.yaml": "name: x", "*chart/run": "#!"}


@pytest.mark.parametrize(
    ("source", "to", "expected"),
    [
        ("@repo/charts/x.tgz", "@artifact/", CHART),
        ("@repo/charts/*", "@artifact/", CHART),
        ("@repo/**/*.TAR.GZ", "@artifact/", CHART),
        ("@repo/{charts,other}/x.*", "@artifact/", CHART),
        ("@repo/**", "@artifact/", CHART),
        ("@repo/charts/x.tgz", "@artifact/a/b", {"a/": "", "a/b/": ""}
         | {("*" if name[0] == "*" else "") + "a/b/" + name.lstrip("*"): text
            for name, text in CHART.items()}),
    ],
)  # fmt: skip
def test_archives_are_extracted(source, to, expected):
    made = composed(copies({"from": source, "to": to, "strategy": "Extract"}), archives())

    assert shown(made) == expected


def test_an_archive_cannot_be_extracted_outside_of_the_artifact():
    out = {"from": "@repo/charts/x.tgz", "to": "@artifact/../../x", "strategy": "Extract"}

    with pytest.raises(CompositionError, match="leads out of the artifact"):
        composed(copies(out), archives())


def test_an_archive_that_is_larger_than_it_may_be_is_refused():
    bomb = {"repo": Material({"x.tgz": File(pack([Entry("zeros", bytes(101 * 1024 * 1024))]))})}

    with pytest.raises(CompositionError, match=r"'x.tgz' cannot be extracted: .* 100 MiB"):
        composed(copies({"from": "@repo/x.tgz", "to": "@artifact/", "strategy": "Extract"}), bomb)


@pytest.mark.parametrize(
    ("copy", "message"),
    [
        ({"from": "repo/x", "to": "@artifact/"}, "has to be like @alias/path"),
        ({"from": "@repo", "to": "@artifact/"}, "has to be like @alias/path"),
        ({"from": "@repo/z", "to": "@other/"}, "has to start with @artifact/"),
        ({"from": "@repo/z", "to": "@artifact/a\\b"}, "invalid name"),
        ({"from": "@repo/z", "to": "@artifact/" + "d/" * 300}, "200 directories"),
    ],
)
def test_what_is_no_copy_is_refused(copy, message):
    with pytest.raises(CompositionError, match=message):
        composed(copies(copy), archives())


def test_a_deep_tree_is_copied_without_deep_calls():
    deep = {"repo": Material({"x/" + "d/" * 150 + "file": File(b"1")})}

    made = composed(copies({"from": "@repo/x", "to": "@artifact/"}), deep)

    assert list(made.files) == ["x/" + "d/" * 150 + "file"]


def test_many_stars_do_not_take_long():
    many = {"repo": Material({f"{'a' * 200}{number}": File(b"") for number in range(100)})}
    pattern = "*a" * 100 + "b"
    wanted = {"from": "@repo/*", "to": "@artifact/", "exclude": [pattern, f"**/{pattern}"]}

    assert len(composed(copies(wanted), many).files) == 100
