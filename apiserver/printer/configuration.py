"""Configuration, accounts and roles, and what is told of the cluster."""

from __future__ import annotations

from datetime import datetime

from apiserver.printer.column import Printer, age, columns, name, named
from apiserver.value import Object, number, objects, section, text


def _config_map(content: Object, now: datetime) -> list[object]:
    size = len(section(content, "data")) + len(section(content, "binaryData"))
    return [name(content), size, age(content, now)]


def _secret(content: Object, now: datetime) -> list[object]:
    size = len(section(content, "data"))
    return [name(content), text(content, "type"), size, age(content, now)]


def _namespace(content: Object, now: datetime) -> list[object]:
    return [name(content), text(content, "status", "phase"), age(content, now)]


def _event(content: Object, now: datetime) -> list[object]:
    about = section(content, "involvedObject") or section(content, "regarding")
    last = text(content, "lastTimestamp") or text(content, "eventTime")
    seen = age({"t": last}, now, "t") if last else age(content, now)
    target = f"{text(about, 'kind').lower()}/{text(about, 'name')}"
    told = (text(content, "message") or text(content, "note")).strip()
    source = text(content, "source", "component") or text(content, "reportingComponent")
    count = number(content, "count", default=1)
    return [seen, text(content, "type"), text(content, "reason"), target,
        text(about, "fieldPath"), source, told, seen, count, name(content)]  # fmt: skip


def _lease(content: Object, now: datetime) -> list[object]:
    return [name(content), text(content, "spec", "holderIdentity"), age(content, now)]


def _binding(content: Object, now: datetime) -> list[object]:
    role = section(content, "roleRef")
    subjects: dict[str, list[str]] = {"User": [], "Group": [], "ServiceAccount": []}
    for each in objects(content, "subjects"):
        shown = text(each, "name")
        if text(each, "kind") == "ServiceAccount":
            shown = f"{text(each, 'namespace')}/{shown}"
        subjects.setdefault(text(each, "kind"), []).append(shown)
    cells = [", ".join(shown) for shown in list(subjects.values())[:3]]
    return [name(content), f"{text(role, 'kind')}/{text(role, 'name')}", age(content, now), *cells]


def _quota(content: Object, now: datetime) -> list[object]:
    hard, used = section(content, "status", "hard"), section(content, "status", "used")
    parts: dict[bool, list[str]] = {True: [], False: []}
    for key in sorted(hard):
        parts[key.startswith("limits.")].append(f"{key}: {used.get(key, '0')}/{hard[key]}")
    return [name(content), ", ".join(parts[False]), ", ".join(parts[True]), age(content, now)]


def _priority(content: Object, now: datetime) -> list[object]:
    return [name(content), number(content, "value"), content.get("globalDefault") is True,
        age(content, now), text(content, "preemptionPolicy")]  # fmt: skip


def _runtime(content: Object, now: datetime) -> list[object]:
    return [name(content), text(content, "handler"), age(content, now)]


def _service(content: Object, now: datetime) -> list[object]:
    about = section(content, "spec", "service")
    where = f"{text(about, 'namespace')}/{text(about, 'name')}" if about else "Local"
    found = [
        each for each in objects(content, "status", "conditions") if each["type"] == "Available"
    ]
    state = text(found[0], "status") if found else "Unknown"
    if found and state != "True":
        state = f"{state} ({text(found[0], 'reason')})"
    return [name(content), where, state, age(content, now)]


def _webhooks(content: Object, now: datetime) -> list[object]:
    return [name(content), len(objects(content, "webhooks")), age(content, now)]


def _policy(content: Object, now: datetime) -> list[object]:
    kind = section(content, "spec", "paramKind")
    shown = f"{text(kind, 'apiVersion')}/{text(kind, 'kind')}" if kind else "<unset>"
    count = len(objects(content, "spec", "validations"))
    return [name(content), count, shown, age(content, now)]


def _policy_binding(content: Object, now: datetime) -> list[object]:
    about = section(content, "spec", "paramRef")
    words = [text(about, key) for key in ("namespace", "name")]
    shown = "/".join(filter(None, words)) if about else "<unset>"
    return [name(content), text(content, "spec", "policyName"), shown, age(content, now)]


_EVENT = "Last_Seen Type Reason Object +Subobject +Source Message +First_Seen +Count +Name"
CONFIG_MAP = Printer(columns("Name Data Age"), _config_map)
SECRET = Printer(columns("Name Type Data Age"), _secret)
NAMESPACE = Printer(columns("Name Status Age"), _namespace)
ACCOUNT = Printer(columns("Name Age"), named)
EVENT = Printer(columns(_EVENT), _event)
LEASE = Printer(columns("Name Holder Age"), _lease)
BINDING = Printer(columns("Name Role Age +Users +Groups +ServiceAccounts"), _binding)
QUOTA = Printer(columns("Name Request Limit Age"), _quota)
PRIORITY = Printer(columns("Name Value# Global-Default? Age PreemptionPolicy"), _priority)
RUNTIME = Printer(columns("Name Handler Age"), _runtime)
API_SERVICE = Printer(columns("Name Service Available Age"), _service)
WEBHOOKS = Printer(columns("Name Webhooks# Age"), _webhooks)
ADMISSION = Printer(columns("Name Validations# ParamKind Age"), _policy)
ADMISSION_BINDING = Printer(columns("Name PolicyName ParamRef Age"), _policy_binding)
