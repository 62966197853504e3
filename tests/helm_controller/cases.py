"""Charts for tests: made here, or read from the recorded cases beside the project."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

RECORDED = Path(__file__).parents[3] / "shared/conformance"


def archive(files: Mapping[str, str | bytes], *, name: str = "demo") -> bytes:
    """A chart as a `.tgz`; a Chart.yaml is added where there is none."""
    made = io.BytesIO()
    head = {"Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: 1.0.0\n"}
    with tarfile.open(fileobj=made, mode="w:gz") as packed:
        for path, content in {**head, **files}.items():
            data = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.size = len(data)
            packed.addfile(entry, io.BytesIO(data))
    return made.getvalue()


def recorded(folder: str, marker: str) -> list[object]:
    """The recorded cases of a folder that hold `marker`; one that skips where there are none."""
    found = sorted(path for path in (RECORDED / folder).glob("*") if (path / marker).exists())
    if found:
        return [pytest.param(path, id=path.name) for path in found]
    reason = f"no recorded cases in {RECORDED / folder}"
    return [pytest.param(Path(), id="missing", marks=pytest.mark.skip(reason=reason))]


def arguments(case: Path) -> list[str]:
    """The command line of a recorded case, after `helm template`."""
    asked = json.loads((case / "args.json").read_text())
    line = [asked["releaseName"], str(case / "chart"), "-n", asked["namespace"]]
    line += ["-f", str(case / "values.yaml")]
    for key, flag in LISTS.items():
        line += [word for value in asked.get(key, []) for word in (flag, value)]
    line += ["--kube-version", asked["kubeVersion"]] if "kubeVersion" in asked else []
    return line + [flag for key, flag in SWITCHES.items() if asked.get(key)]


LISTS = {
    "set": "--set",
    "setString": "--set-string",
    "setJson": "--set-json",
    "setLiteral": "--set-literal",
    "apiVersions": "-a",
}
SWITCHES = {
    "includeCRDs": "--include-crds",
    "skipTests": "--skip-tests",
    "isUpgrade": "--is-upgrade",
    "skipSchemaValidation": "--skip-schema-validation",
}
