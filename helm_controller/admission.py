"""Whether a HelmRelease may be worked on at all, told from its spec and the flags. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shared.api.helm_release import HelmRelease
from shared.operation.health_expression import health_rules, ready_expression
from shared.operation.tenant import Tenant
from shared.reconcile.failure import Stalled
from shared.reconcile.key import Key

# The name of an account becomes part of a user name: nothing but a name may be in it.
_ACCOUNT = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Rules:
    """What the flags say. `across_namespaces`: whether references may leave the namespace;
    `default_account`: whose rights are used where the HelmRelease names nobody;
    `external_artifacts`: whether those may be charts."""

    across_namespaces: bool = True
    default_account: str = ""
    external_artifacts: bool = False


def admit(hr: HelmRelease, rules: Rules) -> None:
    """Raises Stalled where only a change of the spec (or of the flags) can help."""
    spec = hr.spec
    if (spec.chart is None) == (spec.chart_ref is None):
        raise Stalled("InvalidSpec", "either spec.chart or spec.chartRef must be set")
    if (
        spec.chart_ref
        and spec.chart_ref.kind == "ExternalArtifact"
        and not rules.external_artifacts
    ):
        raise Stalled(
            "AccessDenied",
            "spec.chartRef: an ExternalArtifact may be a chart only with the feature gate "
            "ExternalArtifact=true",
        )
    if not rules.across_namespaces:
        _require_own_namespace(hr)
    account = spec.service_account_name
    if account and not _ACCOUNT.fullmatch(account):
        raise Stalled(
            "AccessDenied", f"spec.serviceAccountName: {account[:253]!r} is no name of an account"
        )
    health_rules(spec.health_check_exprs)
    for index, dependency in enumerate(spec.depends_on):
        ready_expression(dependency.ready_expr, index)


def tenant_of(hr: HelmRelease, rules: Rules) -> Tenant:
    """In whose name the cluster is spoken to, and which one."""
    owner = Key(hr.metadata.namespace, hr.metadata.name)
    account = hr.spec.service_account_name or rules.default_account
    return Tenant(owner, account, hr.spec.kube_config)


def _require_own_namespace(hr: HelmRelease) -> None:
    own = hr.metadata.namespace
    for field, kind, namespace, name in _references(hr):
        if namespace not in {"", own}:
            raise Stalled(
                "AccessDenied",
                f"spec.{field}: can't access '{kind}/{namespace}/{name}', "
                "cross-namespace references have been blocked",
            )


def _references(hr: HelmRelease) -> Iterator[tuple[str, str, str, str]]:
    if hr.spec.chart is not None:
        source = hr.spec.chart.spec.source_ref
        yield "chart.spec.sourceRef", source.kind, source.namespace, source.name
    if hr.spec.chart_ref is not None:
        reference = hr.spec.chart_ref
        yield "chartRef", reference.kind, reference.namespace, reference.name
    for dependency in hr.spec.depends_on:
        yield "dependsOn", "HelmRelease", dependency.namespace, dependency.name
