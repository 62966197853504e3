"""How an action is carried out, told from the spec. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from helm_controller.decision import Action
from helm_controller.release_making import Method
from helm_controller.target import timeout_of
from shared.api.helm_action import ApplyMethod, Install, Rollback, Test, Uninstall, Upgrade
from shared.api.helm_release import HelmRelease
from shared.operation.health_expression import HealthRules, health_rules

Definitions = Literal["Skip", "Create", "CreateReplace"]


@dataclass(frozen=True, slots=True)
class Terms:
    """How an action is carried out. `limit`: how long a step may take; `waits`: whether objects are
    waited for, `jobs` too; `hooks`: whether those are run; `legacy`: whether objects are judged as
    by Helm 3, `health`: or as by these rules first; `adopts`: whether objects of nobody become part
    of the release; `replaces`: whether objects are replaced as a whole where they are written
    client-side; `cleans_up`: whether what was made is deleted when the action fails."""

    limit: timedelta
    waits: bool = True
    jobs: bool = True
    hooks: bool = True
    legacy: bool = False
    health: HealthRules = field(default_factory=HealthRules)
    adopts: bool = True
    replaces: bool = False
    cleans_up: bool = False
    definitions: Definitions = "Create"
    checks_values: bool = True


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds where a spec does not say. `helm3`: apply client-side, wait as Helm 3 did, leave
    hooks out of post-rendering; `retries`: retry on failure."""

    helm3: bool = False
    retries: bool = False


def install_terms(hr: HelmRelease, defaults: Defaults) -> Terms:
    """How it is installed."""
    said = hr.spec.install or Install()
    return Terms(
        timeout_of(hr, said.timeout),
        waits=not said.disable_wait,
        jobs=not said.disable_wait_for_jobs,
        hooks=not said.disable_hooks,
        legacy=is_legacy(hr, defaults),
        health=health_rules(hr.spec.health_check_exprs),
        adopts=not said.disable_take_ownership,
        definitions=said.crds or "Create",
        checks_values=not said.disable_schema_validation,
    )


def upgrade_terms(hr: HelmRelease, defaults: Defaults) -> Terms:
    """How it is upgraded."""
    said = hr.spec.upgrade or Upgrade()
    return Terms(
        timeout_of(hr, said.timeout),
        waits=not said.disable_wait,
        jobs=not said.disable_wait_for_jobs,
        hooks=not said.disable_hooks,
        legacy=is_legacy(hr, defaults),
        health=health_rules(hr.spec.health_check_exprs),
        adopts=not said.disable_take_ownership,
        replaces=said.force,
        cleans_up=said.cleanup_on_fail,
        definitions=said.crds or "Create",
        checks_values=not said.disable_schema_validation,
    )


def rollback_terms(hr: HelmRelease, defaults: Defaults) -> Terms:
    """How it is rolled back."""
    said = hr.spec.rollback or Rollback()
    return Terms(
        timeout_of(hr, said.timeout),
        waits=not said.disable_wait,
        jobs=not said.disable_wait_for_jobs,
        hooks=not said.disable_hooks,
        legacy=is_legacy(hr, defaults),
        health=health_rules(hr.spec.health_check_exprs),
        replaces=said.force,
        cleans_up=said.cleanup_on_fail,
    )


def uninstall_terms(hr: HelmRelease) -> Terms:
    """How it is uninstalled."""
    said = hr.spec.uninstall or Uninstall()
    return Terms(
        timeout_of(hr, said.timeout), waits=not said.disable_wait, hooks=not said.disable_hooks
    )


def test_terms(hr: HelmRelease) -> Terms:
    """How its tests are run."""
    said = hr.spec.test or Test()
    return Terms(timeout_of(hr, said.timeout), health=health_rules(hr.spec.health_check_exprs))


def is_legacy(hr: HelmRelease, defaults: Defaults) -> bool:
    """Whether objects are judged as by Helm 3."""
    if hr.spec.wait_strategy is not None:
        return hr.spec.wait_strategy.name == "legacy"
    return defaults.helm3


def install_method(hr: HelmRelease, defaults: Defaults) -> Method:
    """How an installation writes objects."""
    said = hr.spec.install.server_side_apply if hr.spec.install else None
    return "ssa" if (not defaults.helm3 if said is None else said) else "csa"


def later_method(said: ApplyMethod | None, before: Method) -> Method:
    """How an upgrade or a rollback writes objects: as it was done `before`, unless told."""
    match said:
        case "enabled":
            return "ssa"
        case "disabled":
            return "csa"
        case _:
            return before


def timeout_of_action(hr: HelmRelease, action: Action) -> timedelta:
    """How long a step of an action may take."""
    spec = hr.spec
    said = {
        "install": spec.install,
        "upgrade": spec.upgrade,
        "rollback": spec.rollback,
        "uninstall": spec.uninstall,
        "test": spec.test,
    }.get(action)
    return timeout_of(hr, said.timeout if said else None)


def attempt_limit(hr: HelmRelease) -> timedelta:
    """The longest that one attempt may take. Every wait ends by itself, with a message that says
    what is missing; this is for what hangs. There may be an action, its hooks, its tests, and a
    remedy with hooks in one attempt."""
    actions: tuple[Action, ...] = ("install", "upgrade", "rollback", "uninstall", "test")
    longest = max(timeout_of_action(hr, action) for action in actions)
    return 20 * longest + timedelta(minutes=10)
