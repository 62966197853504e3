"""How the programs of the control plane are started. All files are in one directory."""

from __future__ import annotations

from pathlib import Path


def etcd(directory: Path, client: int, peer: int) -> list[str]:
    """For etcd, which listens at two ports, one of them for its peers, which it has none of."""
    state = directory / "etcd"
    state.mkdir(mode=0o700)
    return [
        f"--data-dir={state}",
        f"--listen-client-urls=http://127.0.0.1:{client}",
        f"--advertise-client-urls=http://127.0.0.1:{client}",
        f"--listen-peer-urls=http://127.0.0.1:{peer}",
        f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
        f"--initial-cluster=default=http://127.0.0.1:{peer}",
        "--socket-reuse-port",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def server(directory: Path, port: int, etcd: int) -> list[str]:
    """For kube-apiserver, whose etcd listens at the other port."""
    return [
        f"--etcd-servers=http://127.0.0.1:{etcd}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        f"--secure-port={port}",
        "--permit-port-sharing",
        # The only address here is a loopback one, which no endpoint may have.
        "--endpoint-reconciler-type=none",
        f"--tls-cert-file={directory / 'serving.crt'}",
        f"--tls-private-key-file={directory / 'serving.key'}",
        f"--client-ca-file={directory / 'ca.crt'}",
        f"--token-auth-file={directory / 'tokens.csv'}",
        "--anonymous-auth=false",
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={directory / 'accounts.crt'}",
        f"--service-account-signing-key-file={directory / 'accounts.key'}",
        "--service-cluster-ip-range=10.96.0.0/16",
        f"--audit-policy-file={directory / 'audit.json'}",
        f"--audit-log-path={directory / 'audit.log'}",
        # Else a server told to end waits a minute for its watchers to leave by themselves.
        "--shutdown-watch-termination-grace-period=1s",
        "--allow-privileged",
        "--profiling=false",
    ]


def manager(directory: Path) -> list[str]:
    """For kube-controller-manager, in a hurry."""
    return [
        f"--kubeconfig={directory / 'manager.kubeconfig'}",
        f"--service-account-private-key-file={directory / 'accounts.key'}",
        f"--root-ca-file={directory / 'ca.crt'}",
        "--use-service-account-credentials",
        "--leader-elect=false",
        "--secure-port=0",
        "--kube-api-qps=300",
        "--kube-api-burst=600",
    ]
