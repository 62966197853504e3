"""What a generator may ask for. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from shared.api.artifact_generator import ArtifactGenerator, OutputArtifact
from shared.reconcile.failure import Stalled
from source_controller.generator.path_pattern import is_object_name


def check(generator: ArtifactGenerator, *, across_namespaces: bool) -> None:
    """Raises Stalled where the spec cannot be, with Flux's reasons. `across_namespaces`: whether
    sources may be in other namespaces."""
    namespace = generator.metadata.namespace
    spec = generator.spec
    if twice := _first_repeated(source.alias for source in spec.sources):
        raise _invalid(f"duplicate source alias '{twice}' found")
    for source in spec.sources:
        if not across_namespaces and source.namespace not in {"", namespace}:
            raise Stalled(
                "AccessDenied",
                f"cross-namespace reference to source {source.kind}/{source.namespace}/"
                f"{source.name} is not allowed",
            )
    if twice := _first_repeated(output.name for output in spec.artifacts):
        raise _invalid(f"duplicate artifact name '{twice}' found")
    aliases = {source.alias for source in spec.sources}
    for output in spec.artifacts:
        _check_output(output, aliases, is_template=bool(spec.path_pattern))


def _check_output(output: OutputArtifact, aliases: set[str], *, is_template: bool) -> None:
    if not is_template and not is_object_name(output.name):
        raise _invalid(f"artifact name '{output.name}' is no name that an object may have")
    for what, alias in (
        ("revision", output.revision),
        ("originRevision", output.origin_revision),
    ):
        if alias and alias.removeprefix("@") not in aliases:
            raise _invalid(
                f"artifact {output.name} {what} source alias '{alias.removeprefix('@')}' not found"
            )


def _first_repeated(names: Iterable[str]) -> str:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return ""


def _invalid(message: str) -> Stalled:
    return Stalled("ValidationFailed", message)
