"""The order in which objects come out."""

from __future__ import annotations

from kustomize.identity import Gvk
from kustomize.kind_order import FIRST, LAST, ranks, sort_text
from kustomize.kustomization import SortOptions
from kustomize.problem import BuildError
from kustomize.resource import Resource
from kustomize.resources import Resources


def sort(resources: Resources, options: SortOptions | None) -> None:
    """Sorts as `sortOptions` say: `fifo` keeps the order. Raises BuildError for contradictions."""
    order = options.order if options else "fifo"
    legacy = options.legacy_sort_options if options else None
    if order not in ("fifo", "legacy"):
        raise BuildError("the field 'sortOptions.order' must be one of [fifo, legacy]")
    if order == "fifo":
        if legacy is not None:
            raise BuildError(
                "the field 'sortOptions.legacySortOptions' is set but the selected sort order is "
                "'fifo', not 'legacy'"
            )
        return
    sort_by_kind(
        resources,
        legacy.order_first if legacy else FIRST,
        legacy.order_last if legacy else LAST,
    )


def sort_by_kind(
    resources: Resources, first: tuple[str, ...] = FIRST, last: tuple[str, ...] = LAST
) -> None:
    """Sorts by kind: those named first and last have their places, the rest goes by group, version
    and kind; within a kind by namespace and name."""
    table = ranks(first, last)

    def key(resource: Resource) -> tuple[int, int, str, str]:
        kind = resource.gvk
        # It has that place among Namespaces alone: without one of its own it is as any kind.
        before = _before(kind) if kind.kind in table else 1
        return table.get(kind.kind, 0), before, sort_text(kind), _id_text(resource)

    resources.replace_all(sorted(resources, key=key))


def _before(kind: Gvk) -> int:
    """Kubernetes' own Namespace comes before those of other groups."""
    return 0 if kind.kind == "Namespace" and not kind.group else 1


def _id_text(resource: Resource) -> str:
    kind, name, namespace = resource.id
    return f"{kind}|{namespace or '~X'}|{name or '~N'}"
