"""Which fields of its objects a HelmRelease leaves to others (driftDetection.ignore). Pure."""

from __future__ import annotations

from collections.abc import Sequence

from helm_controller.problem import HelmError
from kustomize.identity import Gvk
from kustomize.kustomization import Selector as Pattern
from kustomize.problem import BuildError
from kustomize.selection import IdMatcher, label_matcher
from shared.api.adjustment import IgnoreRule, Selector
from shared.manifest.identity import Manifest, Ref, annotations_of, labels_of
from shared.operation.ignoring import NOTHING, Ignored, Steps, pointer


def ignored_in(rules: Sequence[IgnoreRule], wanted: Manifest) -> Ignored:
    """The fields of an object that the rules leave to others. Raises HelmError where a pointer or a
    selector is none."""
    found: list[Steps] = []
    for place, rule in enumerate(rules):
        where = f"spec.driftDetection.ignore[{place}]"
        try:
            if _is_meant(wanted, rule):
                found += map(pointer, rule.paths)
        except BuildError as error:
            raise HelmError("release", f"{where}.target: {error}") from error
        except ValueError as error:
            raise HelmError("release", f"{where}.paths: {error}") from error
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
