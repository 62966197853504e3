"""Where an object or a change came from, as `buildMetadata` wants it in annotations."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace

from kustomize.remote import repository_of
from shared.manifest.emission import emitted
from shared.manifest.scalar_text import one_line

ORIGIN = "config.kubernetes.io/origin"
TRANSFORMATIONS = "alpha.config.kubernetes.io/transformations"
_TOP = "notCloned"


@dataclass(frozen=True, slots=True)
class Origin:
    """A file (`path`), or a generator or transformer (`by`, in the file `configured_in`).

    Paths are relative to the directory that the build started in; where `repo` is one, in the
    state `ref`, to its top.
    """

    path: str = ""
    repo: str = ""
    ref: str = ""
    configured_in: str = ""
    api_version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""

    def below(self, path: str) -> Origin:
        """The origin of something that a path leads to from here."""
        repository = repository_of(path)
        if repository is not None:
            # At the top of a repository kustomize says this, a name from its own inside.
            path = posixpath.normpath(repository.directory) if repository.directory else _TOP
            return replace(self, path=path, repo=repository.url, ref=repository.ref)
        return replace(self, path=posixpath.normpath(posixpath.join(self.path, path)))

    def configured(self, file: str, kind: str) -> Origin:
        """The origin of what a field of the kustomization file here made."""
        configured_in = self.below(file).path
        return Origin("", self.repo, self.ref, configured_in, api_version="builtin", kind=kind)

    def lines(self) -> list[str]:
        """The fields, as lines of YAML."""
        given = [
            ("path", self.path),
            ("repo", self.repo),
            ("ref", self.ref),
            ("configuredIn", self.configured_in),
        ]
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
