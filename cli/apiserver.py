"""`penstock apiserver`: a Kubernetes-compatible API server on this machine."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from apiserver.access.keyring import KeyringError
from apiserver.audit import File
from apiserver.database import DatabaseError
from apiserver.fate import READY, FateError, fate_for_all
from apiserver.program import LISTEN, ListenError, Plan, address_of, run
from apiserver.server import Options

EXAMPLE = """\b
Examples:
  penstock apiserver --kubeconfig-out cluster.yaml
  penstock apiserver --kubeconfig-out cluster.yaml --data-dir ./cluster
  kubectl --kubeconfig cluster.yaml get namespaces
"""


@click.command(epilog=EXAMPLE)
@click.option(
    "--kubeconfig-out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where the administrator's kubeconfig goes.  [default: it is printed]",
)
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where the cluster is kept.  [default: in memory, gone when this ends]",
)
@click.option(
    "--audit-log",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to tell of every request, in Kubernetes' own format.",
)
@click.option(
    "--listen", default=LISTEN, show_default=True, metavar="ADDR", help="Address and port."
)
@click.option(
    "--insecure", is_flag=True, help="Plain HTTP, open to everybody; on a loopback address only."
)
@click.option(
    "--simulate",
    default="ready",
    show_default=True,
    metavar="WORD",
    help="How workloads go: ready, pending, failed, slow=10s; none: they stay as written. The "
    "annotation apiserver.penstock.dev/simulate says so for one object.",
)
def apiserver(
    kubeconfig_out: Path | None,
    data_dir: Path | None,
    audit_log: Path | None,
    listen: str,
    insecure: bool,
    simulate: str,
) -> None:
    """Serve the Kubernetes API until interrupted.

    With TLS, tokens and RBAC, and with workloads that become ready by simulation: enough for
    kubectl, helm and controllers, without a cluster. Prints what it does to standard error.
    """
    try:
        host, port = address_of(listen, secure=not insecure)
        audit = File(audit_log) if audit_log else None
        fate = fate_for_all(simulate)
        options = Options(not insecure, data_dir, audit, fate=fate or READY)
        plan = Plan(host, port, kubeconfig_out, fate is not None, options)
        asyncio.run(run(plan, lambda line: click.echo(line, err=True), _show))
    except ListenError as error:
        raise click.BadParameter(str(error), param_hint="--listen") from None
    except FateError as error:
        raise click.BadParameter(str(error), param_hint="--simulate") from None
    except (KeyringError, DatabaseError, OSError) as error:
        raise click.ClickException(str(error)) from None


def _show(content: str) -> None:
    click.echo(content, nl=False)
