"""Charts rendered by the `helm` command of this machine, for builds that were allowed to."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kustomize.charts import Chart, Files
from kustomize.problem import BuildError

SECONDS = 300
"""How long helm may take for one chart."""

_VERSION = re.compile(r"v?(\d+)(?:\.\d+)+")


@dataclass(frozen=True, slots=True)
class HelmBinary:
    """Runs `command`. `kube_version`, `api_versions` and `debug` are for charts that say nothing
    of these themselves."""

    command: str
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    debug: bool = False

    def pulled(self, chart: Chart) -> Files:
        """The files of a chart from its repository. Raises BuildError."""
        with _workshop() as place:
            self._run(["pull", "--untar", "--untardir", str(place), *_source(chart)], place)
            top = place / chart.name.rpartition("/")[2]
            return dict(_files(top))

    def rendered(self, chart: Chart, files: Files, values: tuple[bytes, ...]) -> bytes:
        """The objects of a chart. Raises BuildError."""
        with _workshop() as place:
            self._require_version(place)
            top = place / "chart" / (chart.name.rpartition("/")[2] or "chart")
            for path, content in files.items():
                _write(top / path, content)
            words = ["template", *_named(chart), str(top), *self._options(chart)]
            for number, content in enumerate(values):
                _write(place / f"values-{number}.yaml", content)
                words += ["-f", str(place / f"values-{number}.yaml")]
            return self._run(words, place)

    def _options(self, chart: Chart) -> Iterator[str]:
        yield from ("--namespace", chart.namespace) if chart.namespace else ()
        yield from ("--name-template", chart.name_template) if chart.name_template else ()
        for version in chart.api_versions or self.api_versions:
            yield from ("--api-versions", version)
        kube_version = chart.kube_version or self.kube_version
        yield from ("--kube-version", kube_version) if kube_version else ()
        flags = {
            "--include-crds": chart.include_crds,
            "--skip-tests": chart.skip_tests,
            "--no-hooks": chart.skip_hooks,
            "--debug": chart.debug or self.debug,
            "--devel": chart.devel,
        }
        yield from (flag for flag, is_on in flags.items() if is_on)

    def _require_version(self, place: Path) -> None:
        said = self._run(["version", "--short"], place).decode(errors="replace")
        found = _VERSION.search(said)
        if found is None or found[1] not in ("3", "4"):
            raise BuildError(f"helm v3 or v4 is needed, but '{self.command}' is {said.strip()}")

    def _run(self, words: Sequence[str], place: Path) -> bytes:
        home = place / "helm"
        own = {"CONFIG": home, "CACHE": home / ".cache", "DATA": home / ".data"}
        homes = {f"HELM_{name}_HOME": str(path) for name, path in own.items()}
        try:
            done = subprocess.run(
                [self.command, *words],
                env={**os.environ, **homes},
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BuildError(
                f"unable to run '{self.command}' (is it installed?): {error}"
            ) from None
        if done.returncode:
            said = done.stderr.decode(errors="replace").replace(f"{place}/", "").strip()
            raise BuildError(f"'{self.command} {words[0]}' failed: {said}")
        return done.stdout


def _named(chart: Chart) -> list[str]:
    return [chart.release_name] if chart.release_name else ["--generate-name"]


def _source(chart: Chart) -> list[str]:
    if chart.repo.startswith("oci://"):
        words = [f"{chart.repo.rstrip('/')}/{chart.name}"]
    else:
        words = ["--repo", chart.repo, chart.name]
    version = ["--version", chart.version] if chart.version else []
    return [*words, *version, *(["--devel"] if chart.devel else [])]


@contextmanager
def _workshop() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="penstock-helm-") as place:
        yield Path(place)


def _files(top: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(top.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(top).as_posix(), path.read_bytes()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
