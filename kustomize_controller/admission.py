"""Whether a Kustomization may be worked on at all, told from its spec and the flags. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.api.kustomization import Kustomization
from shared.operation.health_expression import health_rules, ready_expression
from shared.reconcile.failure import Stalled

# The name of an account becomes part of a user name: nothing but a name may be in it.
_ACCOUNT = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Rules:
    """What the flags say. `across_namespaces`: whether references may leave the namespace;
    `default_account`: whose rights are used where the Kustomization names nobody; `early_kinds`:
    kinds that are applied ahead of the rest; `external_artifacts`: whether those may be sources;
    `argo`: whether the annotations of Argo CD count, unless a Kustomization says otherwise;
    `object_identities`: whether an object may name the account that a cloud knows it as."""

    across_namespaces: bool = True
    default_account: str = ""
    early_kinds: frozenset[str] = frozenset()
    external_artifacts: bool = False
    argo: bool = False
    object_identities: bool = True


def admit(ks: Kustomization, rules: Rules) -> None:
    """Raises Stalled where only a change of the spec (or of the flags) can help."""
    if ks.spec.source_ref.kind == "ExternalArtifact" and not rules.external_artifacts:
        raise Stalled(
            "AccessDenied",
            "spec.sourceRef: an ExternalArtifact may be a source only with the feature gate "
            "ExternalArtifact=true",
        )
    if not rules.across_namespaces:
        _require_own_namespace(ks)
    decryption = ks.spec.decryption
    known_as = decryption.service_account_name if decryption else ""
    _require_name(ks.spec.service_account_name, "spec.serviceAccountName")
    _require_name(known_as, "spec.decryption.serviceAccountName")
    if known_as and not rules.object_identities:
        raise Stalled(
            "FeatureGateDisabled",
            "spec.decryption.serviceAccountName: key services are not asked as an account, as the "
            "feature gate ObjectLevelWorkloadIdentity is off",
        )


def require_expressions(ks: Kustomization) -> None:
    """Raises Stalled for an expression of the spec that cannot be read."""
    health_rules(ks.spec.health_check_exprs)
    for index, dependency in enumerate(ks.spec.depends_on):
        ready_expression(dependency.ready_expr, index)


def account_of(ks: Kustomization, rules: Rules) -> str:
    """The service account, of the Kustomization's own namespace, in whose name the cluster is
    spoken to; empty for the controller's own rights."""
    return ks.spec.service_account_name or rules.default_account


def _require_name(account: str, field: str) -> None:
    if account and not _ACCOUNT.fullmatch(account):
        raise Stalled("AccessDenied", f"{field}: {account[:253]!r} is no name of an account")


def _require_own_namespace(ks: Kustomization) -> None:
    own = ks.metadata.namespace
    source = ks.spec.source_ref
    named: list[tuple[str, str, str, str]] = [
        ("sourceRef", source.kind, source.namespace, source.name)
    ]
    named += [
        ("dependsOn", "Kustomization", dependency.namespace, dependency.name)
        for dependency in ks.spec.depends_on
    ]
    for field, kind, namespace, name in named:
        if namespace not in {"", own}:
            raise Stalled(
                "AccessDenied",
                f"spec.{field}: can't access '{kind}/{namespace}/{name}', "
                "cross-namespace references have been blocked",
            )
