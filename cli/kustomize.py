"""`penstock kustomize`: what the `kustomize` command does, by our own library."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import click

from cli.disk_tree import DiskTree, root_of
from cli.fetching import Fetching
from cli.helm_binary import HelmBinary
from cli.manifest_file import write
from kustomize.build import Build, BuildError, Options, build
from kustomize.remote import repository_of
from shared.problem import Problem

EXAMPLE = """\b
Examples:
  penstock kustomize build clusters/production
  penstock kustomize build overlays/test -o test.yaml
  penstock kustomize build . | kubectl apply -f -
"""
F = TypeVar("F", bound=Callable[..., object])


@click.group(epilog="Example:  penstock kustomize build .")
def kustomize() -> None:
    """Build manifests from kustomizations."""


def _refused(context: click.Context, option: click.Parameter, value: object) -> None:
    """Options of the command that are about running programs and containers."""
    if value:
        raise click.BadParameter("a build here runs no programs and no containers", context, option)


def _programs(function: F) -> F:
    for name, is_flag in (
        ("--as-current-user", True), ("--enable-alpha-plugins", True), ("--enable-exec", True),
        ("--env", False), ("--mount", False), ("--network", True), ("--network-name", False),
    ):  # fmt: skip
        names = ("-e", name) if name == "--env" else (name,)
        function = click.option(
            *names, is_flag=is_flag, hidden=True, expose_value=False, callback=_refused
        )(function)
    return function


@kustomize.command("build", epilog=EXAMPLE)
@click.argument("directory", metavar="[DIR]", default=".", type=click.Path())
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A file for the manifests, or a directory for one file each.",
)
@click.option(
    "--load-restrictor",
    type=click.Choice(["LoadRestrictionsRootOnly", "LoadRestrictionsNone"]),
    default="LoadRestrictionsRootOnly",
    show_default=True,
    help="Whether files have to be in or below the directory that names them.",
)
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Nothing outside is read.  [default: the git repository around it, else all of the disk]",
)
@click.option(
    "--remote-bases/--no-remote-bases",
    default=True,
    show_default=True,
    help="Whether git repositories and URLs may be fetched.",
)
@click.option("--enable-helm", is_flag=True, help="Render helmCharts, by the helm command.")
@click.option(
    "--helm-command", default="helm", show_default=True, metavar="PATH", help="The helm command."
)
@click.option("--helm-kube-version", default="", metavar="VERSION", help="The cluster's, for helm.")
@click.option(
    "--helm-api-versions", multiple=True, metavar="VERSION", help="What the cluster has, for helm."
)
@click.option("--helm-debug", is_flag=True, help="Let helm say more when it fails.")
@click.option(
    "--reorder",
    type=click.Choice(["legacy", "none"]),
    default="legacy",
    help="The order of the output where no sortOptions say; sortOptions are the way of today.",
)
@click.option(
    "--enable-managedby-label",
    is_flag=True,
    help="Add the label managed-by; `buildMetadata: [managedByLabel]` is the way of today.",
)
@click.option("--stack-trace", is_flag=True, help="Show where in the code an error arose.")
@_programs
def build_command(
    directory: str,
    output: Path | None,
    load_restrictor: str,
    root: Path | None,
    remote_bases: bool,
    enable_helm: bool,
    helm_command: str,
    helm_kube_version: str,
    helm_api_versions: tuple[str, ...],
    helm_debug: bool,
    reorder: str,
    enable_managedby_label: bool,
    stack_trace: bool,
) -> None:
    """Build a directory with a kustomization.yaml, and print the manifests.

    DIR is a directory of this machine, or of a git repository:
    https://github.com/org/repository//directory?ref=v1. The output is, byte for byte, that of
    `kustomize build` v5.8.
    """
    options = Options(
        anywhere=load_restrictor == "LoadRestrictionsNone",
        sort=reorder,
        managed_by=enable_managedby_label,
        remotes=Fetching() if remote_bases else None,
    )
    if enable_helm:
        helm = HelmBinary(helm_command, helm_kube_version, helm_api_versions, helm_debug)
        options = replace(options, charts=helm)
    try:
        found = _built(directory, options, root)
        for warned in found.warnings:
            click.echo(f"Warning: {warned}", err=True)
        write(found.manifests, output)
    except Problem as problem:
        if stack_trace:
            traceback.print_exc()
        click.echo(f"Error: {_told(problem)}", err=True)
        sys.exit(1)


def _built(directory: str, options: Options, root: Path | None) -> Build:
    repository = repository_of(directory)
    if repository is not None and options.remotes is not None:
        tree = options.remotes.repository(repository).tree
        return build(tree, repository.directory, replace(options, anywhere=False))
    place = Path(directory).resolve()
    if not place.is_dir():
        what = "is a file" if place.exists() else "does not exist"
        raise BuildError(f"must build at directory: '{directory}' {what}")
    top = root.resolve() if root else root_of(place)
    if not place.is_relative_to(top):
        raise BuildError(f"'{directory}' is not in '{top}'")
    return build(
        DiskTree(top), place.relative_to(top).as_posix(), replace(options, mounted=str(top))
    )


def _told(problem: Problem) -> str:
    """What went wrong, and where: behind the message, unless it is in it."""
    if not isinstance(problem, BuildError) or not problem.path:
        return str(problem)
    if problem.line:
        return f"{problem.message}\n  in {problem.path}:{problem.line}"
    return str(problem)
