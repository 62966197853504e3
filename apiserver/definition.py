"""CustomResourceDefinitions: from one to the resources that it has served."""

from __future__ import annotations

from apiserver.custom_schema import schema_of
from apiserver.priority import priority
from apiserver.resource import Column, Naming, Resource, ScalePaths, Traits
from apiserver.value import Object, at, number, objects, section, strings, text

GROUP = "apiextensions.k8s.io"
SHELF = (GROUP, "customresourcedefinitions")
CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
_DESCRIPTION = "Custom resource definition column (in JSONPath format): "
AGE = Column(
    "Age",
    "date",
    description="CreationTimestamp is a timestamp",
    path=".metadata.creationTimestamp",
)


def served(definition: Object) -> list[Resource]:
    """One resource for each served version."""
    versions = objects(definition, "spec", "versions")
    return [_resource(definition, each) for each in versions if each.get("served") is True]


def _resource(definition: Object, version: Object) -> Resource:
    spec = section(definition, "spec")
    names = section(spec, "names")
    kind = text(names, "kind")
    naming = Naming(
        text(names, "singular") or kind.lower(),
        tuple(strings(names, "shortNames")),
        tuple(strings(names, "categories")),
        text(names, "listKind") or f"{kind}List",
    )
    return Resource(
        text(spec, "group"),
        text(version, "name"),
        kind,
        text(names, "plural"),
        text(spec, "scope") == "Namespaced",
        naming,
        traits=_traits(version),
        columns=_columns(version),
        selectable=tuple(_selectable(version)),
        definition=version,
        deprecation=_deprecation(definition, version),
        schema=schema_of(
            section(version, "schema", "openAPIV3Schema"),
            status=at(version, "subresources", "status") is not None,
        ),
    )


def _deprecation(definition: Object, version: Object) -> str:
    """The warning for who uses a version that goes, with the version to use instead."""
    if version.get("deprecated") is not True:
        return ""
    if told := text(version, "deprecationWarning"):
        return told
    group, kind = text(definition, "spec", "group"), text(definition, "spec", "names", "kind")
    name = text(version, "name")
    better = [
        text(each, "name")
        for each in objects(definition, "spec", "versions")
        if each.get("served") is True and each.get("deprecated") is not True
    ]
    better = sorted((each for each in better if priority(each) < priority(name)), key=priority)
    instead = f"; use {group}/{better[0]} {kind}" if better else ""
    return f"{group}/{name} {kind} is deprecated{instead}"


def _traits(version: Object) -> Traits:
    parts = section(version, "subresources")
    return Traits(
        status=at(parts, "status") is not None,
        scale=_scale(section(parts, "scale")) if at(parts, "scale") is not None else None,
        counts_generations=True,
        unconditional_update=False,
    )


def _scale(paths: Object) -> ScalePaths:
    return ScalePaths(
        text(paths, "specReplicasPath"),
        text(paths, "statusReplicasPath"),
        text(paths, "labelSelectorPath"),
    )


def _columns(version: Object) -> tuple[Column, ...]:
    declared = objects(version, "additionalPrinterColumns")
    found = [
        Column(
            text(each, "name"),
            text(each, "type"),
            text(each, "format"),
            text(each, "description") or _DESCRIPTION + text(each, "jsonPath"),
            number(each, "priority"),
            text(each, "jsonPath"),
        )
        for each in declared
    ]
    return tuple(found) or (AGE,)


def _selectable(version: Object) -> list[str]:
    return [text(each, "jsonPath").lstrip(".") for each in objects(version, "selectableFields")]
