"""The built-in kinds, as a table. A line: group/version, kind, plural, scope, short names, marks.

Marks: `s` status, `c` scale, `g` counts generations, `u` an update may create, `r` a delete answers
the object, `a` in the category all, `v` only virtual (answers a create, keeps nothing), `x` an
update must say on top of which resource version, `n` the collection cannot be deleted, `l` can only
be read.
"""

from __future__ import annotations

from apiserver.builtin.table import schema_of
from apiserver.resource import EVERY_VERB, UNTYPED, Naming, Resource, ScalePaths, Traits

_TABLE = """
v1 Binding bindings N - v
v1 ComponentStatus componentstatuses C cs l
v1 ConfigMap configmaps N cm -
v1 Endpoints endpoints N ep u
v1 Event events N ev u
v1 LimitRange limitranges N limits u
v1 Namespace namespaces C ns srn
v1 Node nodes C no s
v1 PersistentVolumeClaim persistentvolumeclaims N pvc sr
v1 PersistentVolume persistentvolumes C pv sr
v1 Pod pods N po sgra
v1 PodTemplate podtemplates N - gr
v1 ReplicationController replicationcontrollers N rc scga
v1 ResourceQuota resourcequotas N quota sr
v1 Secret secrets N - -
v1 ServiceAccount serviceaccounts N sa r
v1 Service services N svc sura
admissionregistration.k8s.io/v1 MutatingAdmissionPolicy mutatingadmissionpolicies C - gx
admissionregistration.k8s.io/v1 MutatingAdmissionPolicyBinding \
 mutatingadmissionpolicybindings C - gx
admissionregistration.k8s.io/v1 MutatingWebhookConfiguration mutatingwebhookconfigurations C - gx
admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy validatingadmissionpolicies C - sgx
admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding \
 validatingadmissionpolicybindings C - gx
admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration \
 validatingwebhookconfigurations C - gx
apiextensions.k8s.io/v1 CustomResourceDefinition customresourcedefinitions C crd,crds sgx
apiregistration.k8s.io/v1 APIService apiservices C - sx
apps/v1 ControllerRevision controllerrevisions N - -
apps/v1 DaemonSet daemonsets N ds sga
apps/v1 Deployment deployments N deploy scga
apps/v1 ReplicaSet replicasets N rs scga
apps/v1 StatefulSet statefulsets N sts scga
authentication.k8s.io/v1 SelfSubjectReview selfsubjectreviews C - v
authentication.k8s.io/v1 TokenReview tokenreviews C - v
authorization.k8s.io/v1 LocalSubjectAccessReview localsubjectaccessreviews N - v
authorization.k8s.io/v1 SelfSubjectAccessReview selfsubjectaccessreviews C - v
authorization.k8s.io/v1 SelfSubjectRulesReview selfsubjectrulesreviews C - v
authorization.k8s.io/v1 SubjectAccessReview subjectaccessreviews C - v
autoscaling/v1 HorizontalPodAutoscaler horizontalpodautoscalers N hpa sa
autoscaling/v2 HorizontalPodAutoscaler horizontalpodautoscalers N hpa sa
batch/v1 CronJob cronjobs N cj sga
batch/v1 Job jobs N - sga
certificates.k8s.io/v1 CertificateSigningRequest certificatesigningrequests C csr sx
coordination.k8s.io/v1 Lease leases N - ux
discovery.k8s.io/v1 EndpointSlice endpointslices N - g
events.k8s.io/v1 Event events N ev u
flowcontrol.apiserver.k8s.io/v1 FlowSchema flowschemas C - sgx
flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration prioritylevelconfigurations C - sgx
networking.k8s.io/v1 IngressClass ingressclasses C - g
networking.k8s.io/v1 Ingress ingresses N ing sg
networking.k8s.io/v1 IPAddress ipaddresses C ip -
networking.k8s.io/v1 NetworkPolicy networkpolicies N netpol g
networking.k8s.io/v1 ServiceCIDR servicecidrs C - s
node.k8s.io/v1 RuntimeClass runtimeclasses C - ux
policy/v1 PodDisruptionBudget poddisruptionbudgets N pdb sgx
rbac.authorization.k8s.io/v1 ClusterRoleBinding clusterrolebindings C - u
rbac.authorization.k8s.io/v1 ClusterRole clusterroles C - u
rbac.authorization.k8s.io/v1 RoleBinding rolebindings N - u
rbac.authorization.k8s.io/v1 Role roles N - u
resource.k8s.io/v1 DeviceClass deviceclasses C - gx
resource.k8s.io/v1 ResourceClaim resourceclaims N - sx
resource.k8s.io/v1 ResourceClaimTemplate resourceclaimtemplates N - x
resource.k8s.io/v1 ResourceSlice resourceslices C - gx
scheduling.k8s.io/v1 PriorityClass priorityclasses C pc g
storage.k8s.io/v1 CSIDriver csidrivers C - xr
storage.k8s.io/v1 CSINode csinodes C - xr
storage.k8s.io/v1 CSIStorageCapacity csistoragecapacities N - x
storage.k8s.io/v1 StorageClass storageclasses C sc r
storage.k8s.io/v1 VolumeAttachment volumeattachments C - sxr
storage.k8s.io/v1 VolumeAttributesClass volumeattributesclasses C vac r
"""

_SELECTABLE = {
    "Pod": (
        "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
        "spec.hostNetwork", "status.phase", "status.podIP", "status.nominatedNodeName",
    ),
    "Event": (
        "involvedObject.kind", "involvedObject.namespace", "involvedObject.name",
        "involvedObject.uid", "involvedObject.apiVersion", "involvedObject.resourceVersion",
        "involvedObject.fieldPath", "regarding.kind", "regarding.namespace", "regarding.name",
        "regarding.uid", "reason", "reportingComponent", "reportingController", "source", "type",
    ),
    "Secret": ("type",),
    "Namespace": ("status.phase",),
    "Node": ("spec.unschedulable",),
    "Job": ("status.successful",),
    "ReplicaSet": ("status.replicas",),
    "ReplicationController": ("status.replicas",),
    "Service": ("spec.clusterIP", "spec.type"),
}  # fmt: skip

_EXTENSIONS = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration",
    "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding", "CustomResourceDefinition", "APIService")  # fmt: skip
GROUPS = (
    "", "apiregistration.k8s.io", "apps", "events.k8s.io", "authentication.k8s.io",
    "authorization.k8s.io", "autoscaling", "batch", "certificates.k8s.io", "networking.k8s.io",
    "policy", "rbac.authorization.k8s.io", "storage.k8s.io", "admissionregistration.k8s.io",
    "apiextensions.k8s.io", "scheduling.k8s.io", "coordination.k8s.io", "node.k8s.io",
    "discovery.k8s.io", "resource.k8s.io", "flowcontrol.apiserver.k8s.io",
)  # fmt: skip
"""The built-in groups as discovery lists them: what comes first wins where names are alike."""


_DEPRECATED = {
    ("v1", "ComponentStatus"): "v1 ComponentStatus is deprecated in v1.19+",
    ("v1", "Endpoints"): "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 "
    "EndpointSlice",
}
"""Built-in kinds that go, and what the real server says of each."""


def _traits(marks: str) -> Traits:
    return Traits(
        status="s" in marks,
        scale=ScalePaths() if "c" in marks else None,
        verbs=_verbs(marks),
        counts_generations="g" in marks,
        create_on_update="u" in marks,
        unconditional_update="x" not in marks,
        returns_deleted="r" in marks,
    )


def _verbs(marks: str) -> tuple[str, ...]:
    if "v" in marks:
        return ("create",)
    if "l" in marks:
        return ("get", "list")
    return tuple(each for each in EVERY_VERB if "n" not in marks or each != "deletecollection")


def _categories(kind: str, marks: str) -> tuple[str, ...]:
    if "a" in marks:
        return ("all",)
    return ("api-extensions",) if kind in _EXTENSIONS else ()


def _resource(line: str) -> Resource:
    api_version, kind, plural, scope, short, marks = line.split()
    group, _, version = api_version.rpartition("/")
    names = tuple(short.split(",")) if short != "-" else ()
    naming = Naming(kind.lower(), names, _categories(kind, marks))
    return Resource(
        group, version, kind, plural, scope == "N", naming,
        traits=_traits(marks),
        selectable=_SELECTABLE.get(kind, ()),
        schema=schema_of(group, version, kind) or UNTYPED,
        deprecation=_DEPRECATED.get((api_version, kind), ""),
    )  # fmt: skip


BUILT_IN = tuple(_resource(line) for line in _TABLE.strip().splitlines())
"""Every built-in resource."""
