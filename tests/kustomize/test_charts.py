"""Helm charts in a build: what the renderer is given, and what becomes of what it makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from kustomize.build import Build, BuildError, Options, build
from kustomize.charts import Chart, Files
from shared.manifest.tree import Tree

CM = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: made, namespace: of-chart}\n"
CHART = {
    "charts/web/Chart.yaml": "name: web\n",
    "charts/web/values.yaml": "a: 1\nlist: [x]\ndeep: {b: 2, c: 3}\n",
    "charts/web/templates/cm.yaml": "kind: {{ .Values.kind }}\n",
}
ORIGIN = "config.kubernetes.io/origin"


@dataclass(slots=True)
class FakeCharts:
    """Answers each rendering with the same text, and remembers what it was given."""

    text: bytes = CM
    stored: Mapping[str, bytes] = field(default_factory=dict)
    given: list[tuple[Chart, Files, tuple[bytes, ...]]] = field(default_factory=list)

    def pulled(self, chart: Chart) -> Files:
        if not self.stored:
            raise BuildError(f"no chart {chart.name} at {chart.repo}")
        return self.stored

    def rendered(self, chart: Chart, files: Files, values: tuple[bytes, ...]) -> bytes:
        self.given.append((chart, files, values))
        return self.text


def built(fake: FakeCharts | None, kustomization: str, **files: str) -> Build:
    more = {f"{name}.yaml": text for name, text in files.items()}
    contents = {"kustomization.yaml": kustomization, **CHART, **more}
    tree = Tree({path: text.encode() for path, text in contents.items()})
    return build(tree, "", Options(charts=fake))


def test_a_chart_gets_its_files_and_values_and_its_objects_are_built_on() -> None:
    fake = FakeCharts()

    result = built(fake, "helmCharts: [{name: web, releaseName: r}]\nnamePrefix: p-\n")

    chart, files, values = fake.given[0]
    assert (chart.name, chart.release_name) == ("web", "r")
    assert sorted(files) == ["Chart.yaml", "templates/cm.yaml", "values.yaml"]
    assert values == (CHART["charts/web/values.yaml"].encode(),)
    assert result.manifests == (
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "p-made", "namespace": "of-chart"},
        },
    )


def test_charts_are_refused_unless_somebody_renders_them() -> None:
    for text in (
        "helmCharts: [{name: web}]",
        "helmChartInflationGenerator: [{chartName: web}]",
        "generators: ['{apiVersion: builtin, kind: HelmChartInflationGenerator, "
        "metadata: {name: x}}']",
    ):
        with pytest.raises(BuildError, match="must specify --enable-helm"):
            built(None, text)


@pytest.mark.parametrize(
    ("merge", "wanted"),
    [
        ("", "a: 9\ndeep:\n  b: 2\nlist:\n- z\nnew: 1\n"),
        ("override", "a: 9\ndeep:\n  b: 2\nlist:\n- z\nnew: 1\n"),
        ("merge", "a: 1\ndeep:\n  b: 2\n  c: 3\nlist:\n- x\nnew: 1\n"),
        ("replace", "a: 9\ndeep:\n  c: null\nlist:\n- z\nnew: 1\n"),
    ],
)
def test_inline_values_go_over_the_files_or_under_them_or_in_their_place(
    merge: str, wanted: str
) -> None:
    fake = FakeCharts()
    inline = "{a: 9, list: [z], new: 1, deep: {c: null}}"

    built(fake, f"helmCharts: [{{name: web, valuesMerge: '{merge}', valuesInline: {inline}}}]")

    assert fake.given[0][2] == (wanted.encode(),)


def test_further_files_of_values_come_behind() -> None:
    fake = FakeCharts()
    chart = "{name: web, valuesFile: own.yaml, additionalValuesFiles: [more.yaml]}"

    built(fake, f"helmCharts: [{chart}]", own="o: 1\n", more="m: 1\n")

    assert fake.given[0][2] == (b"o: 1\n", b"m: 1\n")


def test_all_that_a_chart_can_be_told_reaches_the_renderer() -> None:
    fake = FakeCharts()
    said = (
        "{name: web, includeCRDs: true, skipHooks: true, skipTests: true, apiVersions: [a/v1], "
        "kubeVersion: '1.30', nameTemplate: t, debug: true, devel: true, namespace: own}"
    )

    built(fake, f"helmCharts: [{said}]\nnamespace: other")

    assert fake.given[0][0] == Chart(
        name="web", values_merge="override", namespace="own", include_crds=True, skip_hooks=True,
        api_versions=("a/v1",), kube_version="1.30", name_template="t", skip_tests=True,
        debug=True, devel=True,
    )  # fmt: skip


def test_charts_get_the_namespace_of_the_kustomization_and_objects_keep_theirs() -> None:
    fake = FakeCharts()

    result = built(fake, "helmCharts: [{name: web}]\nnamespace: far\n")

    assert fake.given[0][0].namespace == "far"
    assert result.manifests[0]["metadata"] == {"name": "made", "namespace": "of-chart"}


def test_a_namespace_reaches_the_charts_of_bases() -> None:
    fake = FakeCharts()
    files = {
        "top/kustomization.yaml": "resources: [../middle]\nnamespace: far\n",
        "middle/kustomization.yaml": "resources: [../base]\n",
        "base/kustomization.yaml": "helmCharts: [{name: web}]\n",
        **{f"base/{path}": text for path, text in CHART.items()},
    }

    build(Tree({k: v.encode() for k, v in files.items()}), "top", Options(charts=fake))

    assert fake.given[0][0].namespace == "far"


def test_a_chart_that_is_not_there_is_pulled_and_no_other_tree_builds_the_same() -> None:
    fake = FakeCharts(stored={"values.yaml": b"v: 1\n"})
    text = "helmCharts: [{name: far, repo: 'https://x', version: 1.0.0}]"

    result = built(fake, text)

    assert fake.given[0][1:] == ({"values.yaml": b"v: 1\n"}, (b"v: 1\n",))
    assert "chart https://x far 1.0.0" in result.readings.remotes
    assert not result.readings.still_hold(Tree({"kustomization.yaml": text.encode()}))


def test_the_files_of_a_chart_and_no_others_are_what_was_read() -> None:
    text = "helmCharts: [{name: web}]"
    readings = built(FakeCharts(), text).readings
    files = {k: v.encode() for k, v in {"kustomization.yaml": text, **CHART}.items()}

    assert readings.still_hold(Tree({**files, "else.yaml": b""}))
    assert not readings.still_hold(Tree({**files, "charts/web/new.yaml": b""}))
    assert not readings.still_hold(Tree({**files, "charts/web/values.yaml": b""}))


@pytest.mark.parametrize(
    ("chart", "message"),
    [
        ("{}", "chart name cannot be empty"),
        ("{name: -x}", "chart name must not start with '-'"),
        ("{name: web, releaseName: --post-renderer}", "releaseName must not start with '-'"),
        ("{name: web, valuesMerge: x}", "valuesMerge must be one of"),
        ("{name: none}", "no repo specified for pull, no chart found at 'charts/none'"),
        ("{name: none, repo: x}", "no chart none at x"),
        ("{name: ../../x}", "leads out of the tree"),
        ("{name: web, valuesFile: ../x}", "leads out of the tree"),
        ("{name: web, additionalValuesFiles: [x]}", "could not load additionalValuesFile"),
        ("{name: web, valuesInline: [1]}", "is not a mapping"),
        ("{name: web, nonsense: 1}", 'unknown field "nonsense"'),
    ],
)
def test_charts_that_cannot_be(chart: str, message: str) -> None:
    with pytest.raises(BuildError, match=message):
        built(FakeCharts(), f"helmCharts: [{chart}]")


def test_what_helm_says_before_the_first_object_is_left_out() -> None:
    result = built(FakeCharts(b"Pulled: x\nDigest: y\n---\n" + CM), "helmCharts: [{name: web}]")

    assert len(result.manifests) == 1


def test_former_spellings_and_the_plugin_do_the_same() -> None:
    fake = FakeCharts()
    plugin = (
        "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: p}\n"
        "name: web\nreleaseName: plugin\n"
    )

    built(fake, "helmChartInflationGenerator: [{chartName: web, releaseName: old}]")
    built(fake, "generators: [plugin.yaml]", plugin=plugin)

    assert [chart.release_name for chart, _, _ in fake.given] == ["old", "plugin"]


def test_charts_may_be_elsewhere_and_objects_tell_where_they_came_from() -> None:
    fake = FakeCharts()

    result = built(
        fake,
        "helmGlobals: {chartHome: ./charts/../charts}\nhelmCharts: [{name: web}]\n"
        "buildMetadata: [originAnnotations]\n",
    )

    assert result.manifests[0]["metadata"]["annotations"][ORIGIN] == (  # type: ignore[index]
        "configuredIn: kustomization.yaml\nconfiguredBy:\n  apiVersion: builtin\n"
        "  kind: HelmChartInflationGenerator\n"
    )
