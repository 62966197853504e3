"""CustomResourceDefinitions."""

from __future__ import annotations

from collections.abc import Iterator

from apiserver.cause import immutable, invalid, required
from apiserver.cluster import Cluster
from apiserver.refusal import Cause
from apiserver.strategy import Strategy
from apiserver.value import Object, objects, part, section, strings, text


def _default(new: Object) -> None:
    names = part(new, "spec", "names")
    if kind := text(names, "kind"):
        names.setdefault("singular", kind.lower())
        names.setdefault("listKind", f"{kind}List")
    part(new, "spec", "conversion").setdefault("strategy", "None")


def _check(new: Object, old: Object | None) -> list[Cause]:
    spec = section(new, "spec")
    found = list(_missing(spec))
    name, wanted = text(new, "metadata", "name"), f"{text(spec, 'names', 'plural')}."
    if name != wanted + text(spec, "group"):
        why = 'must be spec.names.plural+"."+spec.group'
        found.append(invalid("metadata.name", name, why))
    found += _version_faults(spec)
    found += _dropped_versions(new)
    found += _rule_faults(spec)
    return found + immutable(new, old, "spec.group", "spec.scope", "spec.names.plural",
        "spec.names.kind")  # fmt: skip


def _rule_faults(spec: Object) -> Iterator[Cause]:
    # Brings the engine for CEL along: loaded when the first definition is written.
    from apiserver.rule_definition import faults

    return faults(objects(spec, "versions"))


def _dropped_versions(new: Object) -> Iterator[Cause]:
    """Objects may still be stored in a version that is to go."""
    names = {text(each, "name") for each in objects(new, "spec", "versions")}
    for index, name in enumerate(strings(new, "status", "storedVersions")):
        if name not in names:
            why = (
                f"missing from spec.versions; {name} was previously a storage version, and must "
                "remain in spec.versions until a storage migration ensures no data remains "
                f"persisted in {name} and removes {name} from status.storedVersions"
            )
            yield invalid(f"status.storedVersions[{index}]", name, why)


def _missing(spec: Object) -> Iterator[Cause]:
    for path in ("group", "scope", "names.plural", "names.kind"):
        if not text(spec, *path.split(".")):
            yield required(f"spec.{path}")


def _version_faults(spec: Object) -> Iterator[Cause]:
    versions = objects(spec, "versions")
    if sum(each.get("storage") is True for each in versions) != 1:
        why = "must have exactly one version marked as storage version"
        yield invalid("spec.versions", versions and [text(each, "name") for each in versions], why)
    for index, version in enumerate(versions):
        path = f"spec.versions[{index}]"
        if not section(version, "schema", "openAPIV3Schema"):
            yield required(f"{path}.schema.openAPIV3Schema")
        elif text(version, "schema", "openAPIV3Schema", "type") != "object":
            kind = text(version, "schema", "openAPIV3Schema", "type")
            why = "must be object at the root"
            yield invalid(f"{path}.schema.openAPIV3Schema.type", kind, why)


def _prepare(cluster: Cluster, new: Object, old: Object | None) -> None:
    if old is None:
        versions = objects(new, "spec", "versions")
        stored = [text(each, "name") for each in versions if each.get("storage") is True]
        new["status"] = {"conditions": None, "storedVersions": stored}


DEFINITION = Strategy(_default, _prepare, _check)
