"""Objects as people write them, made by Hypothesis: few names, so that they meet each other."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Made = dict[str, object]
Draw = SearchStrategy[object]

NAMES = ("web", "api", "db", "web-1", "prod-web")
name = st.sampled_from(NAMES)
namespace = st.sampled_from(("", "", "default", "team-a", "team-b"))
image = st.sampled_from(
    ("nginx", "nginx:1.25", "redis@sha256:abc", "reg.io:5000/team/api:v1", "busybox:", "team/api")
)
scalar = st.sampled_from(
    ["yes", "off", "0o17", "017", "1e3", "0x1F", "1_000", "12345678901234567890", "1.0", "~",
     "null", "Null", "2024-01-02", "2024-01-02T03:04:05Z", "12:30", "a: b", "#x", "- x", "",
     "line\nbreak\n", "two\n\nlines", " lead", "trail ", "x" * 90, "word " * 30, "é", "\t", "'",
     '"', "%", "@at", "`", "!tag", "&a", "*b", "|", ">", "?", "=", "<<", ".5", "-", "y", "n"]
)  # fmt: skip
"""Texts that are hard to write down and hard to read back."""
plain = st.one_of(
    scalar, st.integers(-3, 70000), st.booleans(), st.none(), st.sampled_from((0.5, 1.5e10, 1e21))
)
few_texts = st.dictionaries(
    st.sampled_from(("app", "tier", "app.kubernetes.io/name", "x/y", "on", "1")),
    st.sampled_from(("web", "db", "true", "1", "yes", "")),
    max_size=3,
)
env = st.one_of(
    st.fixed_dictionaries({"name": st.sampled_from("ABC"), "value": scalar}),
    st.fixed_dictionaries(
        {
            "name": st.sampled_from("DEF"),
            "valueFrom": st.one_of(
                st.fixed_dictionaries(
                    {"configMapKeyRef": st.fixed_dictionaries({"name": name, "key": name})}
                ),
                st.fixed_dictionaries(
                    {"secretKeyRef": st.fixed_dictionaries({"name": name, "key": name})}
                ),
            ),
        }
    ),
)
port = st.fixed_dictionaries(
    {"containerPort": st.sampled_from((80, 8080, 9090))},
    optional={"name": st.sampled_from(("http", "metrics")), "protocol": st.just("TCP")},
)
container = st.fixed_dictionaries(
    {"name": st.sampled_from(("main", "side", "web")), "image": image},
    optional={
        "env": st.lists(env, max_size=3, unique_by=lambda each: each["name"]),
        "args": st.lists(scalar, max_size=3),
        "ports": st.lists(port, max_size=2),
        "envFrom": st.lists(
            st.fixed_dictionaries({"configMapRef": st.fixed_dictionaries({"name": name})}),
            max_size=2,
        ),
        "resources": st.fixed_dictionaries(
            {"limits": st.dictionaries(st.sampled_from(("cpu", "memory")), scalar, max_size=2)}
        ),
    },
)
containers = st.lists(container, min_size=1, max_size=2, unique_by=lambda each: each["name"])
volume = st.fixed_dictionaries(
    {"name": st.sampled_from(("data", "config"))},
    optional={
        "configMap": st.fixed_dictionaries({"name": name}),
        "secret": st.fixed_dictionaries({"secretName": name}),
        "persistentVolumeClaim": st.fixed_dictionaries({"claimName": name}),
    },
)
pod_spec = st.fixed_dictionaries(
    {"containers": containers},
    optional={
        "initContainers": containers,
        "volumes": st.lists(volume, max_size=2, unique_by=lambda each: each["name"]),
        "serviceAccountName": name,
    },
)
template = st.fixed_dictionaries(
    {"spec": pod_spec},
    optional={
        "metadata": st.fixed_dictionaries({}, optional={"labels": few_texts, "name": name}),
    },
)
selector = st.fixed_dictionaries({"matchLabels": few_texts})
roles = st.sampled_from(("Role", "ClusterRole"))
subject = st.fixed_dictionaries(
    {"kind": st.sampled_from(("ServiceAccount", "User")), "name": name},
    optional={"namespace": st.sampled_from(("default", "team-a"))},
)
nested = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(("a", "b10", "b9", "name", "Z", "on")), inner, max_size=3),
    ),
    max_leaves=6,
)
workload = {
    "spec": st.fixed_dictionaries(
        {"template": template}, optional={"replicas": st.integers(0, 3), "selector": selector}
    )
}
BODIES: dict[tuple[str, str], dict[str, Draw]] = {
    ("apps/v1", "Deployment"): workload,
    ("apps/v1", "StatefulSet"): workload,
    ("apps/v1", "DaemonSet"): workload,
    ("batch/v1", "CronJob"): {
        "spec": st.fixed_dictionaries(
            {"jobTemplate": st.fixed_dictionaries({"spec": st.builds(dict, template=template)})}
        )
    },
    ("v1", "Pod"): {"spec": pod_spec},
    ("v1", "Service"): {
        "spec": st.fixed_dictionaries(
            {"selector": few_texts}, optional={"ports": st.lists(st.just({"port": 80}), max_size=2)}
        )
    },
    ("v1", "ConfigMap"): {"data": st.dictionaries(name, scalar, max_size=3)},
    ("v1", "Secret"): {
        "stringData": st.dictionaries(name, scalar, max_size=2),
        "type": st.just("Opaque"),
    },
    ("v1", "ServiceAccount"): {"secrets": st.lists(st.builds(dict, name=name), max_size=2)},
    ("v1", "Namespace"): {},
    ("rbac.authorization.k8s.io/v1", "Role"): {"rules": st.just([{"verbs": ["get"]}])},
    ("rbac.authorization.k8s.io/v1", "ClusterRole"): {"rules": st.just([{"verbs": ["get"]}])},
    ("rbac.authorization.k8s.io/v1", "RoleBinding"): {
        "roleRef": st.builds(
            dict, apiGroup=st.just("rbac.authorization.k8s.io"), kind=roles, name=name
        ),
        "subjects": st.lists(subject, max_size=2),
    },
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"): {
        "roleRef": st.builds(
            dict,
            apiGroup=st.just("rbac.authorization.k8s.io"),
            kind=st.just("ClusterRole"),
            name=name,
        ),
        "subjects": st.lists(subject, max_size=2),
    },
    ("autoscaling/v2", "HorizontalPodAutoscaler"): {
        "spec": st.fixed_dictionaries(
            {
                "scaleTargetRef": st.builds(
                    dict, apiVersion=st.just("apps/v1"), kind=st.just("Deployment"), name=name
                )
            }
        )
    },
    ("networking.k8s.io/v1", "Ingress"): {
        "spec": st.fixed_dictionaries(
            {"defaultBackend": st.builds(dict, service=st.builds(dict, name=name))}
        )
    },
    ("networking.k8s.io/v1", "NetworkPolicy"): {
        "spec": st.fixed_dictionaries({"podSelector": selector})
    },
    ("example.com/v1", "Thing"): {"spec": nested, "other": nested},
}


@st.composite
def objects(draw: st.DrawFn) -> Made:
    """One object of a kind that kustomize knows, or of one that it does not."""
    api_version, kind = draw(st.sampled_from(sorted(BODIES)))
    metadata: Made = {"name": draw(name)}
    if space := draw(namespace):
        metadata["namespace"] = space
    for field in ("labels", "annotations"):
        if found := draw(st.one_of(st.just({}), few_texts)):
            metadata[field] = found
    body = draw(st.fixed_dictionaries({}, optional=BODIES[api_version, kind]))
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **body}
