"""The columns of the built-in kinds, as `kubectl get` shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from apiserver.clock import moment_of, stamp
from apiserver.duration import human
from apiserver.resource import Column
from apiserver.selector import selector_text
from apiserver.value import Object, at, elements, number, objects, section, strings, text

Cells = Callable[[Object, datetime], list[object]]


@dataclass(frozen=True, slots=True)
class Printer:
    """The columns of one kind, and the cells of an object under them."""

    columns: tuple[Column, ...]
    cells: Cells

    def row(self, content: Object, now: datetime) -> list[object]:
        """The cells of one object."""
        return self.cells(content, now)


def age(content: Object, now: datetime, *path: str) -> str:
    """How long ago the time at `path` was; of the object's creation where no path is given."""
    value = text(content, *(path or ("metadata", "creationTimestamp")))
    moment = moment_of(value)
    return human((now - moment).total_seconds()) if moment else "<unknown>"


def _name(content: Object) -> str:
    return text(content, "metadata", "name")


def _columns(spec: str) -> tuple[Column, ...]:
    """`Name Ready Age +Images`: a plus for what only `-o wide` shows, an underscore for a space."""
    return tuple(_column(word) for word in spec.split())


def _column(word: str) -> Column:
    name = word.removeprefix("+").removesuffix("#").replace("_", " ")
    kind = "integer" if word.endswith("#") else "string"
    form = "name" if name == "Name" else ""
    return Column(name, kind, form, name, 1 if word.startswith("+") else 0)


def creation() -> Printer:
    """For kinds without columns of their own: the name and when it was created."""
    columns = (_column("Name"), Column("Created At", "date", description="Created At"))
    return Printer(columns, lambda content, _: [_name(content), _created(content)])


def _created(content: Object) -> str:
    return text(content, "metadata", "creationTimestamp") or stamp(datetime.min)


def _config_map(content: Object, now: datetime) -> list[object]:
    size = len(section(content, "data")) + len(section(content, "binaryData"))
    return [_name(content), size, age(content, now)]


def _secret(content: Object, now: datetime) -> list[object]:
    size = len(section(content, "data"))
    return [_name(content), text(content, "type"), size, age(content, now)]


def _namespace(content: Object, now: datetime) -> list[object]:
    return [_name(content), text(content, "status", "phase"), age(content, now)]


def _service_account(content: Object, now: datetime) -> list[object]:
    return [_name(content), len(elements(content, "secrets")), age(content, now)]


def _images(content: Object) -> list[object]:
    containers = objects(content, "spec", "template", "spec", "containers")
    names = ",".join(text(each, "name") for each in containers)
    images = ",".join(text(each, "image") for each in containers)
    return [names, images, selector_text(section(content, "spec", "selector")) or "<none>"]


def _deployment(content: Object, now: datetime) -> list[object]:
    status = section(content, "status")
    ready = f"{number(status, 'readyReplicas')}/{number(content, 'spec', 'replicas')}"
    counts = [number(status, "updatedReplicas"), number(status, "availableReplicas")]
    return [_name(content), ready, *counts, age(content, now), *_images(content)]


def _replica_set(content: Object, now: datetime) -> list[object]:
    status = section(content, "status")
    counts = [number(content, "spec", "replicas"), number(status, "replicas")]
    ready = number(status, "readyReplicas")
    return [_name(content), *counts, ready, age(content, now), *_images(content)]


def _stateful_set(content: Object, now: datetime) -> list[object]:
    status = section(content, "status")
    ready = f"{number(status, 'readyReplicas')}/{number(content, 'spec', 'replicas')}"
    return [_name(content), ready, age(content, now), *_images(content)[:2]]


def _daemon_set(content: Object, now: datetime) -> list[object]:
    keys = ("desiredNumberScheduled", "currentNumberScheduled", "numberReady",
        "updatedNumberScheduled", "numberAvailable")  # fmt: skip
    counts = [number(content, "status", key) for key in keys]
    nodes = section(content, "spec", "template", "spec", "nodeSelector")
    selector = selector_text({"matchLabels": nodes}) or "<none>"
    return [_name(content), *counts, selector, age(content, now), *_images(content)]


def _job(content: Object, now: datetime) -> list[object]:
    status, spec = section(content, "status"), section(content, "spec")
    done = f"{number(status, 'succeeded')}/{number(spec, 'completions', default=1)}"
    return [_name(content), _job_state(content), done, _job_length(content, now),
        age(content, now), *_images(content)]  # fmt: skip


def _job_state(content: Object) -> str:
    states = {
        text(each, "type") for each in objects(content, "status", "conditions")
        if text(each, "status") == "True"
    }  # fmt: skip
    for condition, word in (("Complete", "Complete"), ("Failed", "Failed"),
            ("Suspended", "Suspended")):  # fmt: skip
        if condition in states:
            return word
    return "Terminating" if text(content, "metadata", "deletionTimestamp") else "Running"


def _job_length(content: Object, now: datetime) -> str:
    start = moment_of(text(content, "status", "startTime"))
    if start is None:
        return ""
    end = moment_of(text(content, "status", "completionTime")) or now
    return human((end - start).total_seconds())


def _cron_job(content: Object, now: datetime) -> list[object]:
    spec = section(content, "spec")
    template = section(spec, "jobTemplate")
    last = text(content, "status", "lastScheduleTime")
    return [
        _name(content), text(spec, "schedule"), text(spec, "timeZone") or "<none>",
        "True" if spec.get("suspend") is True else "False",
        len(elements(content, "status", "active")),
        age(content, now, "status", "lastScheduleTime") if last else "<none>",
        age(content, now), *_images(template),
    ]  # fmt: skip


def _pod(content: Object, now: datetime) -> list[object]:
    states = objects(content, "status", "containerStatuses")
    ready = sum(each.get("ready") is True for each in states)
    restarts = sum(number(each, "restartCount") for each in states)
    total = len(objects(content, "spec", "containers"))
    nominated = text(content, "status", "nominatedNodeName") or "<none>"
    return [
        _name(content), f"{ready}/{total}", _pod_state(content), str(restarts), age(content, now),
        text(content, "status", "podIP") or "<none>", text(content, "spec", "nodeName") or "<none>",
        nominated, "<none>",
    ]  # fmt: skip


def _pod_state(content: Object) -> str:
    if text(content, "metadata", "deletionTimestamp"):
        return "Terminating"
    for each in objects(content, "status", "containerStatuses"):
        for state in ("waiting", "terminated"):
            if reason := text(each, "state", state, "reason"):
                return reason
    return text(content, "status", "reason") or text(content, "status", "phase")


def _service(content: Object, now: datetime) -> list[object]:
    spec = section(content, "spec")
    address = text(spec, "clusterIP") or "<none>"
    selector = selector_text({"matchLabels": section(spec, "selector")}) or "<none>"
    kind = text(spec, "type")
    return [_name(content), kind, address, _external(content), _ports(spec), age(content, now),
        selector]  # fmt: skip


def _external(content: Object) -> str:
    spec = section(content, "spec")
    if text(spec, "type") == "ExternalName":
        return text(spec, "externalName")
    found = _ingress_points(content) + strings(spec, "externalIPs")
    if found:
        return ",".join(found)
    return "<pending>" if text(spec, "type") == "LoadBalancer" else "<none>"


def _ingress_points(content: Object) -> list[str]:
    points = objects(content, "status", "loadBalancer", "ingress")
    return [text(each, "ip") or text(each, "hostname") for each in points]


def _ports(spec: Object) -> str:
    found = []
    for each in objects(spec, "ports"):
        node = number(each, "nodePort")
        port = f"{number(each, 'port')}:{node}" if node else str(number(each, "port"))
        found.append(f"{port}/{text(each, 'protocol') or 'TCP'}")
    return ",".join(found) or "<none>"


def _ingress(content: Object, now: datetime) -> list[object]:
    spec = section(content, "spec")
    hosts = [text(rule, "host") or "*" for rule in objects(spec, "rules")]
    shown = ",".join(hosts[:3]) + (f" + {len(hosts) - 3} more..." if len(hosts) > 3 else "")
    ports = "80, 443" if objects(spec, "tls") else "80"
    points = ",".join(_ingress_points(content))
    kind = text(spec, "ingressClassName") or "<none>"
    return [_name(content), kind, shown or "*", points, ports, age(content, now)]


def _claim(content: Object, now: datetime) -> list[object]:
    spec, status = section(content, "spec"), section(content, "status")
    modes = ",".join(_MODES.get(each, each) for each in strings(status, "accessModes"))
    size = text(status, "capacity", "storage")
    return [
        _name(content), text(status, "phase"), text(spec, "volumeName"), size, modes,
        text(spec, "storageClassName"), "<unset>", age(content, now), text(spec, "volumeMode"),
    ]  # fmt: skip


_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP"}  # fmt: skip


def _node(content: Object, now: datetime) -> list[object]:
    ready = any(
        text(each, "type") == "Ready" and text(each, "status") == "True"
        for each in objects(content, "status", "conditions")
    )
    info = section(content, "status", "nodeInfo")
    return [_name(content), "Ready" if ready else "NotReady", "<none>", age(content, now),
        text(info, "kubeletVersion")]  # fmt: skip


def _event(content: Object, now: datetime) -> list[object]:
    about = section(content, "involvedObject") or section(content, "regarding")
    last = text(content, "lastTimestamp") or text(content, "eventTime")
    seen = age({"t": last}, now, "t") if last else age(content, now)
    target = f"{text(about, 'kind').lower()}/{text(about, 'name')}"
    told = (text(content, "message") or text(content, "note")).strip()
    source = text(content, "source", "component") or text(content, "reportingComponent")
    count = number(content, "count", default=1)
    return [seen, text(content, "type"), text(content, "reason"), target,
        text(about, "fieldPath"), source, told, seen, count, _name(content)]  # fmt: skip


def _lease(content: Object, now: datetime) -> list[object]:
    return [_name(content), text(content, "spec", "holderIdentity"), age(content, now)]


def _binding(content: Object, now: datetime) -> list[object]:
    role = section(content, "roleRef")
    named: dict[str, list[str]] = {"User": [], "Group": [], "ServiceAccount": []}
    for each in objects(content, "subjects"):
        name = text(each, "name")
        if text(each, "kind") == "ServiceAccount":
            name = f"{text(each, 'namespace')}/{name}"
        named.setdefault(text(each, "kind"), []).append(name)
    return [_name(content), f"{text(role, 'kind')}/{text(role, 'name')}", age(content, now),
        *(", ".join(names) for names in list(named.values())[:3])]  # fmt: skip


def _scaler(content: Object, now: datetime) -> list[object]:
    spec = section(content, "spec")
    target = section(spec, "scaleTargetRef")
    return [_name(content), f"{text(target, 'kind')}/{text(target, 'name')}", "<unknown>",
        number(spec, "minReplicas", default=1), number(spec, "maxReplicas"),
        number(content, "status", "currentReplicas"), age(content, now)]  # fmt: skip


def _budget(content: Object, now: datetime) -> list[object]:
    spec = section(content, "spec")
    least, most = at(spec, "minAvailable"), at(spec, "maxUnavailable")
    return [_name(content), "N/A" if least is None else str(least),
        "N/A" if most is None else str(most), number(content, "status", "disruptionsAllowed"),
        age(content, now)]  # fmt: skip


def _policy(content: Object, now: datetime) -> list[object]:
    selector = selector_text(section(content, "spec", "podSelector")) or "<none>"
    return [_name(content), selector, age(content, now)]


def _named(content: Object, now: datetime) -> list[object]:
    return [_name(content), age(content, now)]


def _table() -> dict[tuple[str, str], Printer]:
    workload = "+Containers +Images +Selector"
    rows: list[tuple[str, str, str, Cells]] = [
        ("", "ConfigMap", "Name Data# Age", _config_map),
        ("", "Secret", "Name Type Data# Age", _secret),
        ("", "Namespace", "Name Status Age", _namespace),
        ("", "ServiceAccount", "Name Secrets# Age", _service_account),
        ("", "Pod", "Name Ready Status Restarts Age +IP +Node +Nominated_Node +Readiness_Gates",
            _pod),
        ("", "Service", "Name Type Cluster-IP External-IP Port(s) Age +Selector", _service),
        ("", "PersistentVolumeClaim", "Name Status Volume Capacity Access_Modes StorageClass "
            "VolumeAttributesClass Age +VolumeMode", _claim),
        ("", "Node", "Name Status Roles Age Version", _node),
        ("", "Event", "Last_Seen Type Reason Object +Subobject +Source Message +First_Seen +Count# "
            "+Name", _event),
        ("events.k8s.io", "Event", "Last_Seen Type Reason Object +Subobject +Source Message "
            "+First_Seen +Count# +Name", _event),
        ("apps", "Deployment", f"Name Ready Up-to-date# Available# Age {workload}", _deployment),
        ("apps", "ReplicaSet", f"Name Desired# Current# Ready# Age {workload}", _replica_set),
        ("apps", "StatefulSet", "Name Ready Age +Containers +Images", _stateful_set),
        ("apps", "DaemonSet", "Name Desired# Current# Ready# Up-to-date# Available# "
            f"Node_Selector Age {workload}", _daemon_set),
        ("batch", "Job", f"Name Status Completions Duration Age {workload}", _job),
        ("batch", "CronJob", "Name Schedule Timezone Suspend Active# Last_Schedule Age "
            f"{workload}", _cron_job),
        ("networking.k8s.io", "Ingress", "Name Class Hosts Address Ports Age", _ingress),
        ("networking.k8s.io", "NetworkPolicy", "Name Pod-Selector Age", _policy),
        ("coordination.k8s.io", "Lease", "Name Holder Age", _lease),
        ("rbac.authorization.k8s.io", "RoleBinding",
            "Name Role Age +Users +Groups +ServiceAccounts", _binding),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding",
            "Name Role Age +Users +Groups +ServiceAccounts", _binding),
        ("autoscaling", "HorizontalPodAutoscaler",
            "Name Reference Targets MinPods MaxPods# Replicas# Age", _scaler),
        ("policy", "PodDisruptionBudget",
            "Name Min_Available Max_Unavailable Allowed_Disruptions# Age", _budget),
    ]  # fmt: skip
    return {(group, kind): Printer(_columns(spec), cells) for group, kind, spec, cells in rows}


PRINTERS = _table()
"""The printer of each kind with columns of its own."""
