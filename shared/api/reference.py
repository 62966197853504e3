"""How one object names another."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from shared.api.field import Flag, Text, TextMap, filled_in, rules
from shared.api.meta import ApiModel


class LocalReference(ApiModel):
    """An object of the same namespace, by its name."""

    name: str
    """The name of the object."""


class SecretKeyReference(ApiModel):
    """A key of a Secret of the same namespace."""

    name: str
    """The name of the Secret."""

    key: Text = ""
    """The key in the Secret; without one, `value` and then `value.yaml` are looked for."""


class KubeConfigReference(ApiModel):
    """How to reach another cluster: by a kubeconfig, or by a cloud's way to get a token."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            dict.fromkeys(
                (
                    "has(self.configMapRef) || has(self.secretRef)",
                    "!has(self.configMapRef) || !has(self.secretRef)",
                ),
                "exactly one of spec.kubeConfig.configMapRef or spec.kubeConfig.secretRef must be "
                "specified",
            )
        )
    )

    config_map_ref: LocalReference | None = None
    """A ConfigMap that says how to get a token for the cluster. Its keys: `provider` (aws, azure,
    gcp or generic), `cluster` (the name of the cluster in the cloud's API), `address` (the URL of
    the API server; generic needs it), `ca.crt` (the certificate authority of the API server),
    `audiences` (one a line, for the token), `serviceAccountName` (whose token is asked for; by
    default the controller's). Cannot be combined with secretRef."""

    secret_ref: SecretKeyReference | None = None
    """A Secret that holds a kubeconfig. It has to be complete in itself: commands that it names
    are not run, files that it names are not read. Cannot be combined with configMapRef."""


class DependencyReference(ApiModel):
    """An object of the same kind that has to be ready first."""

    name: str
    """The name of the object."""

    namespace: Text = ""
    """The namespace of the object; by default that of the object that refers to it."""

    ready_expr: Text = ""
    """A CEL expression over `self` (the object that waits) and `dep` (the one that it waits for)
    that says whether the dependency is ready, in place of the built-in check."""


class ObjectReference(ApiModel):
    """An object whose health is looked at."""

    api_version: Text = ""
    """The API version of the object; by default the one that the cluster prefers."""

    kind: str
    """The kind of the object."""

    name: str
    """The name of the object."""

    namespace: Text = ""
    """The namespace of the object; empty for an object that has none."""


class SourceReference(ApiModel):
    """The source whose artifact is built."""

    api_version: Text = ""
    """The API version of the source."""

    kind: Literal["OCIRepository", "GitRepository", "Bucket", "ExternalArtifact"]
    """The kind of the source."""

    name: str
    """The name of the source."""

    namespace: Text = ""
    """The namespace of the source; by default that of the object that refers to it."""


class VariablesReference(ApiModel):
    """A ConfigMap or Secret of the same namespace whose keys are variables."""

    kind: Literal["Secret", "ConfigMap"]
    """What holds the variables."""

    name: str = Field(min_length=1, max_length=253)
    """The name of the ConfigMap or Secret."""

    optional: Flag = Field(False, json_schema_extra=filled_in(False))
    """Whether the object may be missing. Everything else about it that fails is still an error."""


class NamespaceSelector(ApiModel):
    """Some namespaces."""

    match_labels: TextMap = Field(default_factory=dict)
    """The labels that a namespace has to have; without any, all namespaces are meant."""


class AccessFrom(ApiModel):
    """From which other namespaces an object may be referred to."""

    namespace_selectors: tuple[NamespaceSelector, ...]
    """The namespaces; it is enough to be among those of one of them."""
