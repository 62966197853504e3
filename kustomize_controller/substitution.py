"""The variables of `spec.postBuild`, filled into what was built. Pure.

As in Flux each object is written as YAML, the text is changed, and read again: so a value that is
not in quotes decides itself whether it is a number or a string (reference flux.md 1.15).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import orjson

from kustomize_controller.envsubst import substituted
from kustomize_controller.mark import MARKS
from kustomize_controller.problem import KustomizationProblem
from shared.manifest.document import CONFIGURATION, DocumentError, dump, parse
from shared.manifest.identity import Manifest, annotations_of, labels_of
from shared.manifest.tree import Tree

_MARK = f"{MARKS.group}/substitute"
_MOST_FILES = 3


@dataclass(frozen=True, slots=True)
class Substitution:
    """Variables by their names, and whether one without a value is an error. Values may be those of
    Secrets: they are in no message and in no `repr`."""

    variables: Mapping[str, bytes] = field(repr=False)
    strict: bool = True

    def applied(self, manifest: Manifest) -> Manifest:
        """The object with its variables filled in; itself where there are none, or where it is
        marked `substitute: disabled`.

        Raises KustomizationProblem, with the variable where there is one; DocumentError where the
        object as built cannot be written as YAML.
        """
        if is_left_out(manifest) or not _has_dollar(manifest):
            return manifest
        text = dump([manifest]).decode()
        return _one_object(substituted(text, self.variables, strict=self.strict))


def is_left_out(manifest: Manifest) -> bool:
    """Whether an object wants its text left as it is. The value is read exactly, other than that of
    all other marks (as in Flux)."""
    return "disabled" in (labels_of(manifest).get(_MARK), annotations_of(manifest).get(_MARK))


def files_with(tree: Tree, paths: Iterable[str], *texts: str) -> str:
    """Which files hold all the texts, as ` (see a.yaml, b.yaml)`; empty where none does. For the
    person who has to find what is meant."""
    wanted = [text.encode() for text in texts]
    found = sorted(path for path in paths if path in tree and _holds(tree[path], wanted))
    shown = [*found[:_MOST_FILES], *(["..."] if len(found) > _MOST_FILES else [])]
    return f" (see {', '.join(shown)})" if found else ""


def _holds(content: bytes, texts: list[bytes]) -> bool:
    return all(text in content for text in texts)


def _one_object(text: bytes) -> Manifest:
    """The object that a text describes. What is wrong with the text is not told beyond its line:
    it may be made of Secrets."""
    try:
        found = parse(text, path="", rules=CONFIGURATION)
    except DocumentError as error:
        line = f", at line {error.line} of it as built" if error.line else ""
        raise KustomizationProblem(
            f"with its variables filled in, the object is no longer valid YAML{line}; values are "
            "not shown: put the reference in quotes, or look at what its variable holds"
        ) from None
    if len(found) != 1:
        raise KustomizationProblem(
            f"with its variables filled in, the object has become {len(found)} documents"
        )
    return found[0]


def _has_dollar(manifest: Manifest) -> bool:
    """Told quickly: most objects have no variables, and writing and reading YAML takes long."""
    try:
        return b"$" in orjson.dumps(manifest)
    except TypeError:
        return True
