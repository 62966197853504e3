"""Every controller of the simulation, at work on one cluster."""

from __future__ import annotations

from apiserver.cluster import Cluster
from apiserver.control import Desk, desk
from apiserver.simulation.autoscaler import Autoscalers
from apiserver.simulation.budget import Budgets
from apiserver.simulation.claim import Claims
from apiserver.simulation.cron_job import CronJobs
from apiserver.simulation.daemon_set import DaemonSets
from apiserver.simulation.deployment import Deployments
from apiserver.simulation.endpoint import Endpoints
from apiserver.simulation.job import Jobs
from apiserver.simulation.kubelet import Kubelet
from apiserver.simulation.load_balancer import INGRESSES, SERVICES, LoadBalancers
from apiserver.simulation.replica_set import ReplicaSets
from apiserver.simulation.stateful_set import StatefulSets
from apiserver.simulation.volume import Volumes


def desks(cluster: Cluster) -> list[Desk]:
    """The desks of all of them."""
    return [
        desk(Deployments(cluster)),
        desk(ReplicaSets(cluster)),
        desk(StatefulSets(cluster)),
        desk(DaemonSets(cluster)),
        desk(Jobs(cluster)),
        desk(CronJobs(cluster)),
        desk(Endpoints(cluster)),
        desk(Budgets(cluster)),
        desk(Kubelet(cluster)),
        desk(Claims(cluster)),
        desk(Volumes(cluster)),
        desk(LoadBalancers(cluster, SERVICES, "Service")),
        desk(LoadBalancers(cluster, INGRESSES, "Ingress")),
        desk(Autoscalers(cluster)),
    ]
