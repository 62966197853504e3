"""What is wrong with a label selector.

Behaviour: apimachinery's validation of LabelSelector as of Kubernetes 1.36.
"""

from __future__ import annotations

from collections.abc import Iterator

from apiserver import naming
from apiserver.cause import forbidden, invalid, required
from apiserver.metadata_check import label_faults
from apiserver.refusal import Cause
from apiserver.value import Object, elements, objects, section, text

_WITH_VALUES = ("In", "NotIn")
_WITHOUT = ("Exists", "DoesNotExist")


def selector_faults(selector: Object, path: str) -> Iterator[Cause]:
    """What is wrong with the selector at a path."""
    yield from label_faults(section(selector, "matchLabels"), f"{path}.matchLabels")
    for index, each in enumerate(objects(selector, "matchExpressions")):
        yield from _expression_faults(each, f"{path}.matchExpressions[{index}]")


def _expression_faults(expression: Object, path: str) -> Iterator[Cause]:
    operator, values = text(expression, "operator"), elements(expression, "values")
    if operator in _WITH_VALUES and not values:
        yield required(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif operator in _WITHOUT and values:
        why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
        yield forbidden(f"{path}.values", why)
    elif operator not in (*_WITH_VALUES, *_WITHOUT):
        yield invalid(f"{path}.operator", operator, "not a valid selector operator")
    key = text(expression, "key")
    yield from (invalid(f"{path}.key", key, why) for why in naming.key(key))
    for index, each in enumerate(values):
        faults = naming.value(each) if isinstance(each, str) else []
        yield from (invalid(f"{path}.values[{index}]", each, why) for why in faults)
