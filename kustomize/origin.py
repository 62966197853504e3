"""Where an object or a change came from, as `buildMetadata` wants it in annotations."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace

from shared.manifest.emission import emitted
from shared.manifest.scalar_text import one_line

ORIGIN = "config.kubernetes.io/origin"
TRANSFORMATIONS = "alpha.config.kubernetes.io/transformations"


@dataclass(frozen=True, slots=True)
class Origin:
    """A file (`path`), or a generator or transformer (`by`, in the file `configured_in`).

    Paths are relative to the directory that the build started in.
    """

    path: str = ""
    configured_in: str = ""
    api_version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""

    def below(self, path: str) -> Origin:
        """The origin of something that a path leads to from here."""
        return replace(self, path=posixpath.normpath(posixpath.join(self.path, path)))

    def configured(self, file: str, kind: str) -> Origin:
        """The origin of what a field of the kustomization file here made."""
        return Origin(configured_in=self.below(file).path, api_version="builtin", kind=kind)

    def lines(self) -> list[str]:
        """The fields, as lines of YAML."""
        given = [("path", self.path), ("configuredIn", self.configured_in)]
        by = [
            ("apiVersion", self.api_version),
            ("kind", self.kind),
            ("name", self.name),
            ("namespace", self.namespace),
        ]
        lines = [f"{key}: {one_line(value)}" for key, value in given if value]
        inner = [f"  {key}: {one_line(value)}" for key, value in by if value]
        return [*lines, "configuredBy:", *inner] if inner else lines


def origin_text(origin: Origin) -> str:
    """The value of the origin annotation."""
    return "".join(f"{line}\n" for line in origin.lines()) or emitted({})


def transformations_text(origins: tuple[Origin, ...]) -> str:
    """The value of the annotation that lists what changed an object."""
    text = ""
    for origin in origins:
        lead = "- "
        for line in origin.lines():
            text += f"{lead}{line}\n"
            lead = "  "
    return text
