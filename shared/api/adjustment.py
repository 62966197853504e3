"""What a Kustomization changes in what it builds: labels, patches, images, variables."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shared.api.field import Several, Text, TextMap
from shared.api.meta import ApiModel
from shared.api.reference import LocalReference, VariablesReference


class CommonMetadata(ApiModel):
    """Labels and annotations that every object gets. They replace those of the same key."""

    annotations: TextMap = Field(default_factory=dict)
    """The annotations."""

    labels: TextMap = Field(default_factory=dict)
    """The labels."""


class Selector(ApiModel):
    """Which objects are meant. What is not given matches everything."""

    group: Text = ""
    """The API group."""

    version: Text = ""
    """The version within the API group."""

    kind: Text = ""
    """The kind."""

    name: Text = ""
    """A regular expression that the whole name has to match."""

    namespace: Text = ""
    """A regular expression that the whole namespace has to match."""

    annotation_selector: Text = ""
    """Annotations, in the syntax of label selectors: `team=web,!draft`."""

    label_selector: Text = ""
    """Labels, as `kubectl get --selector` takes them."""


class Patch(ApiModel):
    """A change to some of the objects."""

    patch: str
    """The change, as YAML: a piece of the object as it shall be (strategic merge), or a list of
    JSON 6902 operations."""

    target: Selector | None = None
    """The objects to change; by default the one that the patch itself names."""


class Image(ApiModel):
    """Another name, tag or digest for a container image."""

    name: str
    """The name of the image as it is written in the manifests, without its tag."""

    new_name: Text = ""
    """The name to put in its place."""

    new_tag: Text = ""
    """The tag to put in its place."""

    digest: Text = ""
    """The digest to put in place of the tag. Beats newTag."""


class PostBuild(ApiModel):
    """Variables such as `${region}` that are filled in after the build."""

    substitute: TextMap = Field(default_factory=dict)
    """The values of variables, by name. Beats what substituteFrom says."""

    substitute_from: Several[VariablesReference] = ()
    """ConfigMaps and Secrets with further values. A later one beats an earlier one."""

    substitute_strategy: Literal["WithVariables", "Always"] = "WithVariables"
    """When to look for variables at all: WithVariables (only if at least one has a value) or
    Always (even if none has, so that defaults within the manifests count). By default
    WithVariables."""


class Decryption(ApiModel):
    """How encrypted Secrets and files are read."""

    provider: Literal["sops"]
    """The tool that they were encrypted with."""

    secret_ref: LocalReference | None = None
    """A Secret with the private keys, or with credentials for a key service. Beats the
    service account."""

    service_account_name: Text = ""
    """The service account whose workload identity is shown to a cloud's key service."""


class IgnoreRule(ApiModel):
    """Fields that are left to others, once an object is there."""

    paths: tuple[str, ...]
    """JSON pointers to the fields, such as `/spec/replicas`."""

    target: Selector | None = None
    """The objects that are meant; by default all of the Kustomization."""
