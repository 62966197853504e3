"""Rendered files to documents and hooks, in the order in which Helm installs them. Pure.

From Helm's pkg/release/v1/util: files are cut at lines that begin with `---`, without regard to
YAML; hooks are what has a `helm.sh/hook` of known events; kinds come in a fixed order, unknown ones
last and by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import cast

from helm_controller.problem import HelmError
from helm_controller.rendering import Document, Hook
from shared.manifest.identity import Manifest, section, text

Parse = Callable[[str], Manifest]
"""One document of YAML as Go's sigs.k8s.io/yaml reads it; raises HelmError with Go's words."""

INSTALL_ORDER = (
    "PriorityClass", "Namespace", "NetworkPolicy", "ResourceQuota", "LimitRange",
    "PodSecurityPolicy", "PodDisruptionBudget", "ServiceAccount", "Secret", "SecretList",
    "ConfigMap", "StorageClass", "PersistentVolume", "PersistentVolumeClaim",
    "CustomResourceDefinition", "ClusterRole", "ClusterRoleList", "ClusterRoleBinding",
    "ClusterRoleBindingList", "Role", "RoleList", "RoleBinding", "RoleBindingList", "Service",
    "DaemonSet", "Pod", "ReplicationController", "ReplicaSet", "Deployment",
    "HorizontalPodAutoscaler", "StatefulSet", "Job", "CronJob", "IngressClass", "Ingress",
    "APIService", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration",
)  # fmt: skip
UNINSTALL_ORDER = (
    "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "APIService", "Ingress",
    "IngressClass", "Service", "CronJob", "Job", "StatefulSet", "HorizontalPodAutoscaler",
    "Deployment", "ReplicaSet", "ReplicationController", "Pod", "DaemonSet", "RoleBindingList",
    "RoleBinding", "RoleList", "Role", "ClusterRoleBindingList", "ClusterRoleBinding",
    "ClusterRoleList", "ClusterRole", "CustomResourceDefinition", "PersistentVolumeClaim",
    "PersistentVolume", "StorageClass", "ConfigMap", "SecretList", "Secret", "ServiceAccount",
    "PodDisruptionBudget", "PodSecurityPolicy", "LimitRange", "ResourceQuota", "NetworkPolicy",
    "Namespace", "PriorityClass",
)  # fmt: skip
EVENTS = {
    **{
        event: event
        for action in ("install", "upgrade", "rollback", "delete")
        for event in (f"pre-{action}", f"post-{action}")
    },
    "test": "test",
    "test-success": "test",  # Helm 2's word
}
HOOK = "helm.sh/hook"
WEIGHT = "helm.sh/hook-weight"
DELETE_POLICY = "helm.sh/hook-delete-policy"
OUTPUT_LOG_POLICY = "helm.sh/hook-output-log-policy"

# What Go's unicode.IsSpace takes for a space in the text of a template.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
_SPACE += "\u200a\u2028\u2029\u202f\u205f\u3000"
_CUT = re.compile(r"^---[ \t]*", re.MULTILINE)
_INTEGER = re.compile(r"[+-]?[0-9]+")
_LONGEST_INTEGER = 4000
_RANK = {kind: rank for rank, kind in enumerate(INSTALL_ORDER)}


def split(content: str) -> list[str]:
    """The documents of a file: what stands between the lines that begin with three dashes."""
    parts = (part.lstrip(_SPACE) for part in _CUT.split(content.lstrip(_SPACE)))
    return [part for part in parts if part]


def ordered(
    files: Mapping[str, str], parse: Parse
) -> tuple[tuple[Document, ...], tuple[Hook, ...]]:
    """The documents and the hooks of rendered files, each in the order of installation.

    Files whose name begins with `_` are left out, and documents with an event nobody knows. Raises
    HelmError for a document that is not YAML.
    """
    documents: list[Document] = []
    hooks: list[Hook] = []
    for path in sorted(files, key=str.encode):
        for found in _of_file(path, files[path], parse):
            if isinstance(found, Hook):
                hooks.append(found)
            else:
                documents.append(found)
    return tuple(sorted(documents, key=_rank)), tuple(sorted(hooks, key=_rank))


def _rank(found: Document | Hook) -> tuple[int, str]:
    rank = _RANK.get(found.kind)
    return (len(_RANK), found.kind) if rank is None else (rank, "")


def _of_file(path: str, content: str, parse: Parse) -> Iterator[Document | Hook]:
    if path.rpartition("/")[2].startswith("_"):
        return
    for part in split(content):
        try:
            head = parse(part)
        except HelmError as error:
            raise HelmError("parse", f"YAML parse error on {path}: {error}") from error
        annotations = section(section(head, "metadata"), "annotations")
        if HOOK not in annotations:
            yield Document(path, text(head, "kind"), part)
        elif hook := _hook(path, part, head, _as_texts(annotations)):
            yield hook


def _hook(path: str, part: str, head: Manifest, annotations: Mapping[str, str]) -> Hook | None:
    """A hook; None where one of its events is not known to Helm."""
    events = [EVENTS.get(word) for word in _words(annotations[HOOK])]
    if None in events:
        return None
    return Hook(
        path=path,
        kind=text(head, "kind"),
        name=_as_text(section(head, "metadata").get("name", "")),
        text=part,
        events=tuple(cast("list[str]", events)),
        weight=_weight(annotations.get(WEIGHT, "")),
        delete_policies=_listed(annotations, DELETE_POLICY),
        output_log_policies=_listed(annotations, OUTPUT_LOG_POLICY),
    )


def _weight(text: str) -> int:
    """A weight; 0 for what is none to Go: no whole number, or none of 64 bits."""
    # A long row of digits is no number to Python either.
    if len(text) > _LONGEST_INTEGER or not _INTEGER.fullmatch(text):
        return 0
    weight = int(text)
    return weight if -(2**63) <= weight < 2**63 else 0


def _listed(annotations: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(_words(annotations[name])) if name in annotations else ()


def _words(listed: str) -> list[str]:
    return [word.strip(_SPACE).lower() for word in listed.split(",")]


def _as_texts(annotations: Manifest) -> dict[str, str]:
    return {key: _as_text(value) for key, value in annotations.items()}


def _as_text(value: object) -> str:
    """A scalar where Go wants a string: sigs.k8s.io/yaml writes numbers and booleans out."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return ""
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)
