"""Requests whose whole answers are compared: what one API server says, the other has to say too.

The requests are tables of ours (tests/data/apiserver/exchange/*.yaml); the answers beside them
(*.answers.json) were recorded from the real kube-apiserver by `python -m tests.contract.record`.
Before answers are compared, what differs from run to run is taken out of them: `plain`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import yaml

from tests.contract.api import APPLY, MERGE, Answer, Api

DATA = Path(__file__).parents[1] / "data/apiserver/exchange"
GROUP = "exchange.contract.test"
ROOT_CA = "kube-root-ca.crt"
CUSTOM = ("widgets", "frames")
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
VERSIONS = {
    f"{GROUP}/v1": {"widgets": "Widget", "frames": "Frame"},
    "v1": {
        "configmaps": "ConfigMap", "secrets": "Secret", "services": "Service", "pods": "Pod",
        "serviceaccounts": "ServiceAccount", "persistentvolumeclaims": "PersistentVolumeClaim",
        "limitranges": "LimitRange", "resourcequotas": "ResourceQuota", "events": "Event",
        "endpoints": "Endpoints", "replicationcontrollers": "ReplicationController",
        "podtemplates": "PodTemplate",
    },
    "apps/v1": {
        "deployments": "Deployment", "statefulsets": "StatefulSet", "daemonsets": "DaemonSet",
        "replicasets": "ReplicaSet", "controllerrevisions": "ControllerRevision",
    },
    "batch/v1": {"jobs": "Job", "cronjobs": "CronJob"},
    "autoscaling/v2": {"horizontalpodautoscalers": "HorizontalPodAutoscaler"},
    "coordination.k8s.io/v1": {"leases": "Lease"},
    "discovery.k8s.io/v1": {"endpointslices": "EndpointSlice"},
    "networking.k8s.io/v1": {"ingresses": "Ingress", "networkpolicies": "NetworkPolicy"},
    "policy/v1": {"poddisruptionbudgets": "PodDisruptionBudget"},
    "rbac.authorization.k8s.io/v1": {"roles": "Role", "rolebindings": "RoleBinding"},
}  # fmt: skip
KINDS = {
    plural: (version, kind) for version, kinds in VERSIONS.items() for plural, kind in kinds.items()
}
"""By plural: the group and version, and the kind."""

FORMS = {
    "merge": MERGE,
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": APPLY,
}
ACCEPT = {
    "partial": "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
    "partials": "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
    "table": "application/json;as=Table;g=meta.k8s.io;v=v1",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a case is played: an API server, and a namespace of the case's own."""

    api: Api
    namespace: str

    async def play(self, case: dict[str, Any]) -> list[dict[str, Any]]:
        """All requests of a case, and the plain answers."""
        return [await self.answer(line) for line in case["say"]]

    async def answer(self, line: dict[str, Any]) -> dict[str, Any]:
        """One request: `POST configmaps`, with `body`, `query`, `form` of the body, `accept`."""
        return self.told(line, await self.ask(line))

    async def ask(self, line: dict[str, Any]) -> Answer:
        """One request, and the answer as it came."""
        line = named(line, "NS", self.namespace)
        verb, target = line["ask"].split(" ", 1)
        return await self.api.ask(
            verb,
            path_of(target, self.namespace),
            line.get("query", {}),
            body_of(target, line),
            form_of(verb, line),
            accept=ACCEPT.get(line.get("accept", ""), line.get("accept", "application/json")),
        )

    def told(self, line: dict[str, Any], answer: Answer) -> dict[str, Any]:
        """What of an answer is compared: `only` some of its parts, or `not` a part."""
        body = answer.body
        if "only" in line:
            body = {path: at(body, path) for path in line["only"]}
        for path in line.get("not", ()):
            drop(body, path)
        for column in objects_at(body, "columnDefinitions"):
            # What the real server says of a column is its documentation, and not ours to repeat.
            column.pop("description", None)
        for each in objects_at(body, "items"):
            # Every namespace has a ConfigMap with the authority of its server.
            if at(each, "metadata.name") == ROOT_CA:
                each["data"] = each["metadata"] = "<authority>"
        found = {"code": answer.status, "body": plain(body, self.namespace)}
        if answer.warnings:
            found["warnings"] = plain(answer.warnings, self.namespace)
        return found


def named(value: Any, word: str, name: str) -> Any:
    """A value with the name in place of the word, wherever that is; keys in order."""
    if isinstance(value, dict):
        return {key.replace(word, name): named(value[key], word, name) for key in sorted(value)}
    if isinstance(value, list):
        return [named(each, word, name) for each in value]
    return value.replace(word, name) if isinstance(value, str) else value


def path_of(target: str, namespace: str) -> str:
    """`configmaps/a` in the namespace; a path from the root as it is."""
    if target.startswith("/"):
        return target
    version = KINDS[target.partition("/")[0]][0]
    root = "apis" if "/" in version else "api"
    return f"/{root}/{version}/namespaces/{namespace}/{target}"


def form_of(verb: str, line: dict[str, Any]) -> str:
    """The media type of a request's body."""
    default = "merge" if verb == "PATCH" else "application/json"
    form = line.get("form", default)
    return FORMS.get(form, form)


def body_of(target: str, line: dict[str, Any]) -> Any:
    """The body, with the kind filled in where it is a whole object."""
    if "text" in line:
        return (
            bytes.fromhex(line["text"][4:]) if line["text"][:4] == "hex:" else line["text"].encode()
        )
    body = line.get("body")
    is_whole = line["ask"][:4] in ("POST", "PUT ") or line.get("form") == "apply"
    if isinstance(body, dict) and is_whole and target.partition("/")[0] in KINDS:
        version, kind = KINDS[target.partition("/")[0]]
        return {"apiVersion": version, "kind": kind} | body
    return body


def at(body: Any, path: str) -> Any:
    """The value below a dotted path; None where there is none."""
    for key in path.split("."):
        if isinstance(body, list):
            body = body[int(key)] if int(key) < len(body) else None
        elif isinstance(body, dict):
            body = body.get(key)
        else:
            return None
    return body


def objects_at(body: Any, path: str) -> list[dict[str, Any]]:
    """The objects of the list below a dotted path."""
    found = at(body, path)
    return [each for each in found or () if isinstance(each, dict)]


def drop(body: Any, path: str) -> None:
    """Take the value below a dotted path away."""
    above, _, key = path.rpartition(".")
    found = at(body, above) if above else body
    if isinstance(found, dict):
        found.pop(key, None)


_UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"20[2-9]\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_AGE = re.compile(r"\d+s")
_ADDRESS = re.compile(r"\b10\.\d+\.\d+\.\d+\b")
_PLAIN = {"resourceVersion": "<version>", "continue": "<continue>", "remainingItemCount": "<n>"}


def plain(value: Any, namespace: str, key: str = "") -> Any:
    """A value without what differs from run to run: uids, versions, times, addresses, names."""
    if isinstance(value, dict):
        found = {name: plain(each, namespace, name) for name, each in value.items()}
        prefix = found.get("generateName", "")
        if prefix and str(found.get("name", "")).startswith(prefix):
            found["name"] = f"{prefix}<suffix>"
        return found
    if isinstance(value, list):
        return [plain(each, namespace, key) for each in value]
    if key in _PLAIN and value not in ("", None):
        return _PLAIN[key]
    if key in ("nodePort", "healthCheckNodePort") and value:
        return "<port>"
    return _plain_text(value, namespace) if isinstance(value, str) else value


def _plain_text(value: str, namespace: str) -> str:
    value = _TIME.sub("<time>", _UID.sub("<uid>", value.replace(namespace, "NS")))
    return "<age>" if _AGE.fullmatch(value) else _ADDRESS.sub("<address>", value)


def tables() -> list[Path]:
    """The tables of requests."""
    return sorted(DATA.glob("*.yaml"))


def answers_of(table: Path) -> Path:
    """The file with the recorded answers to a table's requests."""
    return table.with_suffix(".answers.json")


def cases() -> Iterator[tuple[str, dict[str, Any], list[dict[str, Any]]]]:
    """Every case: its name with that of its table, the case, the answers."""
    for table in tables():
        known = orjson.loads(answers_of(table).read_bytes())
        for case in yaml.safe_load(table.read_text()):
            yield f"{table.stem}: {case['name']}", case, known[case["name"]]


async def serve_custom_kinds(api: Api) -> None:
    """Have the kinds of the tables' own served."""
    for plural in CUSTOM:
        definition = yaml.safe_load((DATA / f"{plural}.definition").read_text())
        await api.post(DEFINITIONS, definition)
    for plural in CUSTOM:
        while (await api.get(f"/apis/{GROUP}/v1/{plural}")).status != 200:
            pass
