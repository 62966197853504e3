"""Deployments, ReplicaSets, StatefulSets and DaemonSets."""

from __future__ import annotations

from apiserver.cause import (
    at_least,
    forbidden,
    immutable,
    invalid,
    required,
    unsupported,
)
from apiserver.cluster import Cluster
from apiserver.metadata_check import label_faults
from apiserver.refusal import Cause
from apiserver.rule.pod import default_template
from apiserver.rule.pod_check import template_faults
from apiserver.rule.selection import selector_faults
from apiserver.selector import label_selector
from apiserver.strategy import Strategy
from apiserver.value import Object, at, objects, part, same, section, text


def _default_deployment(new: Object) -> None:
    spec = part(new, "spec")
    spec.setdefault("replicas", 1)
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    strategy = part(spec, "strategy")
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = part(strategy, "rollingUpdate")
        rolling.setdefault("maxUnavailable", "25%")
        rolling.setdefault("maxSurge", "25%")
    default_template(spec)


def _default_replica_set(new: Object) -> None:
    spec = part(new, "spec")
    spec.setdefault("replicas", 1)
    default_template(spec)


def _default_stateful_set(new: Object) -> None:
    spec = part(new, "spec")
    spec.setdefault("podManagementPolicy", "OrderedReady")
    spec.setdefault("replicas", 1)
    spec.setdefault("revisionHistoryLimit", 10)
    update = part(spec, "updateStrategy")
    if update.setdefault("type", "RollingUpdate") == "RollingUpdate":
        part(update, "rollingUpdate").setdefault("partition", 0)
    retention = part(spec, "persistentVolumeClaimRetentionPolicy")
    retention.setdefault("whenDeleted", "Retain")
    retention.setdefault("whenScaled", "Retain")
    for claim in objects(spec, "volumeClaimTemplates"):
        claim.setdefault("apiVersion", "v1")
        claim.setdefault("kind", "PersistentVolumeClaim")
        part(claim, "spec").setdefault("volumeMode", "Filesystem")
        part(claim, "status").setdefault("phase", "Pending")
    default_template(spec)


_GENERATION = "deprecated.daemonset.template.generation"


def _default_daemon_set(new: Object) -> None:
    spec = part(new, "spec")
    part(new, "metadata", "annotations").setdefault(_GENERATION, "1")
    spec.setdefault("revisionHistoryLimit", 10)
    update = part(spec, "updateStrategy")
    if update.setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = part(update, "rollingUpdate")
        rolling.setdefault("maxUnavailable", 1)
        rolling.setdefault("maxSurge", 0)
    default_template(spec)


_UNREADABLE = "invalid label selector"
"""Where the real server cannot read the selector, it looks no further."""


def _selector_faults(new: Object) -> list[Cause]:
    selector = section(new, "spec").get("selector")
    labels = section(new, "spec", "template", "metadata").get("labels")
    mismatch = invalid(
        "spec.template.metadata.labels", labels, "`selector` does not match template `labels`"
    )
    if not isinstance(selector, dict):
        return [required("spec.selector"), mismatch]
    if found := list(selector_faults(selector, "spec.selector")):
        return [*found, invalid("spec.selector", selector, _UNREADABLE)]
    if not section(selector, "matchLabels") and not objects(selector, "matchExpressions"):
        why = f"empty selector is invalid for {text(new, 'kind').lower()}"
        return [invalid("spec.selector", selector, why)]
    return [] if label_selector(selector)(section({"": labels}, "")) else [mismatch]


def _check(new: Object, old: Object | None) -> list[Cause]:
    spec = section(new, "spec")
    found = _count_faults(spec) + _selector_faults(new)
    if not any(each.message.endswith(_UNREADABLE) for each in found):
        labels = section(spec, "template", "metadata", "labels")
        found += label_faults(labels, "spec.template.labels")
        found += template_faults(spec)
    return (
        found
        + _restart_faults(spec)
        + _strategy_faults(spec)
        + _wait_faults(spec)
        + immutable(new, old, "spec.selector")
    )


def _count_faults(spec: Object) -> list[Cause]:
    return at_least("spec.replicas", spec.get("replicas"))


def _wait_faults(spec: Object) -> list[Cause]:
    found = at_least("spec.minReadySeconds", spec.get("minReadySeconds"))
    return found + at_least("spec.revisionHistoryLimit", spec.get("revisionHistoryLimit"))


def _restart_faults(spec: Object) -> list[Cause]:
    policy = text(spec, "template", "spec", "restartPolicy")
    if policy not in ("OnFailure", "Never"):
        return []
    return [unsupported("spec.template.spec.restartPolicy", policy, ("Always",))]


def _strategy_faults(spec: Object) -> list[Cause]:
    """What is wrong with a Deployment's way of rolling out; other kinds have no such field."""
    strategy, path = section(spec, "strategy"), "spec.strategy"
    kind, rolling = text(strategy, "type"), strategy.get("rollingUpdate")
    if kind == "Recreate" and rolling is not None:
        why = "may not be specified when strategy `type` is 'Recreate'"
        return [forbidden(f"{path}.rollingUpdate", why)]
    if kind not in ("", "Recreate", "RollingUpdate"):
        # The real server shows what it holds in Go.
        shown: Object = {"Type": kind, "RollingUpdate": rolling}
        return [unsupported(path, shown, ("Recreate", "RollingUpdate"))]
    most, surge = at(rolling, "maxUnavailable"), at(rolling, "maxSurge")
    if most in (0, "0%") and surge in (0, "0%"):
        why = "may not be 0 when `maxSurge` is 0"
        return [invalid(f"{path}.rollingUpdate.maxUnavailable", most, why)]
    return []


_CHANGEABLE = (
    "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
)  # fmt: skip


def _management_faults(spec: Object) -> list[Cause]:
    policy = text(spec, "podManagementPolicy")
    if policy in ("OrderedReady", "Parallel"):
        return []
    why = "must be 'OrderedReady' or 'Parallel'"
    return [invalid("spec.podManagementPolicy", policy, why)]


def _check_stateful_set(new: Object, old: Object | None) -> list[Cause]:
    spec = section(new, "spec")
    found = _management_faults(spec) + _count_faults(spec) + _selector_faults(new)
    found += _restart_faults(spec) + _wait_faults(spec)
    if old is not None:
        fixed = [
            {key: value for key, value in section(each, "spec").items() if key not in _CHANGEABLE}
            for each in (new, old)
        ]
        if not same(fixed[0], fixed[1]):
            words = ", ".join(f"'{word}'" for word in _CHANGEABLE[:-1])
            why = (
                f"updates to statefulset spec for fields other than {words} and "
                "'minReadySeconds' are forbidden"
            )
            found.append(forbidden("spec", why))
    return found


def _prepare_daemon_set(cluster: Cluster, new: Object, old: Object | None) -> None:
    """Count the templates, in an annotation that has outlived its use."""
    if old is None:
        return
    before = text(old, "metadata", "annotations", _GENERATION) or "1"
    changed = not same(section(new, "spec", "template"), section(old, "spec", "template"))
    count = int(before) + 1 if changed and before.isdigit() else before
    part(new, "metadata", "annotations")[_GENERATION] = str(count)


def _default_replication(new: Object) -> None:
    """Like a ReplicaSet; who leaves out the labels means those of the template."""
    _default_replica_set(new)
    labels = section(new, "spec", "template", "metadata", "labels")
    if labels and not section(new, "metadata", "labels"):
        part(new, "metadata")["labels"] = dict(labels)
    if labels and not section(new, "spec", "selector"):
        part(new, "spec")["selector"] = dict(labels)


def _check_replication(new: Object, old: Object | None) -> list[Cause]:
    spec = section(new, "spec")
    found = [] if section(spec, "selector") else [required("spec.selector")]
    return found + _count_faults(spec) + list(template_faults(spec))


DEPLOYMENT = Strategy(_default_deployment, check=_check)
REPLICA_SET = Strategy(_default_replica_set, check=_check)
REPLICATION = Strategy(_default_replication, check=_check_replication)
POD_TEMPLATE = Strategy(default_template)
STATEFUL_SET = Strategy(_default_stateful_set, check=_check_stateful_set)
DAEMON_SET = Strategy(_default_daemon_set, _prepare_daemon_set, _check)
