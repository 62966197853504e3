"""Which peers there are, in which release, and what it costs to build them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from tests.real.go_program import GoProgram
from tests.real.go_source import Completion

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Peer:
    """A program of others with its release; `cost` says what building it takes, for people."""

    program: GoProgram
    release: str
    cost: str

    @property
    def name(self) -> str:
        """What it is called on the command line and in results."""
        return self.program.name

    def is_built(self) -> bool:
        """Whether it is in the cache. Raises BuildError without Go."""
        return self.program.binary().exists()


def _peer(name: str, package: str, cost: str, *, folder: str, says: str = "") -> Peer:
    """`says` is the variable of the program that holds its own version."""
    place = _HERE / folder
    release = _release(place, package)
    version = (f"-X {says}={release}",) if says else ()
    return Peer(GoProgram(name, place, ("-s", "-w", *version), package), release, cost)


def _release(folder: Path, package: str) -> str:
    """The release of the module that a package is in, from the go.mod."""
    required = re.findall(r"^\t(\S+) (v\S+)", (folder / "go.mod").read_text(), re.MULTILINE)
    return next(
        str(release) for module, release in required if f"{package}/".startswith(f"{module}/")
    )


def _controller(name: str, cost: str) -> Peer:
    return _peer(name, f"github.com/fluxcd/{name}", cost, folder="flux")


def _flux() -> Peer:
    """The command of Flux. Its release embeds the manifests that it installs, which are not in the
    module; nobody here installs Flux with it."""
    module = "github.com/fluxcd/flux2/v2"
    peer = _peer(
        "flux",
        f"{module}/cmd/flux",
        "five minutes on two cores, 110 MB; 3 GB in Go's own caches",
        folder="flux-cli",
        says="main.VERSION",
    )
    missing = Completion(module, {"cmd/flux/manifests/none.yaml": "# none\n"})
    return replace(peer, program=replace(peer.program, completion=missing))


_AFTER_THE_FIRST = "three minutes after one of the other controllers, else as source-controller"

PEERS = {
    peer.name: peer
    for peer in (
        _peer(
            "kustomize",
            "sigs.k8s.io/kustomize/kustomize/v5",
            "one minute on two cores, 20 MB; 150 MB in Go's own caches",
            folder="kustomize",
            says="sigs.k8s.io/kustomize/api/provenance.version",
        ),
        _peer(
            "helm",
            "helm.sh/helm/v4/cmd/helm",
            "four minutes on two cores, 60 MB; 1 GB in Go's own caches",
            folder="helm",
        ),
        _peer(
            "sops",
            "github.com/getsops/sops/v3/cmd/sops",
            "four minutes on two cores, 50 MB; 1 GB in Go's own caches",
            folder="sops",
        ),
        _peer(
            "cosign",
            "github.com/sigstore/cosign/v3/cmd/cosign",
            "three minutes on two cores, 100 MB; 2 GB in Go's own caches",
            folder="cosign",
        ),
        _flux(),
        _controller(
            "source-controller", "seven minutes on two cores, 150 MB; 2 GB in Go's own caches"
        ),
        _controller("kustomize-controller", _AFTER_THE_FIRST),
        _controller("helm-controller", _AFTER_THE_FIRST),
    )
}
"""By name."""
