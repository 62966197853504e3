"""Charts in a directory of another source, and the charts that they need (H-01, H-07)."""

from __future__ import annotations

import io
import tarfile

import pytest

from shared.manifest.tree import Tree
from shared.reconcile.failure import Failure, Retryable, Stalled
from source_controller.helm.archive import Limits
from source_controller.helm.build import Build, Offered, Order
from source_controller.helm.dependency import RepositoryDependencies
from source_controller.helm.index import ChartVersion
from source_controller.helm.local import LocalBuilder
from source_controller.helm.problem import FetchProblem, NoSuchChart
from tests.fake.helm_repository import chart_files, packed

HERE = "https://charts.example/"


class Charts:
    """Repositories, each of one chart in one version."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    async def at(self, url: str, namespace: str) -> Charts:
        self.asked.append((url, namespace))
        return self

    async def find(self, name: str, wanted: str) -> ChartVersion:
        if name == "nobody":
            raise NoSuchChart("no chart name found")
        return ChartVersion(name, "1.0.0")

    async def verify(self, version: ChartVersion) -> bool:
        raise AssertionError("dependencies are not verified")

    async def download(self, version: ChartVersion) -> bytes:
        if version.name == "away":
            raise FetchProblem("the host is away")
        return packed(version.name, chart_files(version.name, "1.0.0"))


def tree(files: dict[str, str | bytes]) -> Tree:
    return Tree(
        {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    )


def source(needed: list[dict[str, str]] | None = None, **more: str | bytes) -> Tree:
    files = chart_files("app", "0.1.0", **({"dependencies": needed} if needed else {}))
    beside = chart_files("side", "0.2.0")
    return tree(
        {
            **{f"charts/app/{path}": text for path, text in files.items()},
            **{f"charts/side/{path}": text for path, text in beside.items()},
            **{path.replace("__", "/"): content for path, content in more.items()},
        }
    )


async def built(order: Order, files: Tree, charts: Charts | None = None) -> Build:
    builder = LocalBuilder(Limits(), RepositoryDependencies(charts or Charts()))
    return await builder.build(order, files, "apps")


def names(build: Build) -> list[str]:
    made = io.BytesIO()
    assert build.write is not None
    build.write(made)
    with tarfile.open(fileobj=io.BytesIO(made.getvalue())) as archive:
        return archive.getnames()


async def test_what_is_needed_comes_from_beside_and_from_repositories():
    charts = Charts()
    needed = [
        {"name": "web", "version": "1.x", "repository": HERE.rstrip("/")},
        {"name": "side", "version": "0.x", "repository": "file://../side"},
        {"name": "web", "version": "1.0.0", "repository": HERE, "alias": "other"},
    ]

    build = await built(Order("charts/app"), source(needed), charts)

    assert (build.name, build.version, build.packed, build.resolved) == ("app", "0.1.0", True, 3)
    assert {
        "app/charts/web/Chart.yaml", "app/charts/side/Chart.yaml", "app/charts/other/Chart.yaml",
    } < set(names(build))  # fmt: skip
    assert charts.asked == [(HERE, "apps")]


async def test_what_is_there_already_is_not_fetched():
    needed = [{"name": "web", "version": "1.x", "repository": HERE}]
    bundled = packed("web", chart_files("web", "1.0.0"))
    charts = Charts()

    files = source(needed, **{"charts__app__charts__web-1.0.0.tgz": bundled})
    build = await built(Order("charts/app"), files, charts)

    assert (build.resolved, charts.asked) == (0, [])


async def test_the_lock_file_says_which_versions():
    needed = [{"name": "web", "version": "1.x", "repository": HERE}]
    lock = "dependencies: [{name: nobody, version: 1.0.0, repository: 'https://other.example'}]"

    with pytest.raises(Retryable, match="failed to add remote dependency 'nobody'"):
        await built(Order("charts/app"), source(needed, **{"charts__app__Chart.lock": lock}))


@pytest.mark.parametrize(
    ("dependency", "why"),
    [
        ({"name": "nobody", "repository": HERE}, "remote dependency 'nobody': no chart name"),
        ({"name": "away", "repository": HERE}, "remote dependency 'away': the host is away"),
        ({"name": "web", "repository": "@stable"}, "aliased repository dependency is not"),
        ({"name": "web", "repository": "s3://bucket"}, "invalid dependency repository URL"),
        ({"name": "web", "repository": "git+ssh://x"}, "invalid dependency repository URL"),
        ({"name": "gone"}, r"local dependency 'gone': no chart found at 'charts/app/charts/gone'"),
        ({"name": "side", "repository": "file://../gone"}, "no chart found at 'charts/gone'"),
        ({"name": "side", "version": ">9", "repository": "file://../side"}, "can't get a valid"),
        ({"name": "side", "version": "x y", "repository": "file://../side"}, "improper constraint"),
        (
            {"name": "x", "version": "*", "repository": "file://../../../../../other-tenant"},
            r"no chart found at 'other-tenant'",
        ),
        ({"name": "x", "version": "*", "repository": "file:///etc"}, r"no chart found at 'charts/"),
        ({"name": "x", "version": "*", "repository": "file://../../docs"}, "no 'Chart.yaml' found"),
    ],
)
async def test_a_dependency_that_cannot_be_added_is_named(dependency, why):
    files = source([dependency], **{"docs__a.txt": "x"})

    with pytest.raises(Retryable, match=why) as failure:
        await built(Order("charts/app"), files)

    assert (failure.value.reason, failure.value.condition) == (
        "DependencyBuildError",
        "BuildFailed",
    )


async def test_there_can_be_too_many_dependencies():
    needed = [{"name": f"c{n}", "repository": HERE} for n in range(201)]

    with pytest.raises(Retryable, match="more than 200 dependencies"):
        await built(Order("charts/app"), source(needed))


async def test_charts_that_need_each_other_end_at_the_first():
    circle = chart_files(
        "side", "0.2.0", dependencies=[{"name": "app", "repository": "file://../app"}]
    )
    needed = [{"name": "side", "version": "*", "repository": "file://../side"}]
    files = source(needed, **{"charts__side__Chart.yaml": circle["Chart.yaml"]})

    assert (await built(Order("charts/app"), files)).resolved == 1


@pytest.mark.parametrize(
    ("chart", "kind", "reason", "why"),
    [
        ("", Stalled, "InvalidChartReference", "no path set"),
        ("/charts/app", Stalled, "InvalidChartReference", "expected to be relative"),
        ("charts/gone", Stalled, "InvalidChartReference", "no such directory"),
        ("charts", Stalled, "InvalidChartReference", r"no 'Chart.yaml' found"),
        ("charts/app/values.yaml", Stalled, "InvalidChartReference", "not gzip|ends too early"),
        ("charts/bad", Stalled, "InvalidChartReference", "name is required"),
        ("charts/torn", Retryable, "ChartPackageError", "double-star"),
    ],
)
async def test_a_path_without_a_chart_is_named(chart, kind, reason, why):
    files = source(
        **{
            "charts__bad__Chart.yaml": "version: 1.0.0",
            "charts__torn__Chart.yaml": "{name: torn, version: 1.0.0}",
            "charts__torn__.helmignore": "**/x",
        }
    )

    with pytest.raises(kind, match=why) as failure:
        await built(Order(chart), files)

    assert failure.value.reason == reason


@pytest.mark.parametrize(
    ("order", "version", "used"),
    [
        (Order("charts/app"), "0.1.0", ()),
        (Order("../charts/app", metadata="abc"), "0.1.0+abc", ()),
        (Order("charts/app", values_files=("charts/app/values.yaml",)), "0.1.0", ()),
        (
            Order("charts/app", values_files=("charts/app/values.yaml", "prod.yaml")),
            "0.1.0",
            ("charts/app/values.yaml", "prod.yaml"),
        ),
        (
            Order("charts/app", values_files=("gone.yaml", "prod.yaml"), ignore_missing=True),
            "0.1.0",
            ("prod.yaml",),
        ),
    ],
)
async def test_the_version_and_the_values_that_a_chart_gets(order, version, used):
    build = await built(order, source(**{"prod.yaml": "replicas: 3"}))

    # Comments do not survive a merge, so even its own values change a chart.
    expected = used or tuple(order.values_files)
    assert (build.version, build.values_files) == (version, expected)


async def test_a_chart_that_is_packed_already_is_passed_on_as_it_is():
    data = packed("web", chart_files("web", "1.0.0"))
    build = await built(Order("web.tgz"), tree({"web.tgz": data}))
    made = io.BytesIO()
    build.write(made)

    assert made.getvalue() == data
    assert (build.packed, build.summary) == (False, "pulled 'web' chart with version '1.0.0'")


async def test_what_is_on_offer_is_kept_where_it_would_come_out_the_same():
    order = Order("charts/app", offered=Offered("app", "0.1.0", ("a.yaml",)))
    kept = await built(order, source())
    other = await built(Order("charts/app", offered=Offered("app", "0.2.0")), source())

    assert (kept.write, kept.packed, kept.values_files) == (None, True, ("a.yaml",))
    assert other.write is not None


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"charts__app__Chart.yaml": "{name: app, version: one}"}, "InvalidChartReference"),
        ({"charts__app__values.yaml": "a: ["}, "ChartPackageError"),
        ({"charts__app__big": bytes(6 * 1024 * 1024)}, "ChartPackageError"),
        ({"charts__app__values.schema.json": "{"}, "ChartPackageError"),
        ({"charts__app__charts__x.tgz": b"no archive"}, "ChartPackageError"),
    ],
)
async def test_a_chart_that_helm_would_not_take_is_not_offered(files, reason):
    with pytest.raises(Failure) as failure:
        await built(Order("charts/app"), source(**files))

    assert failure.value.reason == reason


async def test_values_need_a_file_to_be_in():
    files = {p: t for p, t in source(**{"prod.yaml": "a: b"}).items() if "values.yaml" not in p}

    with pytest.raises(Stalled, match="failed to locate values file"):
        await built(Order("charts/app", values_files=("prod.yaml",)), Tree(files))
