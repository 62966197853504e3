"""Which concrete things play the roles of an OCIRepository's story."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path

from shared.api.oci_repository import OciRepository, OciRepositoryStatus
from shared.api.parsing import parse
from shared.cloud.web import WebService
from shared.manifest.identity import Kind
from shared.oci.line import Lines
from shared.runtime.assembly import assemble
from shared.runtime.controller import Controller
from shared.runtime.subject import Subject
from source_controller.ground import Ground
from source_controller.oci.access import SpecAccess
from source_controller.oci.account import ClusterAccounts
from source_controller.oci.login import CloudLogins
from source_controller.oci.twin import Twins
from source_controller.oci.upstream import RegistryUpstream
from source_controller.oci.verification import ArtifactSignatures
from source_controller.oci_repository import OWNED, OciRepositoryReconciler
from source_controller.settings import listed
from source_controller.signature.verifier import Verifier

OCI_REPOSITORY = Kind.parse(OciRepository.naming.api_version, OciRepository.naming.kind)
SCRATCH = ".layers"
# Looking, verifying and pulling may take the timeout of the spec each; then comes storing.
ERRANDS = 3
STORING = timedelta(minutes=5)


def controller(ground: Ground, component: str) -> Controller:
    """The controller of OCIRepositories."""
    site, settings = ground.site, ground.settings
    web, lines = WebService(), Lines(site.clock)
    accesses = SpecAccess(
        ground.secrets,
        ClusterAccounts(site.client),
        CloudLogins(ground.clouds(web), web, site.clock),
        listed(settings.oci_token_hosts),
    )
    scratch = Path(settings.storage_path) / SCRATCH
    story = OciRepositoryReconciler(
        RegistryUpstream(accesses, lines, scratch),
        ArtifactSignatures(ground.secrets, Verifier(site.clock), lines),
        Twins(ground.storage, site.clock),
        ground.shelf(OCI_REPOSITORY),
    )
    return assemble(
        site,
        subject_of(story, component),
        component=component,
        concurrent=settings.concurrent,
        always=(web, lines),
    )


def subject_of(
    reconciler: OciRepositoryReconciler, manager: str
) -> Subject[OciRepository, OciRepositoryStatus]:
    """OCIRepository, as the worker sees it."""
    return Subject(
        kind=OCI_REPOSITORY,
        parse=partial(parse, OciRepository),
        status_of=lambda repo: repo.status,
        reconciler=reconciler,
        owned=OWNED,
        manager=manager,
        limit=lambda repo: ERRANDS * repo.spec.timeout + STORING,
        retry=lambda _: None,
    )
