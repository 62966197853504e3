"""Which fields of which objects a Kustomization leaves to others: `spec.ignore`. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from kustomize.identity import Gvk
from kustomize.kustomization import Selector as Pattern
from kustomize.problem import BuildError
from kustomize.selection import IdMatcher, label_matcher
from kustomize_controller.problem import KustomizationProblem
from shared.api.adjustment import IgnoreRule, Selector
from shared.manifest.identity import Manifest, Ref, annotations_of, labels_of
from shared.operation.ignoring import NOTHING, Ignored, Steps, pointer


def ignored_in(rules: Sequence[IgnoreRule], wanted: Manifest) -> Ignored:
    """The fields of an object that the rules of a Kustomization leave to others. Raises
    KustomizationProblem where a pointer or a selector is none."""
    found: list[Steps] = []
    for place, rule in enumerate(rules):
        try:
            if _is_meant(wanted, rule):
                found += map(pointer, rule.paths)
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
