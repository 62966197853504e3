"""`penstock helm`: charts on this machine, as the controllers render them."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import click

from helm_controller.engine import Engine, Limits
from helm_controller.engine_program import ENGINES, EngineProgram, program_of
from helm_controller.problem import HelmError
from helm_controller.rendering import Order, Rendering
from helm_controller.values import Settings, values_of
from shared.manifest.document import CONFIGURATION, DocumentError, parse
from shared.manifest.identity import Manifest

EXAMPLE = """\b
Examples:
  penstock helm template podinfo ./charts/podinfo --namespace apps --set replicaCount=2
  penstock helm template podinfo podinfo-6.9.0.tgz -f values.yaml --include-crds
"""
Command = Callable[..., None]


@click.group()
def helm() -> None:
    """Helm's charts, through the engine of the HelmRelease controller."""


def _list(*names: str, metavar: str, text: str) -> Callable[[Command], Command]:
    """An option that may be given several times."""
    return click.option(*names, multiple=True, metavar=metavar, help=text)


@helm.command(epilog=EXAMPLE)
@click.argument("name")
@click.argument("chart", type=click.Path(exists=True, path_type=Path))
@click.option("-n", "--namespace", default="default", show_default=True, help="The release's.")
@_list("-f", "--values", "files", metavar="FILE", text="Values in YAML; - is standard input.")
@_list("--set", "typed", metavar="K=V", text="Values: a.b[0]=1,c={x,y}.")
@_list("--set-string", metavar="K=V", text="Values that are texts, whatever they look like.")
@_list("--set-json", metavar="K=JSON", text="Values in JSON, or one object.")
@_list("--set-literal", metavar="K=V", text="A value taken as it is written.")
@_list("--set-file", metavar="K=FILE", text="Values that are the texts of files.")
@click.option("--include-crds", is_flag=True, help="Print what is in crds/ too.")
@click.option("--skip-tests", is_flag=True, help="Leave test hooks out.")
@click.option("--kube-version", default="", metavar="VERSION", help="The cluster's.")
@_list("-a", "--api-versions", metavar="LIST", text="API versions that the cluster has.")
@click.option("--is-upgrade", is_flag=True, help="Render an upgrade, not an installation.")
@click.option("--skip-schema-validation", is_flag=True, help="Let values.schema.json be.")
@click.option(
    "--helm-engine",
    type=click.Choice(ENGINES),
    default="auto",
    show_default=True,
    help="What renders: the library, or the helper (PENSTOCK_HELM_HELPER, or on the PATH).",
)
def template(
    name: str,
    chart: Path,
    namespace: str,
    files: tuple[str, ...],
    typed: tuple[str, ...],
    set_string: tuple[str, ...],
    set_json: tuple[str, ...],
    set_literal: tuple[str, ...],
    set_file: tuple[str, ...],
    include_crds: bool,
    skip_tests: bool,
    kube_version: str,
    api_versions: tuple[str, ...],
    is_upgrade: bool,
    skip_schema_validation: bool,
    helm_engine: str,
) -> None:
    """Render CHART, a directory or an archive, as `helm template` does, without a cluster."""
    settings = Settings(set_json, typed, set_string, set_file, set_literal)
    try:
        order = Order(
            chart=chart.resolve(),
            name=name,
            namespace=namespace,
            values=values_of([_values(file) for file in files], settings, _text),
            is_upgrade=is_upgrade,
            kube_version=kube_version,
            api_versions=tuple(one for listed in api_versions for one in listed.split(",")),
            skip_schema=skip_schema_validation,
        )
        rendering = asyncio.run(_rendered(order, program_of(helm_engine, os.environ)))
    except HelmError as error:
        raise click.ClickException(str(error)) from None
    click.echo(_printed(rendering, include_crds=include_crds, skip_tests=skip_tests), nl=False)


async def _rendered(order: Order, program: EngineProgram) -> Rendering:
    async with Engine(Limits(workers=1), program) as engine:
        return await engine.render(order)


def _values(file: str) -> Manifest:
    """The values of a file, its documents one over the other."""
    try:
        found = parse(_text(file).encode(), path=file, rules=CONFIGURATION)
    except DocumentError as error:
        raise HelmError("values", f"failed to parse {error}") from error
    return values_of(found, Settings())


def _text(file: str) -> str:
    try:
        if file.strip() == "-":
            return sys.stdin.read()
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise HelmError("values", f"{file} cannot be read: {error}") from error


def _printed(rendering: Rendering, *, include_crds: bool, skip_tests: bool) -> str:
    """Definitions, documents and hooks, as `helm template` prints them."""
    definitions = rendering.definitions if include_crds else ()
    first = "".join(f"---\n# Source: {one.path}\n{one.text}\n" for one in definitions)
    hooks = (one for one in rendering.hooks if not (skip_tests and "test" in one.events))
    last = "".join(f"---\n# Source: {one.path}\n{one.text}\n" for one in hooks)
    return f"{(first + rendering.manifest).strip()}\n{last}"
