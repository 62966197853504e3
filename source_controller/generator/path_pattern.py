"""`spec.pathPattern`: one set of artifacts for each directory that fits. Pure.

`@repo/apps/{app}` finds the directories below `apps`; `{app}` in names and copies then stands for
the name of each. Names and labels have it in small letters, paths as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import re2

from shared.api.artifact_generator import ArtifactGeneratorSpec, OutputArtifact
from source_controller.generator.copying import parted
from source_controller.generator.material import Material
from source_controller.generator.problem import PatternError

MOST_ARTIFACTS = 5_000
"""Of one generator: all are listed in its status, which has to fit into the API server."""

_CAPTURE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LABEL_KEY = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_LABEL_VALUE = _LABEL_KEY
_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_OBJECT_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_LONGEST_NAME = 253


@dataclass(frozen=True, slots=True)
class Demand:
    """An artifact that is to be generated, with the labels that its directory gives it."""

    output: OutputArtifact
    labels: Mapping[str, str] = field(default_factory=dict)


def demanded(spec: ArtifactGeneratorSpec, sources: Mapping[str, Material]) -> list[Demand]:
    """The artifacts of a spec: as they are there, or one set for each directory that fits. Raises
    PatternError where the pattern, or what it finds, makes no artifacts."""
    if not spec.path_pattern:
        return [Demand(output) for output in spec.artifacts]
    try:
        return _expanded(spec, sources)
    except PatternError as problem:
        raise PatternError(f'pathPattern "{spec.path_pattern}": {problem}') from None


def is_object_name(name: str) -> bool:
    """Whether an object may have a name, as Kubernetes has it for most kinds."""
    return len(name) <= _LONGEST_NAME and _OBJECT_NAME.fullmatch(name) is not None


def _expanded(spec: ArtifactGeneratorSpec, sources: Mapping[str, Material]) -> list[Demand]:
    alias, pattern = parted(spec.path_pattern)
    if alias not in sources:
        raise PatternError(f"source alias '{alias}' is not among the sources")
    found: dict[str, Demand] = {}
    places: dict[str, str] = {}
    for directory, captures in _directories(pattern, sources[alias]):
        for demand in _rendered(spec.artifacts, captures):
            name = demand.output.name
            if name in places:
                raise PatternError(
                    f"directories '{places[name]}' and '{directory}' both make an artifact named "
                    f"'{name}'"
                )
            found[name], places[name] = demand, directory
            if len(found) > MOST_ARTIFACTS:
                raise PatternError(f"there are more than {MOST_ARTIFACTS} artifacts")
    return list(found.values())


def _directories(pattern: str, material: Material) -> Iterator[tuple[str, dict[str, str]]]:
    """The directories that fit, in the order of a walk, each with what stands for the names."""
    names: list[str] = []

    def capture(name: str) -> str:
        if name in names:
            raise PatternError(f"'{{{name}}}' is there twice")
        if not _LABEL_KEY.fullmatch(name):
            raise PatternError(f"'{name}' is no key that a label may have")
        names.append(name)
        return "([^/]+)"

    matcher = re2.compile("".join(_pieces(pattern, capture, re2.escape)))
    for directory in material.directories():
        if fit := matcher.fullmatch(directory):
            yield directory, dict(zip(names, fit.groups(), strict=True))


def _rendered(outputs: Sequence[OutputArtifact], captures: Mapping[str, str]) -> Iterator[Demand]:
    labels = {name: value.lower() for name, value in captures.items()}
    for name, value in labels.items():
        if not _LABEL_VALUE.fullmatch(value):
            raise PatternError(f"'{value}', which stands for '{name}', is no value for a label")
    for output in outputs:
        name = _filled(output.name, labels)
        if not is_object_name(name):
            raise PatternError(f"'{name}' is no name that an object may have")
        copies = tuple(
            copy.model_copy(
                update={"from_": _filled(copy.from_, captures), "to": _filled(copy.to, captures)}
            )
            for copy in output.copies
        )
        yield Demand(output.model_copy(update={"name": name, "copies": copies}), labels)


def _filled(template: str, values: Mapping[str, str]) -> str:
    def value(name: str) -> str:
        if name not in values:
            raise PatternError(f"'{template}': '{name}' is not in pathPattern")
        return values[name]

    return "".join(_pieces(template, value, str))


def _pieces(
    text: str, capture: Callable[[str], str], literal: Callable[[str], str]
) -> Iterator[str]:
    """A text with its `{name}`s, piece by piece. Raises PatternError where braces do not pair up,
    or hold no name."""
    rest = text
    while rest:
        before, brace, rest = rest.partition("{")
        if "}" in before:
            raise PatternError(f"'{text}' has a closing brace without an opening one")
        yield literal(before)
        if not brace:
            return
        name, closing, rest = rest.partition("}")
        if not closing or not _CAPTURE.fullmatch(name):
            raise PatternError(f"'{text}': '{{{name}' is no name in braces")
        yield capture(name)
