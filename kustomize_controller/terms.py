"""On what terms a Kustomization is applied, pruned and judged, told from its spec. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from kustomize_controller.admission import Rules, account_of
from kustomize_controller.ignore_rule import ignored_in
from kustomize_controller.ordering import is_enabled, is_spared
from shared.api.inventory import Inventory
from shared.api.kustomization import Kustomization
from shared.manifest.identity import Manifest, Ref
from shared.operation.batch import Terms
from shared.operation.pruning import Farewell
from shared.operation.tenant import Tenant
from shared.reconcile.condition import find
from shared.reconcile.key import Key
from shared.runtime.subject import REQUESTED_AT

DEFINITION = Ref(
    "apiextensions.k8s.io", "CustomResourceDefinition", "", Kustomization.naming.definition
)
"""What makes Kustomizations a kind."""


def key_of(ks: Kustomization) -> Key:
    """What the objects of a Kustomization belong to."""
    return Key(ks.metadata.namespace, ks.metadata.name)


def tenant_of(ks: Kustomization, rules: Rules) -> Tenant:
    """For whom the cluster is acted on."""
    return Tenant(key_of(ks), account_of(ks, rules), ks.spec.kube_config)


def terms_of(ks: Kustomization) -> Terms:
    """How objects are applied."""
    return Terms(ks.spec.force, _is_asked_for(ks), partial(ignored_in, ks.spec.ignore))


def farewell_of(ks: Kustomization, rules: Rules) -> Farewell:
    """How objects go."""
    ending = ks.metadata.deletion_timestamp is not None
    heeded = is_enabled(ks.metadata.annotations, rules.argo)

    def spared(live: Manifest) -> bool:
        return heeded and is_spared(live, ending=ending)

    return Farewell(key_of(ks), ending, spared, DEFINITION)


@dataclass(frozen=True, slots=True)
class Pass:
    """All that going through the objects of a Kustomization depends on, beside the objects."""

    uid: str
    generation: int
    build: str
    inventory: bytes

    @classmethod
    def of(cls, ks: Kustomization, build: str, inventory: Inventory | None) -> Pass:
        """That of a build, by its digest, with the objects that were listed before or after."""
        entries = inventory.entries if inventory else ()
        listed = "\n".join(f"{entry.id} {entry.v}" for entry in entries)
        digest = sha256(listed.encode()).digest()
        return cls(ks.metadata.uid, ks.metadata.generation, build, digest)


def may_rest(ks: Kustomization, rules: Rules) -> bool:
    """Whether there is nothing to be done while no object of ours changes: nobody's health is
    waited for, and no wave or hook has its turn. Of other clusters that is never said: whether the
    way there is still open has to be seen each time."""
    watched = ks.spec.kube_config is None
    waits = ks.spec.wait or ks.spec.health_checks
    return watched and not waits and not is_enabled(ks.metadata.annotations, rules.argo)


def is_settled(ks: Kustomization) -> bool:
    """Whether the last time that all of it was gone through ended well, for the spec as it is."""
    ready = find(ks.status.conditions, "Ready")
    return (
        ready is not None
        and ready.status == "True"
        and ready.observed_generation == ks.metadata.generation
    )


def _is_asked_for(ks: Kustomization) -> bool:
    """Whether somebody wants to see it done now: then nothing may be overlooked."""
    asked = ks.metadata.annotations.get(REQUESTED_AT)
    return asked is not None and asked != ks.status.last_handled_reconcile_at
