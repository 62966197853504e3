"""Waves and hooks: the order in which what was built is applied where Argo CD's annotations count
(reference argo.md 1.8 and 1.9). Pure.

A *run* is one build on its way to a success. The hooks of a run are made once; a reconciliation of
a build that has succeeded already runs none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from hashlib import sha256

from kustomize_controller.problem import KustomizationProblem
from shared.api.inventory import Snapshot
from shared.manifest.identity import Manifest, Ref, annotations_of, metadata, section
from shared.operation.definition import served_kinds

ENABLED = "penstock.dev/argo"
RUN = "penstock.dev/hook-run"
DEADLINE = "penstock.dev/hook-deadline"
HOOK = "argocd.argoproj.io/hook"
_POLICY = "argocd.argoproj.io/hook-delete-policy"
_OPTIONS = "argocd.argoproj.io/sync-options"
_WAVE = "argocd.argoproj.io/sync-wave"
_WEIGHT = "helm.sh/hook-weight"

SUCCESS = "ReconciliationSucceeded"
BEFORE_CREATION = "BeforeHookCreation"
POLICIES = frozenset({"HookSucceeded", "HookFailed", BEFORE_CREATION})

ACTED_ON = frozenset(
    {
        "Delete=false",
        "Force=true",
        "Prune=false",
        "PruneLast=true",
        "Replace=true",
        "ServerSideApply=true",
        "SkipDryRunOnMissingResource=true",
    }
)
"""The sync options that something is done about, or that are always so."""


class Phase(IntEnum):
    """What comes one after the other in a run; the last one only where something has failed."""

    PRE_SYNC = 0
    SYNC = 1
    POST_SYNC = 2
    SYNC_FAIL = 3


_PHASES = {
    "PreSync": Phase.PRE_SYNC,
    "Sync": Phase.SYNC,
    "PostSync": Phase.POST_SYNC,
    "SyncFail": Phase.SYNC_FAIL,
}
# Known to Argo CD, and no part of a sync.
_ELSEWHERE = frozenset({"Skip", "PreDelete", "PostDelete"})


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """When an object has its turn. `late`: after the others of its wave, which bring its kind;
    `forced`: it may be made anew where it cannot be changed; `hook`: it is one, and has to be done
    before anything goes on; `waits`: whether the next wave waits until it is healthy."""

    phase: Phase = Phase.SYNC
    wave: int = 0
    late: bool = False
    forced: bool = False
    hook: bool = False
    waits: bool = True

    @property
    def step(self) -> tuple[Phase, int]:
        """What begins together, and has to be healthy before the next begins."""
        return self.phase, self.wave


@dataclass(frozen=True, slots=True)
class Run:
    """One way of a build to its success. `name` is the same after a restart; `fresh`: whether it
    has not got there yet, so that its hooks are due."""

    name: str
    fresh: bool


Task = tuple[Slot, Manifest]


def is_enabled(annotations: Mapping[str, str], default: bool) -> bool:
    """Whether the annotations of Argo CD count for a Kustomization that carries these."""
    said = annotations.get(ENABLED, "").lower()
    return said == "enabled" or (default and said != "disabled")


def run_of(history: Sequence[Snapshot], digest: str) -> Run:
    """The run of a build, told from what the status says of earlier ones. A build that comes back
    after another had its turn is a new run."""
    succeeded = [one for one in history if one.last_reconciled_status == SUCCESS]
    before = next((one for one in succeeded if one.digest != digest), None)
    since = f"{before.digest} {before.last_reconciled.isoformat()}" if before else ""
    name = sha256(f"{digest} {since}".encode()).hexdigest()[:10]
    return Run(name, fresh=not succeeded or succeeded[0].digest != digest)


def sequence(manifests: Iterable[Manifest], run: Run) -> list[Task]:
    """Every object in its slot, and every hook in the slot of each of its phases. In a run that is
    done already nothing waits, or one sick object would keep all others from being put right.

    Raises KustomizationProblem for a hook of a kind that there is not.
    """
    tasks = [task for manifest in manifests for task in _tasks(manifest, run)]
    return sorted(_pulled(tasks), key=lambda task: task[0])


def is_hook(manifest: Manifest) -> bool:
    """Whether an object is a hook, or is left out of a sync."""
    return HOOK in annotations_of(manifest)


def policies_of(hook: Manifest) -> frozenset[str]:
    """When a hook is deleted. Raises KustomizationProblem for what is no such moment."""
    said = frozenset(_listed(hook, _POLICY))
    if said - POLICIES:
        wrong = ", ".join(sorted(said - POLICIES))
        raise KustomizationProblem(f"{Ref.of(hook)}: {_POLICY} {wrong!r} is not known")
    return said or frozenset({BEFORE_CREATION})


def is_spared(live: Manifest, *, ending: bool) -> bool:
    """Whether an object asks not to be deleted: when it is no longer built, or, `ending`, when the
    Kustomization goes."""
    return ("Delete=false" if ending else "Prune=false") in _listed(live, _OPTIONS)


def not_acted_on(manifest: Manifest) -> list[str]:
    """Sync options of an object that change nothing here; a misspelt one is among them."""
    return [option for option in _listed(manifest, _OPTIONS) if option not in ACTED_ON]


def _tasks(manifest: Manifest, run: Run) -> Iterable[Task]:
    options = _listed(manifest, _OPTIONS)
    slot = Slot(
        waits=run.fresh,
        wave=_wave(manifest),
        late="SkipDryRunOnMissingResource=true" in options,
        forced=bool({"Force=true", "Replace=true"} & set(options)),
    )
    if not is_hook(manifest):
        yield slot, manifest
        return
    policies_of(manifest)
    for word in _listed(manifest, HOOK):
        if word in _PHASES:
            phase = _PHASES[word]
            yield replace(slot, phase=phase, hook=True), _of_run(manifest, run, word)
        elif word not in _ELSEWHERE:
            raise KustomizationProblem(f"{Ref.of(manifest)}: {HOOK} {word!r} is not known")


def _of_run(hook: Manifest, run: Run, phase: str) -> Manifest:
    """The hook as it is made in a run: it says which, and has a name of its own where it asks for
    one by `generateName`."""
    meta = dict(metadata(hook))
    prefix = meta.pop("generateName", "")
    if isinstance(prefix, str) and prefix:
        meta["name"] = f"{prefix}{run.name}-{phase.lower()}"
    meta["annotations"] = section(meta, "annotations") | {RUN: f"{run.name}-{phase}"}
    return {**hook, "metadata": meta}


def _pulled(tasks: Sequence[Task]) -> Iterable[Task]:
    """The tasks, with namespaces and definitions in time for the first that needs them."""
    first: dict[tuple[str, str], tuple[Phase, int]] = {}
    for slot, manifest in tasks:
        if slot.phase is not Phase.SYNC_FAIL:
            for need in _needs(Ref.of(manifest)):
                first[need] = min(first.get(need, slot.step), slot.step)
    for slot, manifest in tasks:
        steps = [first[gift] for gift in _gifts(manifest) if gift in first]
        phase, wave = min([slot.step, *steps])
        yield replace(slot, phase=phase, wave=wave), manifest


def _needs(ref: Ref) -> Iterable[tuple[str, str]]:
    yield ref.group, ref.kind
    if ref.namespace:
        yield "Namespace", ref.namespace


def _gifts(manifest: Manifest) -> Iterable[tuple[str, str]]:
    """What others need of an object."""
    ref = Ref.of(manifest)
    if (ref.group, ref.kind) == ("", "Namespace"):
        yield "Namespace", ref.name
    yield from ((kind.group, kind.kind) for kind in served_kinds(manifest))


def _wave(manifest: Manifest) -> int:
    """A wave that is no number is 0, as in Argo CD."""
    annotations = annotations_of(manifest)
    try:
        return int(annotations.get(_WAVE) or annotations.get(_WEIGHT) or 0)
    except ValueError:
        return 0


def _listed(manifest: Manifest, key: str) -> list[str]:
    said = annotations_of(manifest).get(key, "")
    return [word.strip() for word in str(said).split(",") if word.strip()]
