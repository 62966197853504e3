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

from tests.real import audit, etcd, flag
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
        server, client, peer = (port.number for port in self._ports)
        self.url = f"https://127.0.0.1:{server}"
        self.credentials = Credentials.make(directory, self.url)
        self._audit_log = directory / "audit.log"
        (directory / "audit.json").write_text(json.dumps(audit.POLICY))
        flags = {
            "etcd": flag.etcd(directory, client, peer),
            "kube-apiserver": flag.server(directory, server, client),
            "kube-controller-manager": flag.manager(directory),
        }
        self.processes = {
            name: Process(binary, name, its, directory / f"{name}.log")
            for name, its in flags.items()
        }
        self._begun: list[Process] = []

    @property
    def kubeconfig(self) -> Path:
        """Of an administrator, by client certificate."""
        return self.credentials.file("admin.kubeconfig")

    def start(self) -> None:
        """Start everything and wait until it is of use. Raises ProcessError, and leaves nothing
        running then."""
        try:
            self._begin("etcd")
            self._begin("kube-apiserver")
            # The manager gives up after ten seconds where it may not look at the server's health,
            # and until the roles are there, which takes longer on a busy machine, it may not.
            self._wait_for("/readyz")
            self._begin("kube-controller-manager")
            self._wait_for(ACCOUNT)
        except BaseException:
            self.stop()
            raise

    def _begin(self, name: str) -> None:
        self.processes[name].start()
        self._begun.append(self.processes[name])

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

    def compact(self) -> None:
        """Make etcd forget all but the latest version of everything."""
        etcd.compact(self._ports[1].number)

    def requests(self) -> list[audit.Request]:
        """All requests so far, but those of the control plane itself."""
        return audit.read(self._audit_log)

    def _wait_for(self, path: str) -> None:
        """Until a GET of the path is answered with 200."""
        until = time.monotonic() + SECONDS_TO_START
        while (answer := self._look(path)) != "200":
            for process in self._begun:
                process.require_alive()
            if time.monotonic() > until:
                late = f"{self.url}{path} gave no 200 in {SECONDS_TO_START} s"
                raise ProcessError(f"{late}; the last answer: {answer}")
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def _look(self, path: str) -> str:
        port = self._ports[0].number
        tls = ssl.create_default_context(cadata=self.credentials.authority)
        server = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=tls)
        try:
            server.request(
                "GET", path, headers={"Authorization": f"Bearer {self.credentials.token}"}
            )
            return str(server.getresponse().status)
        except (OSError, http.client.HTTPException) as error:
            return str(error)
        finally:
            server.close()
