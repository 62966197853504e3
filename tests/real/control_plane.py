"""etcd, kube-apiserver and kube-controller-manager of this machine, for one run of the tests.

There is no scheduler and no kubelet: Deployments make their Pods, and no Pod ever runs.
"""

from __future__ import annotations

import http.client
import json
import signal
import ssl
import time
from pathlib import Path

from tests.real import audit
from tests.real.credential import Credentials
from tests.real.process import Port, Process, ProcessError

SECONDS_TO_START = 90
SECONDS_BETWEEN_LOOKS = 0.05

ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/default"
"""The controller manager makes it: where it is, both run."""


class ControlPlane:
    """Three processes and their state, which is in `directory` and dies with it."""

    def __init__(self, binary: Path, directory: Path) -> None:
        self._ports = [Port(), Port(), Port()]
        self._server_port = self._ports[0].number
        self.url = f"https://127.0.0.1:{self._server_port}"
        self.credentials = Credentials.make(directory, self.url)
        self._audit_log = directory / "audit.log"
        (directory / "audit.json").write_text(json.dumps(audit.POLICY))
        flags = {
            "etcd": self._etcd_flags(*(port.number for port in self._ports[1:])),
            "kube-apiserver": self._server_flags(self._ports[1].number),
            "kube-controller-manager": self._manager_flags(),
        }
        self.processes = {
            name: Process(binary, name, its, directory / f"{name}.log")
            for name, its in flags.items()
        }

    @property
    def kubeconfig(self) -> Path:
        """Of an administrator, by client certificate."""
        return self.credentials.file("admin.kubeconfig")

    def start(self) -> None:
        """Start everything and wait until it is of use. Raises ProcessError, and leaves nothing
        running then."""
        try:
            for process in self.processes.values():
                process.start()
            self._wait_for("/readyz")
            self._wait_for(ACCOUNT)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End everything at once; the state is of no more use."""
        for process in reversed(self.processes.values()):
            process.stop()
        for port in self._ports:
            port.close()

    def stop_server(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End the API server alone; what it knows stays in etcd. SIGKILL: in mid-sentence."""
        self.processes["kube-apiserver"].stop(number)

    def start_server(self) -> None:
        """Start the API server again, on the same port, and wait until it is ready."""
        self.processes["kube-apiserver"].start()
        self._wait_for("/readyz")

    def requests(self) -> list[audit.Request]:
        """All requests so far, but those of the control plane itself."""
        return audit.read(self._audit_log)

    def _wait_for(self, path: str) -> None:
        """Until a GET of the path is answered with 200."""
        until = time.monotonic() + SECONDS_TO_START
        while (answer := self._look(path)) != "200":
            for process in self.processes.values():
                process.require_alive()
            if time.monotonic() > until:
                late = f"{self.url}{path} gave no 200 in {SECONDS_TO_START} s"
                raise ProcessError(f"{late}; the last answer: {answer}")
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def _look(self, path: str) -> str:
        tls = ssl.create_default_context(cadata=self.credentials.authority)
        server = http.client.HTTPSConnection("127.0.0.1", self._server_port, timeout=5, context=tls)
        try:
            server.request(
                "GET", path, headers={"Authorization": f"Bearer {self.credentials.token}"}
            )
            return str(server.getresponse().status)
        except (OSError, http.client.HTTPException) as error:
            return str(error)
        finally:
            server.close()

    def _etcd_flags(self, client: int, peer: int) -> list[str]:
        directory = self.credentials.directory / "etcd"
        directory.mkdir(mode=0o700)
        return [
            f"--data-dir={directory}",
            f"--listen-client-urls=http://127.0.0.1:{client}",
            f"--advertise-client-urls=http://127.0.0.1:{client}",
            f"--listen-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-cluster=default=http://127.0.0.1:{peer}",
            "--socket-reuse-port",
            "--unsafe-no-fsync",
            "--log-level=warn",
        ]

    def _server_flags(self, etcd: int) -> list[str]:
        file = self.credentials.file
        return [
            f"--etcd-servers=http://127.0.0.1:{etcd}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={self._server_port}",
            "--permit-port-sharing",
            # The only address here is a loopback one, which no endpoint may have.
            "--endpoint-reconciler-type=none",
            f"--tls-cert-file={file('serving.crt')}",
            f"--tls-private-key-file={file('serving.key')}",
            f"--client-ca-file={file('ca.crt')}",
            f"--token-auth-file={file('tokens.csv')}",
            "--anonymous-auth=false",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={file('accounts.crt')}",
            f"--service-account-signing-key-file={file('accounts.key')}",
            "--service-cluster-ip-range=10.96.0.0/16",
            f"--audit-policy-file={file('audit.json')}",
            f"--audit-log-path={self._audit_log}",
            # Else a server told to end waits a minute for its watchers to leave by themselves.
            "--shutdown-watch-termination-grace-period=1s",
            "--allow-privileged",
            "--profiling=false",
        ]

    def _manager_flags(self) -> list[str]:
        file = self.credentials.file
        return [
            f"--kubeconfig={file('manager.kubeconfig')}",
            f"--service-account-private-key-file={file('accounts.key')}",
            f"--root-ca-file={file('ca.crt')}",
            "--use-service-account-credentials",
            "--leader-elect=false",
            "--secure-port=0",
            "--kube-api-qps=300",
            "--kube-api-burst=600",
        ]
