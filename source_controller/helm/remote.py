"""Charts from a repository: which version, has it been built, fetch it, change it, pack it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import re2

from shared.manifest.identity import Manifest
from shared.problem import Problem
from shared.reconcile.failure import Failure, Retryable, Stalled
from source_controller.helm import values
from source_controller.helm.archive import Limits, Reader
from source_controller.helm.build import (
    FETCH_FAILED,
    Build,
    Order,
    Unsigned,
    copying,
    kept,
    not_merged,
    not_packed,
    not_pulled,
    revalued,
    versioned,
    wrong_reference,
)
from source_controller.helm.chart import chart_of
from source_controller.helm.directory import joined
from source_controller.helm.index import ChartVersion
from source_controller.helm.metadata import metadata_of
from source_controller.helm.packing import packing
from source_controller.helm.problem import (
    ChartProblem,
    HelmProblem,
    NoSuchChart,
    Unauthorised,
    ValuesProblem,
)
from source_controller.helm.values import Merged
from source_controller.signature.problem import MissingExtra

_FINDING = "failed to get chart version for remote reference"
_NAME = re2.compile(r"([-a-z0-9]+/?\.?)+")


class ChartSource(Protocol):
    """A repository, for one errand."""

    async def find(self, name: str, wanted: str) -> ChartVersion:
        """The version of a chart that is meant. Raises HelmProblem: NoSuchChart where it is not
        there, which only another wish or another index can change."""

    async def verify(self, version: ChartVersion) -> bool:
        """Whether a signature was looked at and is good. Raises a Problem where it is not."""

    async def download(self, version: ChartVersion) -> bytes:
        """The packed chart. Raises HelmProblem."""


@dataclass(frozen=True, slots=True)
class RemoteBuilder:
    """Builds charts of repositories."""

    limits: Limits

    async def build(self, order: Order, source: ChartSource) -> Build:
        """Build what is ordered; nothing is fetched for what is on offer. Raises Failure."""
        version = await self._found(order, source)
        verified = order.verify and await self._verified(version, source)
        final = versioned(version.version, order.metadata)
        is_packed = order.merges or bool(order.metadata)
        if there := kept(order, version.name, final, packed=is_packed):
            return replace(there, verified=verified)
        data = await self._downloaded(version, source)
        if not is_packed:
            await asyncio.to_thread(self._check, data)
            return Build(version.name, final, copying(data), verified=verified)
        build = await asyncio.to_thread(self._packed, order, data, version.name, final)
        return replace(build, verified=verified)

    async def _found(self, order: Order, source: ChartSource) -> ChartVersion:
        if not order.chart:
            raise wrong_reference("no name set for remote chart reference")
        if not _NAME.fullmatch(order.chart):
            raise wrong_reference(
                f"invalid chart name '{order.chart[:200]}': a valid name must be lower case "
                "letters and numbers and MAY be separated with dashes (-), slashes (/) or "
                "periods (.)",
            )
        try:
            return await source.find(order.chart, order.version)
        except NoSuchChart as problem:
            raise wrong_reference(f"{_FINDING}: {problem}") from None
        except HelmProblem as problem:
            raise _pull(problem, f"{_FINDING}: {problem}") from None

    async def _verified(self, version: ChartVersion, source: ChartSource) -> bool:
        try:
            return await source.verify(version)
        except MissingExtra as problem:
            raise Stalled("VerificationError", str(problem)) from None
        except Problem as problem:
            raise Unsigned(str(problem)) from None

    async def _downloaded(self, version: ChartVersion, source: ChartSource) -> bytes:
        try:
            return await source.download(version)
        except HelmProblem as problem:
            raise _pull(
                problem, f"failed to download chart for remote reference: {problem}"
            ) from None

    def _check(self, data: bytes) -> None:
        """That what is passed on as it is, is a chart."""
        try:
            metadata_of(_own(Reader(self.limits).files(data)))
        except ChartProblem as problem:
            raise not_pulled(
                f"failed to load chart metadata from written chart: {problem}"
            ) from None

    def _packed(self, order: Order, data: bytes, name: str, version: str) -> Build:
        """The chart with its version and values."""
        reader = Reader(self.limits)
        try:
            files = reader.files(data)
            chart = chart_of(files, reader)
        except ChartProblem as problem:
            raise not_packed(f"failed to load downloaded chart: {problem}") from None
        chart, used = revalued(chart.having(version=version), _merged(order, files))
        try:
            return Build(name, version, packing(chart), packed=True, values_files=used)
        except ChartProblem as problem:
            raise not_packed(str(problem)) from None


def _merged(order: Order, files: Mapping[str, bytes]) -> Merged:
    """The values files of the chart itself."""
    try:
        return values.merged_files(
            order.values_files,
            lambda file: _values(files, joined(file)),
            ignore_missing=order.ignore_missing,
        )
    except ValuesProblem as problem:
        raise not_merged(f"failed to merge chart values: {problem}") from None


def _values(files: Mapping[str, bytes], path: str) -> Manifest | None:
    """Values from a file of the chart. Its own values are there even where their file is not."""
    if path == values.FILE:
        return values.defaults_of(files.get(path, b""))
    is_special = path in {"Chart.yaml", "Chart.lock"} or path.startswith(("templates/", "charts/"))
    return None if is_special or path not in files else values.values_of(files[path], path)


def _own(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    return {path: content for path, content in files.items() if "/" not in path}


def _pull(problem: HelmProblem, message: str) -> Failure:
    """The failure of a question or a download; who is not let in is told so."""
    failure = not_pulled(message)
    if not isinstance(problem, Unauthorised):
        return failure
    return Retryable(
        "AuthenticationFailed",
        f"failed to authenticate with the Helm repository: {failure.message}",
        condition=FETCH_FAILED,
    )
