"""What a HelmRelease says of Helm's actions: install, upgrade, test, rollback, uninstall."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, Strict

from shared.api.field import Flag, Interval, Several, filled_in, rules
from shared.api.meta import ApiModel

Switch = Annotated[bool, Strict()]
"""A switch whose being unset says something else than its being off."""

Number = Annotated[int, Strict()]
"""A whole number."""

DefinitionPolicy = Literal["Skip", "Create", "CreateReplace"]
"""What is done with the CustomResourceDefinitions of a chart."""

ApplyMethod = Literal["enabled", "disabled", "auto"]
"""Whether server-side apply is used."""

StrategyName = Literal["RemediateOnFailure", "RetryOnFailure"]
"""What follows a failure."""

RETRY_INTERVAL = timedelta(minutes=5)
"""How long RetryOnFailure waits unless told otherwise."""


class InstallStrategy(ApiModel):
    """What follows a failed installation."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            {
                "!has(self.retryInterval) || self.name != 'RemediateOnFailure'": ".retryInterval "
                "cannot be set when .name is 'RemediateOnFailure'"
            }
        )
    )

    name: StrategyName
    """RemediateOnFailure (uninstall, and try again as often as remediation.retries says) or
    RetryOnFailure (try again after retryInterval, as an upgrade, without removing anything)."""

    retry_interval: Interval | None = None
    """How long RetryOnFailure waits between two attempts. By default 5 minutes."""


class UpgradeStrategy(ApiModel):
    """What follows a failed upgrade."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            {
                "!has(self.retryInterval) || self.name == 'RetryOnFailure'": ".retryInterval "
                "can only be set when .name is 'RetryOnFailure'"
            }
        )
    )

    name: StrategyName
    """RemediateOnFailure (do as remediation says) or RetryOnFailure (try again after retryInterval,
    without a rollback)."""

    retry_interval: Interval | None = None
    """How long RetryOnFailure waits between two attempts. By default 5 minutes."""


class InstallRemediation(ApiModel):
    """How often an installation is tried, and what is cleaned up."""

    retries: Number = Field(0, exclude_if=lambda value: not value)
    """How often an installation that failed is tried again, after it was uninstalled; -1: for
    ever. By default 0."""

    ignore_test_failures: Switch | None = None
    """Whether tests that fail are no reason to remediate. By default what test.ignoreFailures
    says."""

    remediate_last_failure: Switch | None = None
    """Whether the last failure is uninstalled too, when no try is left. By default false."""


class UpgradeRemediation(ApiModel):
    """How often an upgrade is tried, and what is done in between."""

    retries: Number = Field(0, exclude_if=lambda value: not value)
    """How often an upgrade that failed is tried again, after it was remediated; -1: for ever. By
    default 0."""

    ignore_test_failures: Switch | None = None
    """Whether tests that fail are no reason to remediate. By default what test.ignoreFailures
    says."""

    remediate_last_failure: Switch | None = None
    """Whether the last failure is remediated too, when no try is left. By default true where there
    are retries."""

    strategy: Literal["rollback", "uninstall"] | None = None
    """How a failed upgrade is remediated: rollback (to the release before) or uninstall (and
    install anew). By default rollback."""


class Install(ApiModel):
    """How a release is installed."""

    timeout: Interval | None = None
    """How long each step may take. By default spec.timeout."""

    strategy: InstallStrategy | None = None
    """What follows a failure. By default RemediateOnFailure."""

    remediation: InstallRemediation | None = None
    """How often it is tried, and what is cleaned up in between."""

    disable_take_ownership: Flag = False
    """Whether objects that are there already, and are not of this release, are an error instead of
    becoming its own."""

    disable_wait: Flag = False
    """Whether not to wait until the objects are ready."""

    disable_wait_for_jobs: Flag = False
    """Whether not to wait until Jobs are complete."""

    disable_hooks: Flag = False
    """Whether hooks are not run."""

    disable_open_api_validation: Flag = Field(False, alias="disableOpenAPIValidation")
    """Whether manifests are not checked against the schemas of the API server first. What
    server-side apply checks is checked all the same."""

    disable_schema_validation: Flag = False
    """Whether values are not checked against the schema of the chart."""

    replace: Flag = False
    """Whether the name of a release may be used again that was uninstalled and kept its history."""

    skip_crds: Flag = Field(False, alias="skipCRDs")
    """Without effect, as in Flux; use crds: Skip."""

    crds: DefinitionPolicy | None = None
    """What is done with the CustomResourceDefinitions in the chart's crds directory: Skip, Create
    (those that are missing), or CreateReplace (and bring those that are there to what the chart
    says). None is ever deleted. By default Create."""

    create_namespace: Flag = False
    """Whether the namespace of spec.targetNamespace is made where it does not exist."""

    server_side_apply: Switch | None = None
    """Whether objects are written by server-side apply. By default true."""


class Upgrade(ApiModel):
    """How a release is upgraded."""

    timeout: Interval | None = None
    """How long each step may take. By default spec.timeout."""

    strategy: UpgradeStrategy | None = None
    """What follows a failure. By default RemediateOnFailure."""

    remediation: UpgradeRemediation | None = None
    """How often it is tried, and what is done in between."""

    disable_take_ownership: Flag = False
    """Whether objects that are there already, and are not of this release, are an error instead of
    becoming its own."""

    disable_wait: Flag = False
    """Whether not to wait until the objects are ready."""

    disable_wait_for_jobs: Flag = False
    """Whether not to wait until Jobs are complete."""

    disable_hooks: Flag = False
    """Whether hooks are not run."""

    disable_open_api_validation: Flag = Field(False, alias="disableOpenAPIValidation")
    """Whether manifests are not checked against the schemas of the API server first. What
    server-side apply checks is checked all the same."""

    disable_schema_validation: Flag = False
    """Whether values are not checked against the schema of the chart."""

    force: Flag = False
    """Whether objects are replaced as a whole. Counts only without server-side apply."""

    preserve_values: Flag = False
    """Whether the values of the last release stay where no new ones are given."""

    cleanup_on_fail: Flag = False
    """Whether objects that an upgrade made are deleted again when it fails."""

    crds: DefinitionPolicy | None = None
    """What is done with the CustomResourceDefinitions in the chart's crds directory: Skip, Create
    (those that are missing), or CreateReplace (and bring those that are there to what the chart
    says). None is ever deleted. By default Create, as Flux does it; its documentation says Skip."""

    server_side_apply: ApplyMethod | None = None
    """Whether objects are written by server-side apply: enabled, disabled, or auto (as the last
    release was). By default auto."""

    chart_name_change_strategy: Literal["InPlaceUpdate", "Reinstall"] | None = None
    """What is done when the chart has another name than before: Reinstall (uninstall first) or
    InPlaceUpdate (upgrade). By default Reinstall."""


class TestFilter(ApiModel):
    """A test that is meant, or that is not."""

    # pytest looks for classes whose names begin like this one.
    __test__ = False

    name: str = Field(min_length=1, max_length=253)
    """The name of the test."""

    exclude: Flag = False
    """Whether it is left out instead of being run."""


class Test(ApiModel):
    """How the tests of a release are run."""

    __test__ = False

    enable: Flag = False
    """Whether the tests are run after an installation or an upgrade."""

    timeout: Interval | None = None
    """How long each test may take. By default spec.timeout."""

    ignore_failures: Flag = False
    """Whether a release whose tests fail is ready all the same."""

    filters: Several[TestFilter] = ()
    """Which tests are run; by default all."""


class Rollback(ApiModel):
    """How a release is rolled back to an earlier one."""

    timeout: Interval | None = None
    """How long each step may take. By default spec.timeout."""

    disable_wait: Flag = False
    """Whether not to wait until the objects are ready."""

    disable_wait_for_jobs: Flag = False
    """Whether not to wait until Jobs are complete."""

    disable_hooks: Flag = False
    """Whether hooks are not run."""

    recreate: Flag = False
    """Without effect since Helm 4."""

    force: Flag = False
    """Whether objects are replaced as a whole. Counts only without server-side apply."""

    cleanup_on_fail: Flag = False
    """Whether objects that a rollback made are deleted again when it fails."""

    server_side_apply: ApplyMethod | None = None
    """Whether objects are written by server-side apply: enabled, disabled, or auto (as the release
    that is rolled back to was). By default auto."""


class Uninstall(ApiModel):
    """How a release is uninstalled."""

    timeout: Interval | None = None
    """How long each step may take. By default spec.timeout."""

    disable_hooks: Flag = False
    """Whether hooks are not run."""

    keep_history: Flag = False
    """Whether Helm's records of the release stay, marked as uninstalled."""

    disable_wait: Flag = False
    """Whether not to wait until the objects are gone."""

    deletion_propagation: Literal["background", "foreground", "orphan"] = Field(
        "background", json_schema_extra=filled_in("background")
    )
    """What becomes of the objects that belong to the deleted ones: deleted afterwards (background),
    before (foreground), or left (orphan). By default background."""
