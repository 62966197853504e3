"""What is to be built, what came of it, and what is said of a build that failed (flux.md 2.8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from shared.reconcile.failure import Failure, Retryable, Stalled
from source_controller.helm import values
from source_controller.helm.chart import Chart
from source_controller.helm.directory import joined
from source_controller.helm.former import Former
from source_controller.helm.values import Merged
from source_controller.version import Version

FETCH_FAILED, BUILD_FAILED = "FetchFailed", "BuildFailed"


class Sink(Protocol):
    """Takes bytes, one after the other."""

    def write(self, data: bytes, /) -> object:
        """Take more."""


Write = Callable[[Sink], None]
"""Produces the archive of a chart."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What is on offer: a chart that need not be built again if it would come out the same."""

    name: str
    version: str
    values_files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be built. `chart`: a name or a path; `metadata`: is added to the version, behind a
    plus; `offered`: what may be kept, nothing where all is to be built anew; `former`: what was
    made last, whose version a chart keeps that comes out the same; `verify`: whether a signature
    is asked for."""

    chart: str
    version: str = ""
    values_files: tuple[str, ...] = ()
    ignore_missing: bool = False
    metadata: str = ""
    offered: Offered | None = None
    former: Former | None = None
    verify: bool = False

    @property
    def merges(self) -> bool:
        """Whether the chart gets other values: `values.yaml` alone are those that it has."""
        files = self.values_files
        return bool(files) and not (len(files) == 1 and joined(files[0]) == values.FILE)


@dataclass(frozen=True, slots=True)
class Build:
    """A chart that was built. `write`: produces its archive; None where what is on offer is kept.
    `packed`: whether we packed it, rather than passing it on as it was; `resolved`: how many
    dependencies were added; `verified`: whether its signature was found good."""

    name: str
    version: str
    write: Write | None = None
    packed: bool = False
    values_files: tuple[str, ...] = ()
    resolved: int = 0
    verified: bool = False

    @property
    def summary(self) -> str:
        """What was done, in a sentence."""
        action = "packaged" if self.packed else "pulled"
        merged = f" and merged values files [{' '.join(self.values_files)}]"
        return f"{action} '{self.name}' chart with version '{self.version}'" + (
            merged if self.values_files else ""
        )

    @property
    def file(self) -> str:
        """The name of the artifact's file. A chart may be in a folder of its registry."""
        return f"{self.name.rpartition('/')[2]}-{self.version}.tgz"


def copying(data: bytes) -> Write:
    """Writes a chart as it is."""

    def write(sink: Sink) -> None:
        sink.write(data)

    return write


def wrong_reference(message: str) -> Failure:
    """There is no such chart, or no version of it that is wanted."""
    return Stalled(
        "InvalidChartReference", f"invalid chart reference: {message}", condition=FETCH_FAILED
    )


def not_pulled(message: str) -> Failure:
    """The chart is there, and could not be had."""
    return Retryable("ChartPullError", f"chart pull error: {message}", condition=FETCH_FAILED)


def not_versioned(message: str) -> Failure:
    """The chart's version is none that could be added to."""
    return Stalled(
        "MetadataPatchError", f"chart metadata patch error: {message}", condition=BUILD_FAILED
    )


def not_merged(message: str) -> Failure:
    """The values files are not there, or are none."""
    return Stalled(
        "ValuesFilesError", f"values files merge error: {message}", condition=BUILD_FAILED
    )


def not_complete(message: str) -> Failure:
    """A dependency could not be added."""
    return Retryable(
        "DependencyBuildError", f"dependency build error: {message}", condition=BUILD_FAILED
    )


def not_packed(message: str) -> Failure:
    """The chart cannot be read as a whole, or not be packed."""
    return Retryable("ChartPackageError", f"chart package error: {message}", condition=BUILD_FAILED)


class Unsigned(Retryable):
    """Nobody who is trusted signed the chart, or whoever did cannot be asked."""

    def __init__(self, message: str) -> None:
        super().__init__("VerificationError", f"chart verification error: {message}")


def versioned(version: str, metadata: str) -> str:
    """A version with build metadata. Raises Failure where it is none."""
    if not metadata:
        return version
    try:
        return f"{Version.parse(version).canonical}+{metadata}"
    except ValueError as error:
        raise not_versioned(
            f"failed to parse version from chart metadata as SemVer: {error}"
        ) from None


def kept(order: Order, name: str, version: str, *, packed: bool) -> Build | None:
    """What is on offer, as a build, if a chart of this name and version is."""
    offered = order.offered
    if offered is None or (offered.name, offered.version) != (name, version):
        return None
    files = offered.values_files or (order.values_files if order.merges else ())
    return Build(name, version, packed=packed, values_files=files)


def revalued(chart: Chart, merged: Merged | None) -> tuple[Chart, tuple[str, ...]]:
    """The chart with other default values, and the files that they are made of; none where that
    changes nothing. Raises Failure for a chart that has no values to change."""
    if merged is None:
        return chart, ()
    if values.FILE not in chart.files:
        raise not_merged(f"failed to locate values file: {values.FILE}")
    if chart.files[values.FILE] == merged.text:
        return chart, ()
    return chart.with_file(values.FILE, merged.text), merged.files
