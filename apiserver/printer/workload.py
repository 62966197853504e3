"""Pods, what makes them, and what bounds them."""

from __future__ import annotations

from datetime import datetime

from apiserver.clock import moment_of
from apiserver.duration import human
from apiserver.printer.column import Printer, age, columns, name
from apiserver.selector import selector_text
from apiserver.value import Object, at, elements, number, objects, section, text


def _images(content: Object) -> list[object]:
    containers = objects(content, "spec", "template", "spec", "containers")
    names = ",".join(text(each, "name") for each in containers)
    images = ",".join(text(each, "image") for each in containers)
    return [names, images, selector_text(section(content, "spec", "selector")) or "<none>"]


def _deployment(content: Object, now: datetime) -> list[object]:
    status = section(content, "status")
    ready = f"{number(status, 'readyReplicas')}/{number(content, 'spec', 'replicas')}"
    counts = [number(status, "updatedReplicas"), number(status, "availableReplicas")]
    return [name(content), ready, *counts, age(content, now), *_images(content)]


def _replica_set(content: Object, now: datetime) -> list[object]:
    status = section(content, "status")
    counts = [number(content, "spec", "replicas"), number(status, "replicas")]
    ready = number(status, "readyReplicas")
    return [name(content), *counts, ready, age(content, now), *_images(content)]


def _stateful_set(content: Object, now: datetime) -> list[object]:
    status = section(content, "status")
    ready = f"{number(status, 'readyReplicas')}/{number(content, 'spec', 'replicas')}"
    return [name(content), ready, age(content, now), *_images(content)[:2]]


def _daemon_set(content: Object, now: datetime) -> list[object]:
    keys = ("desiredNumberScheduled", "currentNumberScheduled", "numberReady",
        "updatedNumberScheduled", "numberAvailable")  # fmt: skip
    counts = [number(content, "status", key) for key in keys]
    nodes = section(content, "spec", "template", "spec", "nodeSelector")
    selector = selector_text({"matchLabels": nodes}) or "<none>"
    return [name(content), *counts, selector, age(content, now), *_images(content)]


def _job(content: Object, now: datetime) -> list[object]:
    status, spec = section(content, "status"), section(content, "spec")
    done = f"{number(status, 'succeeded')}/{number(spec, 'completions', default=1)}"
    return [name(content), _job_state(content), done, _job_length(content, now),
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
        name(content), text(spec, "schedule"), text(spec, "timeZone") or "<none>",
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
        name(content), f"{ready}/{total}", _pod_state(content), str(restarts), age(content, now),
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


def _controller(content: Object, now: datetime) -> list[object]:
    counts = [number(content, "spec", "replicas"), number(content, "status", "replicas"),
        number(content, "status", "readyReplicas")]  # fmt: skip
    selector = selector_text({"matchLabels": section(content, "spec", "selector")}) or "<none>"
    return [name(content), *counts, age(content, now), *_images(content)[:2], selector]


def _template(content: Object, now: datetime) -> list[object]:
    labels = selector_text({"matchLabels": section(content, "template", "metadata", "labels")})
    return [name(content), *_images({"spec": content})[:2], labels or "<none>"]


def _revision(content: Object, now: datetime) -> list[object]:
    owners = objects(content, "metadata", "ownerReferences")
    owner = next((each for each in owners if each.get("controller") is True), {})
    group = text(owner, "apiVersion").rpartition("/")[0]
    kind = f"{text(owner, 'kind').lower()}.{group}".rstrip(".")
    shown = f"{kind}/{text(owner, 'name')}" if owner else "<none>"
    return [name(content), shown, number(content, "revision"), age(content, now)]


def _scaler(content: Object, now: datetime) -> list[object]:
    spec = section(content, "spec")
    target = section(spec, "scaleTargetRef")
    return [name(content), f"{text(target, 'kind')}/{text(target, 'name')}", _targets(content),
        str(number(spec, "minReplicas", default=1)), number(spec, "maxReplicas"),
        number(content, "status", "currentReplicas"), age(content, now)]  # fmt: skip


def _targets(content: Object) -> str:
    known = {
        text(each, "resource", "name"): section(each, "resource", "current")
        for each in objects(content, "status", "currentMetrics")
    }
    shown = []
    for each in objects(content, "spec", "metrics"):
        metric, target = text(each, "resource", "name"), section(each, "resource", "target")
        if share := number(target, "averageUtilization"):
            now = number(known.get(metric, {}), "averageUtilization", default=-1)
            shown.append(f"{metric}: {'<unknown>' if now < 0 else f'{now}%'}/{share}%")
        elif metric:
            shown.append(f"{metric}: <unknown>/{text(target, 'averageValue')}")
    return ", ".join(shown) or "<none>"


def _budget(content: Object, now: datetime) -> list[object]:
    spec = section(content, "spec")
    least, most = at(spec, "minAvailable"), at(spec, "maxUnavailable")
    return [name(content), "N/A" if least is None else str(least),
        "N/A" if most is None else str(most), number(content, "status", "disruptionsAllowed"),
        age(content, now)]  # fmt: skip


_WIDE = "+Containers +Images +Selector"
POD = Printer(
    columns("Name Ready Status Restarts Age +IP +Node +Nominated_Node +Readiness_Gates"), _pod
)
POD_TEMPLATE = Printer(columns("Name Containers Images Pod_Labels"), _template)
DEPLOYMENT = Printer(columns(f"Name Ready Up-to-date Available Age {_WIDE}"), _deployment)
REPLICA_SET = Printer(columns(f"Name Desired# Current# Ready# Age {_WIDE}"), _replica_set)
REPLICATION = Printer(columns(f"Name Desired# Current# Ready# Age {_WIDE}"), _controller)
STATEFUL_SET = Printer(columns("Name Ready Age +Containers +Images"), _stateful_set)
DAEMON_SET = Printer(
    columns(f"Name Desired# Current# Ready# Up-to-date# Available# Node_Selector Age {_WIDE}"),
    _daemon_set,
)
REVISION = Printer(columns("Name Controller Revision Age"), _revision)
JOB = Printer(columns(f"Name Status Completions Duration Age {_WIDE}"), _job)
CRON_JOB = Printer(
    columns(f"Name Schedule Timezone Suspend? Active# Last_Schedule Age {_WIDE}"), _cron_job
)
SCALER = Printer(columns("Name Reference Targets MinPods MaxPods Replicas Age"), _scaler)
BUDGET = Printer(columns("Name Min_Available Max_Unavailable Allowed_Disruptions# Age"), _budget)
