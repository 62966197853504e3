"""What random sequences are made of: few kinds, few names, few values, so that requests meet.

An alphabet is about one or two kinds. Most of what it says is right, some of it is not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

Contents = st.SearchStrategy[dict[str, Any]]
"""Of an object without its metadata."""


def some(**parts: st.SearchStrategy[Any]) -> Contents:
    """An object with any of the parts."""
    return st.fixed_dictionaries({}, optional=parts)


def one_of(*values: Any) -> st.SearchStrategy[Any]:
    """Any of the values."""
    return st.sampled_from(values)


def texts(*keys: str) -> Contents:
    """A map of texts with any of the keys."""
    return some(**{key: one_of("1", "2") for key in keys})


def listed(item: st.SearchStrategy[Any], key: str = "", size: int = 3) -> st.SearchStrategy[Any]:
    """A list; of items that differ in their key, where there is one, nearly always."""
    many = st.lists(item, max_size=size)
    if not key:
        return many
    apart = st.lists(item, max_size=size, unique_by=lambda each: repr(each.get(key)))
    return st.integers(0, 15).flatmap(lambda chance: apart if chance else many)


@dataclass(frozen=True, slots=True)
class Alphabet:
    """`contents` by target (`configmaps/a`); `pointers` of JSON patches by plural, with a value
    each; `markers`, an object that is right, by plural; `subresources` by plural; `forms` that
    patches may have; selectors of `fields`."""

    contents: dict[str, Contents]
    pointers: dict[str, dict[str, Any]]
    markers: dict[str, dict[str, Any]]
    subresources: dict[str, tuple[str, ...]] = field(default_factory=dict)
    forms: tuple[str, ...] = ("merge", "json", "strategic", "apply", "apply", "apply")
    fields: tuple[str, ...] = ("metadata.name=a", "metadata.name!=a", "metadata.namespace=NS")

    @property
    def targets(self) -> list[str]:
        """All that the sequence is about."""
        return list(self.contents)

    @property
    def plurals(self) -> list[str]:
        """The kinds of it."""
        return sorted({target.partition("/")[0] for target in self.contents})


_FLAG = one_of(True, False)


def _configuration() -> Alphabet:
    bytes_ = some(r=one_of("YQ==", "Yg=="), s=one_of("YQ==", "?"))
    config = some(data=texts("p", "q", "r"), binaryData=bytes_, immutable=_FLAG)
    secret = some(
        data=some(p=one_of("YQ==", "Yg=="), q=one_of("YQ==", "")),
        stringData=some(p=one_of("a", "b"), t=one_of("a")),
        type=one_of("Opaque", "x", "kubernetes.io/basic-auth"),
        immutable=_FLAG,
    )
    return Alphabet(
        {"configmaps/a": config, "configmaps/b": config, "secrets/a": secret},
        {
            "configmaps": {"/data": {"z": "1"}, "/data/p": "3", "/immutable": True},
            "secrets": {"/data": {"z": "YQ=="}, "/data/p": "Yw==", "/stringData": {"p": "c"}},
        },
        {"configmaps": {}, "secrets": {}},
    )


def _container(*names: str) -> Contents:
    port = st.fixed_dictionaries(
        {"containerPort": one_of(80, 81)}, optional={"protocol": one_of("TCP", "UDP"),
            "name": one_of("web", "dns")})  # fmt: skip
    variable = st.fixed_dictionaries({"name": one_of("A", "B", "C")},
        optional={"value": one_of("1", "2", "")})  # fmt: skip
    amount = some(cpu=one_of("1", "1000m", "0.5"), memory=one_of("1Gi", "1024Mi"))
    return st.fixed_dictionaries(
        {"name": one_of(*names), "image": one_of("i:1", "i:2", "i")},
        optional={
            "ports": listed(port, "containerPort"),
            "env": listed(variable, "name"),
            "args": listed(one_of("1", "2")),
            "resources": some(limits=amount, requests=amount),
            "imagePullPolicy": one_of("Always", "Never"),
        },
    )


_TOLERATION = some(key=one_of("k", "l"), operator=one_of("Exists"), effect=one_of("NoSchedule"))
_VOLUME = st.fixed_dictionaries(
    {"name": one_of("v", "w")},
    optional={"emptyDir": one_of({}, {"medium": "Memory"}), "configMap": one_of({"name": "a"})},
)


_SMALL = {
    "selector": {"matchLabels": {"a": "b"}},
    "template": {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    },
}


def _workload() -> Alphabet:
    pod = st.fixed_dictionaries(
        {"containers": listed(_container("c", "d", "e"), "name")},
        optional={
            "initContainers": listed(_container("f"), "name", 1),
            "tolerations": listed(_TOLERATION, size=2),
            "volumes": listed(_VOLUME, "name", 2),
            "nodeSelector": texts("n", "m"),
            "securityContext": some(runAsUser=one_of(1, 2), sysctls=one_of([])),
            "imagePullSecrets": listed(some(name=one_of("s", "t")), "name", 2),
        },
    )
    labels = st.fixed_dictionaries({"a": one_of("b")}, optional={"x": one_of("1", "2")})
    template = st.fixed_dictionaries({"metadata": some(labels=labels), "spec": pod})
    rolling = some(maxSurge=one_of(1, "50%"), maxUnavailable=one_of(0, 1, "30%"))
    strategy = some(type=one_of("Recreate", "RollingUpdate"), rollingUpdate=rolling)
    spec = st.fixed_dictionaries(
        {"template": template, "selector": one_of({"matchLabels": {"a": "b"}})},
        optional={"replicas": one_of(0, 1, 2), "minReadySeconds": one_of(0, 3), "paused": _FLAG,
            "strategy": strategy},
    )  # fmt: skip
    containers = "/spec/template/spec/containers"
    pointers = {
        "/spec/replicas": 3,
        f"{containers}/0/image": "i:3",
        f"{containers}/1": {"name": "z", "image": "i:1"},
        f"{containers}/-": {"name": "d", "image": "i:1"},
        f"{containers}/0/ports": [{"containerPort": 82}],
        f"{containers}/0/env/0": {"name": "D"},
        "/spec/strategy": {},
        "/status": {"replicas": 1},
    }
    return Alphabet(
        {"deployments/a": st.fixed_dictionaries({"spec": spec})},
        {"deployments": pointers},
        {"deployments": {"spec": _SMALL}},
        {"deployments": ("status", "scale")},
    )


def _service() -> Alphabet:
    port = st.fixed_dictionaries({"port": one_of(80, 81)}, optional={
        "name": one_of("web", "dns"), "protocol": one_of("TCP", "UDP"),
        "targetPort": one_of(80, "web", 81), "appProtocol": one_of("http")})  # fmt: skip
    spec = some(
        ports=listed(port, "port", 2),
        selector=texts("a", "b"),
        type=one_of("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
        clusterIP=one_of("None", ""),
        externalName=one_of("a.test"),
        sessionAffinity=one_of("ClientIP", "None"),
        externalTrafficPolicy=one_of("Local", "Cluster"),
        publishNotReadyAddresses=_FLAG,
        externalIPs=listed(one_of("192.0.2.1", "192.0.2.2"), size=2),
    )
    account = some(
        automountServiceAccountToken=_FLAG, secrets=listed(some(name=one_of("s", "t")), "name", 2),
        imagePullSecrets=listed(some(name=one_of("s", "t")), "name", 2),
    )  # fmt: skip
    return Alphabet(
        {"services/a": some(spec=spec), "serviceaccounts/a": account},
        {
            "services": {"/spec/ports/0": {"port": 82}, "/spec/ports/-": {"port": 83, "name": "x"},
                "/spec/type": "ClusterIP", "/spec/selector": {"z": "1"},
                "/spec/clusterIP": "None"},
            "serviceaccounts": {"/secrets/-": {"name": "u"}, "/secrets": []},
        },
        {"services": {"spec": {"ports": [{"port": 1}]}}, "serviceaccounts": {}},
    )  # fmt: skip


def _network() -> Alphabet:
    peer = some(podSelector=some(matchLabels=one_of({"a": "1"})), namespaceSelector=one_of({}))
    port = some(port=one_of(80, "web"), protocol=one_of("TCP", "UDP"))
    rule = some(**{"from": listed(peer, size=2), "ports": listed(port, size=2)})
    policy = st.fixed_dictionaries({"podSelector": some(matchLabels=one_of({"a": "1"}))}, optional={
        "ingress": listed(rule, size=2), "policyTypes": listed(one_of("Ingress", "Egress"), size=2)
    })  # fmt: skip
    backend = one_of({"service": {"name": "s", "port": {"number": 80}}},
        {"service": {"name": "s", "port": {"name": "web"}}})  # fmt: skip
    path = st.fixed_dictionaries({"backend": backend, "pathType": one_of("Prefix", "Exact")},
        optional={"path": one_of("/", "/a", "a")})  # fmt: skip
    host = some(host=one_of("a.test", "*.test", "A"), http=some(paths=listed(path, size=2)))
    spec = some(
        rules=listed(host, size=2),
        defaultBackend=backend,
        ingressClassName=one_of("i", "j"),
        tls=listed(some(hosts=listed(one_of("a.test")), secretName=one_of("s")), size=1),
    )
    return Alphabet(
        {"networkpolicies/a": some(spec=policy), "ingresses/a": some(spec=spec)},
        {
            "networkpolicies": {"/spec/ingress/0": {}, "/spec/policyTypes": ["Egress"]},
            "ingresses": {"/spec/rules/0/host": "b.test", "/spec/rules/-": {"host": "c.test"},
                "/spec/defaultBackend": {"service": {"name": "t", "port": {"number": 1}}}},
        },
        {
            "networkpolicies": {"spec": {"podSelector": {}}},
            "ingresses": {"spec": {"defaultBackend": {"service": {"name": "t",
                "port": {"number": 1}}}}},
        },
        {"ingresses": ("status",)},
    )  # fmt: skip


def _access() -> Alphabet:
    rule = some(
        apiGroups=listed(one_of("", "apps"), size=2),
        resources=listed(one_of("pods", "*"), size=2),
        verbs=listed(one_of("get", "list", "*"), size=2),
        resourceNames=listed(one_of("a"), size=1),
        nonResourceURLs=listed(one_of("/x"), size=1),
    )
    subject = st.fixed_dictionaries(
        {"kind": one_of("User", "Group", "ServiceAccount"), "name": one_of("u", "v")},
        optional={"namespace": one_of("NS"), "apiGroup": one_of("rbac.authorization.k8s.io", "")},
    )
    reference = {"kind": one_of("Role", "ClusterRole"), "name": one_of("a", "b")}
    group = {"apiGroup": one_of("rbac.authorization.k8s.io")}
    binding = st.fixed_dictionaries(
        {"roleRef": st.fixed_dictionaries(reference, optional=group)},
        optional={"subjects": listed(subject, size=2)},
    )
    return Alphabet(
        {"roles/a": some(rules=listed(rule, size=2)), "rolebindings/a": binding},
        {
            "roles": {"/rules/0": {"apiGroups": [""], "resources": ["x"], "verbs": ["get"]},
                "/rules": []},
            "rolebindings": {"/subjects/-": {"kind": "User", "name": "w"}, "/subjects": [],
                "/roleRef/name": "c"},
        },
        {
            "roles": {},
            "rolebindings": {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role",
                "name": "a"}},
        },
    )  # fmt: skip


def _free() -> Contents:
    leaf = one_of(1, "a", None, 1.5, True)
    wider = st.recursive(
        leaf, lambda inner: some(k=inner, l=inner) | st.lists(inner, max_size=2), max_leaves=4
    )
    return some(k=wider, l=wider)


def _custom() -> Alphabet:
    part = st.fixed_dictionaries({"name": one_of("u", "v", "w")},
        optional={"colour": one_of("red", "blue", None), "weight": one_of(1, 2)})  # fmt: skip
    spec = st.fixed_dictionaries(
        {"mode": one_of("fast", "slow", "fast", "none")},
        optional={
            "size": one_of(1, 2, None, -1, "1"),
            "parts": listed(part, "name"),
            "tags": listed(one_of("s", "t", "u"), size=3),
            "words": listed(one_of("n", "o"), size=2),
            "free": _free(),
            "port": one_of(1, "web", "1"),
            "labels": texts("a", "b"),
            "replicas": one_of(0, 1),
            "stranger": one_of(1),
        },
    )
    frame = some(spec=_free(), status=_free(), data=texts("a", "b"))
    status = some(phase=one_of("x", "y"), replicas=one_of(0, 2), selector=one_of("a=b"))
    widget = st.fixed_dictionaries({"spec": spec}, optional={"status": status})
    return Alphabet(
        {"widgets/a": widget, "widgets/b": widget, "frames/a": frame},
        {
            "widgets": {"/spec/size": 2, "/spec/parts/0": {"name": "x"}, "/spec/words/0": "s",
                "/spec/parts/-": {"name": "z"}, "/spec/tags/-": "s", "/spec/free": {"k": [1]},
                "/spec/port": "x", "/spec/replicas": 4},
            "frames": {"/spec": {"k": 1}, "/spec/k": [1, {"l": None}], "/data/a": "1"},
        },
        {"widgets": {"spec": {"mode": "fast"}}, "frames": {}},
        {"widgets": ("status", "scale")},
        ("merge", "json", "strategic", "apply", "apply", "apply"),
        ("metadata.name=a", "spec.mode=fast", "spec.mode!=fast,metadata.name!=b", "spec.size=1"),
    )  # fmt: skip


ALPHABETS = {
    "configuration": _configuration(),
    "workload": _workload(),
    "service": _service(),
    "network": _network(),
    "access": _access(),
    "custom": _custom(),
}
"""By name."""
