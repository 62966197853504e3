"""How an object is written down in an inventory: `<namespace>_<name>_<group>_<kind>`.

Flux, kpt and cli-utils write the same, so an inventory of theirs is one of ours. Object names have
no underscore, except that the names of RBAC objects may have a colon, which is written as two.
"""

from __future__ import annotations

from shared.manifest.identity import ManifestError, Ref

_COLON = "__"
_PARTS = 4


def id_of(ref: Ref) -> str:
    """The id of an object: `apps_web_apps_Deployment`; cluster-scoped ones start with `_`, those of
    the core group have two underscores before the kind."""
    name = ref.name.replace(":", _COLON)
    return f"{ref.namespace}_{name}_{ref.group}_{ref.kind}"


def ref_of(entry: str, version: str) -> Ref:
    """The object of an inventory's entry. Raises ManifestError where the id is none."""
    namespace, _, rest = entry.partition("_")
    parts = rest.rsplit("_", 2)
    if len(parts) != _PARTS - 1 or not parts[0] or not parts[2]:
        raise ManifestError(
            f"inventory entry {entry!r} is not of the form <namespace>_<name>_<group>_<kind>"
        )
    name, group, kind = parts
    return Ref(group, kind, namespace, name.replace(_COLON, ":"), version)
