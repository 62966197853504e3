"""How one of our own objects is doing, in one word and one sentence. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shared.api.parsing import Outline, parse
from shared.manifest.identity import Manifest, Ref, section
from shared.reconcile.condition import find

State = Literal["ready", "underway", "failed"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """An object and its state. `message`: what Ready says, or what is being done."""

    ref: Ref
    state: State
    reason: str
    message: str

    def __str__(self) -> str:
        return f"{self.ref}  {self.message}"


def verdict_of(manifest: Manifest) -> Verdict:
    """The verdict on a GitRepository, a Kustomization or any other kind with Flux's conditions.
    What was said of an older generation does not count."""
    outline = parse(Outline, manifest)
    ref = Ref.of(manifest)
    if ref.kind == "HelmRepository" and section(manifest, "spec").get("type") == "oci":
        # Nothing is ever said of one: whoever pulls a chart asks the registry (flux.md 12 (32)).
        return Verdict(ref, "ready", "Static", "a registry, asked when a chart is pulled")
    conditions = outline.status.conditions
    ready = find(conditions, "Ready")
    doing = find(conditions, "Reconciling")
    if ready is None or ready.status == "Unknown":
        return Verdict(ref, "underway", "Progressing", doing.message if doing else "not begun")
    if ready.observed_generation != outline.metadata.generation:
        return Verdict(ref, "underway", "Progressing", "has changed")
    state: State = "ready" if ready.status == "True" else "failed"
    return Verdict(ref, state, ready.reason, ready.message)
