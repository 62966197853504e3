"""`python -m benchmarks.peers [NAME ...]`: build peers (all, or those named) into the cache."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from benchmarks.peers.catalogue import PEERS, Peer
from tests.real.go_program import BuildError


def main(names: Sequence[str]) -> int:
    """Build, with progress on stderr and a line `name path` on stdout for each.

    Exit code 1: at least one could not be built. 2: a name that is none of a peer.
    """
    unknown = [name for name in names if name not in PEERS]
    if unknown:
        _say(f"no peer is called {', '.join(unknown)}; there are {', '.join(PEERS)}")
        return 2
    built = [_built(PEERS[name]) for name in names or PEERS]
    return int(not all(built))


def _built(peer: Peer) -> bool:
    try:
        if not peer.is_built():
            _say(f"building {peer.name} {peer.release} from source, once: {peer.cost}")
        sys.stdout.write(f"{peer.name} {peer.program.build(_say)}\n")
    except BuildError as error:
        _say(f"{peer.name} cannot be built: {error}")
        return False
    return True


def _say(line: str) -> None:
    sys.stderr.write(f"benchmarks.peers: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
