"""What becomes an artifact of ours of a layer that was pulled."""

from __future__ import annotations

from shared.api.oci_repository import OciRepository
from shared.artifact.tarball import Sink
from shared.reconcile.failure import Retryable
from source_controller.ignore import IgnoreError
from source_controller.oci.layer import Layer
from source_controller.oci.upstream import Found
from source_controller.shelf import Content


def content_of(repo: OciRepository, found: Found, layer: Layer) -> Content:
    """The layer, as the spec wants it. Its writing raises Retryable where the ignore rules cannot
    be read."""

    def write(sink: Sink) -> None:
        try:
            layer.write(repo.spec.ignore, sink)
        except IgnoreError as problem:
            raise Retryable(
                "SourceIgnoreError",
                f"failed to load source ignore patterns from repository: {problem}",
                condition="FetchFailed",
            ) from None

    return Content(found.revision, f"{found.digest}.tar.gz", write, layer.annotations)
