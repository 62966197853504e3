"""What a HelmRelease keeps of the releases that it made."""

from __future__ import annotations

from typing import Literal

from shared.api.field import Text, Timestamp
from shared.api.helm_action import Number
from shared.api.meta import ApiModel

SnapshotAction = Literal["", "install", "upgrade", "rollback", "uninstall", "uninstall-remediation"]


class TestRun(ApiModel):
    """The last run of a test."""

    # pytest looks for classes whose names begin like this one.
    __test__ = False

    last_started: Timestamp | None = None
    """When it was started."""

    last_completed: Timestamp | None = None
    """When it was over."""

    phase: Text = ""
    """What came of it: Succeeded, Failed, Running or Unknown."""


class ReleaseSnapshot(ApiModel):
    """One revision of a release, as it was recorded in Helm's storage."""

    api_version: Text = ""
    """How the digest was made: v2 since Helm 4. Digests of others are not compared."""

    digest: str
    """The checksum of the record, as `<algorithm>:<hexadecimal>`."""

    name: str
    """The name of the release."""

    namespace: str
    """The namespace that it was released to."""

    version: Number
    """The revision, counted from 1."""

    status: str
    """The state of the release: deployed, superseded, failed, uninstalled."""

    action: Text = ""
    """What made it: install, upgrade, rollback, uninstall or uninstall-remediation."""

    chart_name: str
    """The name of the chart."""

    chart_version: str
    """The version of the chart."""

    app_version: Text = ""
    """The version of the application that the chart names."""

    config_digest: str
    """The checksum of the values."""

    first_deployed: Timestamp
    """When the release was first installed."""

    last_deployed: Timestamp
    """When this revision was made."""

    deleted: Timestamp | None = None
    """When the release was uninstalled."""

    test_hooks: dict[str, TestRun] | None = None
    """The tests, and what came of them. Empty: it was tested, and has none; nothing: it was not
    tested yet."""

    oci_digest: Text = ""
    """The digest of the artifact in a registry that the chart came from."""

    @property
    def full_name(self) -> str:
        """`namespace/name.v1`."""
        return f"{self.namespace}/{self.name}.v{self.version}"

    @property
    def chart(self) -> str:
        """`podinfo@6.9.0`."""
        return f"{self.chart_name}@{self.chart_version}"

    @property
    def is_tested(self) -> bool:
        """Whether its tests were run, or it has none."""
        return self.test_hooks is not None

    @property
    def has_failed_test(self) -> bool:
        """Whether one of its tests has failed."""
        return any(run.phase == "Failed" for run in (self.test_hooks or {}).values())
