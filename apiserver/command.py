"""The command line of `python -m apiserver`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from apiserver.access.keyring import KeyringError
from apiserver.audit import File
from apiserver.database import DatabaseError
from apiserver.fate import READY, FateError, fate_for_all
from apiserver.program import LISTEN, ListenError, Plan, address_of, run
from apiserver.server import Options


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m apiserver",
        description="A Kubernetes-compatible API server. Ends with Ctrl-C.",
        epilog="example: python -m apiserver --kubeconfig-out kubeconfig.yaml",
    )
    parser.add_argument("--kubeconfig-out", type=Path, metavar="FILE", help="else it is printed")
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="else all is in memory")
    parser.add_argument("--listen", default=LISTEN, metavar="ADDR", help="default: %(default)s")
    parser.add_argument("--audit-log", type=Path, metavar="FILE", help="tell of every request")
    parser.add_argument("--insecure", action="store_true", help="plain HTTP, open to everybody")
    parser.add_argument(
        "--simulate",
        default="ready",
        metavar="WORD",
        help="how workloads go: ready, pending, failed, slow=10s; none: they stay as written",
    )
    return parser.parse_args(argv)


def _plan(given: argparse.Namespace) -> Plan:
    secure = not given.insecure
    host, port = address_of(given.listen, secure=secure)
    audit = File(given.audit_log) if given.audit_log else None
    fate = fate_for_all(given.simulate)
    options = Options(secure=secure, data_dir=given.data_dir, audit=audit, fate=fate or READY)
    return Plan(host, port, given.kubeconfig_out, fate is not None, options)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _show(content: str) -> None:
    sys.stdout.write(content)
    sys.stdout.flush()


def main(argv: list[str]) -> int:
    """Serve; return the exit code."""
    try:
        asyncio.run(run(_plan(_arguments(argv)), _say, _show))
    except (FateError, ListenError, KeyringError, DatabaseError, OSError) as error:
        _say(f"apiserver: {error}")
        return 1
    return 0
