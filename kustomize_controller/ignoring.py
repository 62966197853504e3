"""Fields that are left to others (`spec.ignore`): on objects that are there already. Pure.

As in Flux (reference flux.md 1.13): where another manager applies such a field, it is not sent;
otherwise the value that the object has is sent, so that nobody's value is changed.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import cast

from kustomize.identity import Gvk
from kustomize.kustomization import Selector as Pattern
from kustomize.problem import BuildError
from kustomize.selection import IdMatcher, label_matcher
from kustomize_controller.mark import MANAGER
from kustomize_controller.problem import KustomizationProblem
from shared.api.adjustment import IgnoreRule, Selector
from shared.manifest.field_path import FieldPath
from shared.manifest.identity import Manifest, Ref, annotations_of, labels_of, text
from shared.manifest.managed_fields import applier_of

Steps = tuple[str, ...]
"""A JSON pointer (RFC 6901), a step each."""

_MISSING = object()


@dataclass(frozen=True, slots=True)
class Ignored:
    """The fields of one object that are left to others."""

    pointers: tuple[Steps, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.pointers)

    def adopted(self, wanted: Manifest, live: Manifest) -> Manifest:
        """What is to be sent for an object that is there: as `wanted`, but for these fields."""
        sent = copy.deepcopy(wanted)
        for steps in self.pointers:
            if _at(wanted, steps) is not _MISSING:
                applied = applier_of(live, _field(wanted, steps), beside=MANAGER) is not None
                _put(sent, steps, _MISSING if applied else _at(live, steps))
        return sent

    def fields(self, wanted: Manifest) -> tuple[FieldPath, ...]:
        """The fields as they are named in field ownership."""
        return tuple(_field(wanted, steps) for steps in self.pointers)


NOTHING = Ignored()
"""All is ours."""


def ignored_in(rules: Sequence[IgnoreRule], wanted: Manifest) -> Ignored:
    """The fields of an object that the rules of a Kustomization leave to others. Raises
    KustomizationProblem where a pointer or a selector is none."""
    found: list[Steps] = []
    for place, rule in enumerate(rules):
        try:
            if _is_meant(wanted, rule):
                found += map(_steps, rule.paths)
        except BuildError as error:
            raise KustomizationProblem(f"spec.ignore[{place}].target: {error}") from error
        except ValueError as error:
            raise KustomizationProblem(f"spec.ignore[{place}].paths: {error}") from error
    return Ignored(tuple(dict.fromkeys(found))) if found else NOTHING


def _is_meant(wanted: Manifest, rule: IgnoreRule) -> bool:
    target = rule.target or Selector()
    ref = Ref.of(wanted)
    matcher = IdMatcher(
        Pattern(target.group, target.version, target.kind, target.name, target.namespace)
    )
    return (
        matcher.fits_kind(Gvk(ref.group, ref.version, ref.kind))
        and matcher.name(ref.name)
        and matcher.namespace(ref.namespace)
        and label_matcher(target.label_selector)(labels_of(wanted))
        and label_matcher(target.annotation_selector)(annotations_of(wanted))
    )


def _steps(pointer: str) -> Steps:
    if not pointer.startswith("/") or pointer == "/":
        raise ValueError(f"{pointer!r} is no JSON pointer to a field, such as /spec/replicas")
    return tuple(
        step.replace("~1", "/").replace("~0", "~") for step in pointer.removeprefix("/").split("/")
    )


def _at(node: object, steps: Iterable[str]) -> object:
    """What is at the end of the steps, or _MISSING."""
    return reduce(_child, steps, node)


def _child(node: object, step: str) -> object:
    if isinstance(node, dict):
        return node.get(step, _MISSING)
    if isinstance(node, list) and step.isdecimal() and int(step) < len(node):
        return node[int(step)]
    return _MISSING


def _put(sent: Manifest, steps: Steps, value: object) -> None:
    """Put a value at the end of the steps, or take off what is there."""
    parent, last = _at(sent, steps[:-1]), steps[-1]
    if isinstance(parent, list):
        index = int(last)
        parent[index : index + 1] = [] if value is _MISSING else [value]
    elif value is _MISSING:
        cast("Manifest", parent).pop(last, None)
    else:
        cast("Manifest", parent)[last] = value


def _field(wanted: Manifest, steps: Sequence[str]) -> FieldPath:
    return tuple(_named(wanted, steps))


def _named(wanted: Manifest, steps: Sequence[str]) -> Iterator[str]:
    """The steps, with entries of lists by their name, where they have one."""
    node: object = wanted
    for step in steps:
        below = _child(node, step)
        if isinstance(node, list):
            name = text(cast("Manifest", below), "name") if isinstance(below, dict) else ""
            yield f"[{name or step}]"
        else:
            yield step
        node = below
