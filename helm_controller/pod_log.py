"""The last words of a hook that has failed: the end of its pods' logs, where it asks for that."""

from __future__ import annotations

from helm_controller.objects import objects_of
from shared.cluster.client import Client
from shared.cluster.error import ClusterError
from shared.cluster.request import Request
from shared.manifest.identity import Kind, Manifest, Ref, metadata, text

POD = Kind("", "v1", "Pod")
LINES = 20
BYTES = 4096
MOST_PODS = 3


async def last_words(client: Client, hook: Manifest, namespace: str) -> str:
    """What the pods of a hook said last, to be put after a message; empty where the hook does not
    ask for it (`helm.sh/hook-output-log-policy: hook-failed`), or where nothing can be had."""
    policies = hook.get("output_log_policies")
    if not isinstance(policies, list) or "hook-failed" not in policies:
        return ""
    try:
        found = objects_of(text(hook, "manifest"))
        place = text(metadata(found[0]), "namespace") or namespace
        said = [await _log(client, pod) for pod in await _pods(client, hook, place)]
    except (ClusterError, IndexError):
        return ""
    return "".join(f"\n{one}" for one in said if one)


async def _pods(client: Client, hook: Manifest, namespace: str) -> list[Ref]:
    name = text(hook, "name")
    match text(hook, "kind"):
        case "Pod":
            return [Ref("", "Pod", namespace, name)]
        case "Job":
            labels = f"job-name={name}"
            listing = await client.list(POD, namespace=namespace, labels=labels)
            return [Ref.of(pod) for pod in listing.items[:MOST_PODS]]
        case _:
            return []


async def _log(client: Client, pod: Ref) -> str:
    request = Request(
        "get",
        f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}/log",
        f"log of {pod}",
        resource="pods/log",
        query={"tailLines": str(LINES), "limitBytes": str(BYTES)},
        accept="*/*",
        user=client.user,
    )
    said = (await client.connection.send(request)).decode(errors="replace").strip()
    return f"log of {pod}:\n{said}" if said else ""
