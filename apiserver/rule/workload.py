"""Deployments, ReplicaSets, StatefulSets and DaemonSets."""

from __future__ import annotations

from apiserver.refusal import Cause
from apiserver.rule.fault import forbidden, immutable, invalid, required
from apiserver.rule.pod import default_template, template_faults
from apiserver.selector import label_selector
from apiserver.strategy import Strategy
from apiserver.value import Object, objects, part, same, section, text


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


def _default_daemon_set(new: Object) -> None:
    spec = part(new, "spec")
    spec.setdefault("revisionHistoryLimit", 10)
    update = part(spec, "updateStrategy")
    if update.setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = part(update, "rollingUpdate")
        rolling.setdefault("maxUnavailable", 1)
        rolling.setdefault("maxSurge", 0)
    default_template(spec)


def _selector_faults(new: Object) -> list[Cause]:
    selector = section(new, "spec", "selector")
    labels = section(new, "spec", "template", "metadata", "labels")
    if not selector:
        return [required("spec.selector")]
    if not section(selector, "matchLabels") and not objects(selector, "matchExpressions"):
        why = "empty selector is invalid for deployment"
        return [invalid("spec.selector", selector, why)]
    if not label_selector(selector)(labels):
        why = "`selector` does not match template `labels`"
        return [invalid("spec.template.metadata.labels", labels, why)]
    return []


def _count_faults(new: Object) -> list[Cause]:
    replicas = section(new, "spec").get("replicas")
    if isinstance(replicas, int) and replicas < 0:
        return [invalid("spec.replicas", replicas, "must be greater than or equal to 0")]
    return []


def _check(new: Object, old: Object | None) -> list[Cause]:
    spec = section(new, "spec")
    found = _selector_faults(new) + _count_faults(new) + list(template_faults(spec))
    policy = text(spec, "template", "spec", "restartPolicy")
    if policy in ("OnFailure", "Never"):
        told = f'Unsupported value: "{policy}": supported values: "Always"'
        path = "spec.template.spec.restartPolicy"
        found.append(Cause(path, "FieldValueNotSupported", told))
    return found + immutable(new, old, "spec.selector")


_CHANGEABLE = (
    "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
)  # fmt: skip


def _check_stateful_set(new: Object, old: Object | None) -> list[Cause]:
    found = _check(new, None)
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


DEPLOYMENT = Strategy(_default_deployment, check=_check)
REPLICA_SET = Strategy(_default_replica_set, check=_check)
STATEFUL_SET = Strategy(_default_stateful_set, check=_check_stateful_set)
DAEMON_SET = Strategy(_default_daemon_set, check=_check)
