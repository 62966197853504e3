"""Which version of a chart is wanted: Masterminds' semver, as Flux uses it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from source_controller.helm.index import ChartVersion
from source_controller.helm.problem import NoSuchChart
from source_controller.version import Range, Version, version_of_tag

NEWEST = "*"


def chosen(versions: Sequence[ChartVersion] | None, name: str, wanted: str) -> ChartVersion:
    """The version that is written exactly as wanted; else the highest one in the range, of equal
    ones that which was made last. Without a wish the newest that is no prerelease.

    Raises NoSuchChart.
    """
    if versions is None:
        raise NoSuchChart("no chart name found")
    if not versions:
        raise NoSuchChart("no chart version found")
    exact = next((one for one in versions if wanted and one.version == wanted), None)
    if exact:
        return exact
    wish = range_of(wanted)
    fitting = [one for one in versions if _fits(one.version, wish)]
    if not fitting:
        raise NoSuchChart(f"no '{name}' chart with version matching '{wanted}' found")
    return max(enumerate(fitting), key=lambda pair: (_rank(pair[1]), pair[0]))[1]


def chosen_tag(tags: Iterable[str], wanted: str) -> str:
    """The tag of a registry, of which `1.0.0_build` stands for the version `1.0.0+build`; the
    version that it stands for. Raises NoSuchChart."""
    versions = [tag.replace("_", "+") for tag in tags]
    if wanted and wanted in versions:
        return wanted
    wish = range_of(wanted)
    fitting = [one for one in versions if _fits(one, wish)]
    if not fitting:
        raise NoSuchChart(f"could not locate a version matching provided version string {wanted}")
    return max(fitting, key=Version.parse)


def range_of(wanted: str) -> Range:
    """A range of versions. Raises NoSuchChart where it is none."""
    try:
        return Range.parse(wanted or NEWEST)
    except ValueError as error:
        raise NoSuchChart(str(error)) from None


def is_exact(wanted: str) -> bool:
    """Whether a wish is one version, so that nobody has to be asked which there are."""
    return version_of_tag(wanted) is not None


def _fits(text: str, wish: Range) -> bool:
    version = version_of_tag(text)
    return version is not None and wish.holds(version)


def _rank(one: ChartVersion) -> tuple[Version, datetime]:
    return Version.parse(one.version), datetime.fromisoformat(one.created)
