"""Which concrete things play the roles of the stories: the only file that knows."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path

from shared.api.git_repository import GitRepository, GitRepositoryStatus
from shared.api.parsing import parse
from shared.cloud.web import WebService
from shared.git.remote import Remotes
from shared.git.ssh import Algorithms
from shared.manifest.identity import Kind
from shared.runtime.assembly import assemble
from shared.runtime.controller import Controller
from shared.runtime.program import program
from shared.runtime.site import Site
from shared.runtime.subject import Subject
from source_controller import bucket_wiring as bucket
from source_controller import generator_wiring as generator
from source_controller import helm_wiring as helm
from source_controller import oci_wiring as oci
from source_controller.credential import SecretCredentials
from source_controller.git_arrival import Arrivals
from source_controller.git_login import ProviderLogins
from source_controller.git_repository import OWNED, GitRepositoryReconciler
from source_controller.ground import Ground
from source_controller.housekeeping import Housekeeping
from source_controller.inclusion import WatchedIncludes
from source_controller.keeping import Keeping, keeping_of
from source_controller.publication import Publication
from source_controller.settings import SourceSettings, listed
from source_controller.submodule import GitSubmodules
from source_controller.trigger import include_changed
from source_controller.upstream import GitUpstream
from source_controller.verification import SignatureVerification

NAME = "source"
COMPONENT = "source-controller"
GIT_REPOSITORY = Kind.parse(GitRepository.naming.api_version, GitRepository.naming.kind)
MIRRORS = ".mirrors"
# What an attempt may take beside looking at the remote: reading Secrets, packing, storing.
STORING = timedelta(minutes=5)


def build(site: Site, settings: SourceSettings) -> list[Controller]:
    """The controllers of this program. Raises a Problem for flags that cannot be."""
    settings.check()
    keeping = keeping_of(site, settings)
    ground = Ground.prepared(site, settings, keeping.storage, shared=bool(keeping.beside))
    # The generators come last: whatever has a shelf by then can be a source of theirs.
    return [
        _git_repositories(ground, keeping),
        *helm.controllers(ground, COMPONENT),
        oci.controller(ground, COMPONENT),
        bucket.controller(ground, COMPONENT),
        generator.controller(ground, COMPONENT),
    ]


def _git_repositories(ground: Ground, keeping: Keeping) -> Controller:
    site, settings = ground.site, ground.settings
    remotes = _remotes(site, settings)
    cache = ground.own(GIT_REPOSITORY)
    web = WebService()
    providers = ProviderLogins(ground.clouds(web), web, site.clock)
    credentials = SecretCredentials(ground.secrets, providers)
    shelf = Publication(ground.shelf(GIT_REPOSITORY), GitSubmodules(credentials, remotes))
    arrivals = Arrivals(site.clock)
    arrivals.follow(cache)
    upstream = GitUpstream(credentials, remotes, arrivals)
    signatures = SignatureVerification(ground.secrets, site.clock)
    includes = WatchedIncludes(cache, settings.requeue_dependency)
    return assemble(
        site,
        subject_of(GitRepositoryReconciler(upstream, signatures, includes, shelf)),
        component=COMPONENT,
        concurrent=settings.concurrent,
        triggers=(include_changed(cache),),
        always=(*keeping.as_leader(ground.server), Housekeeping(cache, remotes, site.clock), web),
        everywhere=keeping.everywhere(ground.server),
    )


def subject_of(
    reconciler: GitRepositoryReconciler,
) -> Subject[GitRepository, GitRepositoryStatus]:
    """GitRepository, as the worker sees it."""
    return Subject(
        kind=GIT_REPOSITORY,
        parse=partial(parse, GitRepository),
        status_of=lambda repo: repo.status,
        reconciler=reconciler,
        owned=OWNED,
        manager=COMPONENT,
        limit=lambda repo: repo.spec.timeout + STORING,
        retry=lambda _: None,
    )


def _remotes(site: Site, settings: SourceSettings) -> Remotes:
    algorithms = Algorithms(listed(settings.ssh_kex_algos), listed(settings.ssh_hostkey_algos))
    return Remotes(
        Path(settings.storage_path) / MIRRORS,
        site.clock,
        algorithms=algorithms,
        local=settings.local(),
        most=settings.git_mirrors_max_size,
    )


PROGRAM = program(COMPONENT, SourceSettings, build)
