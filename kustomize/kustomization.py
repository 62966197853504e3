"""The fields of a kustomization file, and what is said about them before work starts.

Names are those of kustomize.config.k8s.io/v1beta1 in our spelling: `name_prefix` is `namePrefix`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from kustomize.charts import Chart, ChartArguments, ChartGlobals
from kustomize.identity import Gvk

Texts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Selector:
    """Which objects: regular expressions over identity (anchored), and selectors of labels."""

    group: str = ""
    version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    annotation_selector: str = ""
    label_selector: str = ""

    @property
    def gvk(self) -> Gvk:
        """Group, version and kind."""
        return Gvk(self.group, self.version, self.kind)


@dataclass(frozen=True, slots=True)
class Spec:
    """One field spec as users write it."""

    group: str = ""
    version: str = ""
    kind: str = ""
    path: str = ""
    create: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """An entry of `labels`."""

    pairs: Texts = field(default_factory=dict)
    include_selectors: bool = False
    include_templates: bool = False
    include_volume_claim_templates: bool = False
    fields: tuple[Spec, ...] = ()


@dataclass(frozen=True, slots=True)
class PatchOptions:
    """What a strategic merge patch may change of an identity."""

    allow_name_change: bool = False
    allow_kind_change: bool = False


@dataclass(frozen=True, slots=True)
class Patch:
    """An entry of `patches` and `patchesJson6902`."""

    path: str = ""
    patch: str = ""
    target: Selector | None = None
    options: PatchOptions | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """An entry of `images`."""

    name: str = ""
    new_name: str = ""
    tag_suffix: str = ""
    new_tag: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Replica:
    """An entry of `replicas`."""

    name: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class FieldOptions:
    """Which part of a text a replacement is about."""

    delimiter: str = ""
    index: int = 0
    encoding: str = ""
    create: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Where a replacement comes from."""

    group: str = ""
    version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    field_path: str = ""
    options: FieldOptions | None = None


@dataclass(frozen=True, slots=True)
class ReplacementTarget:
    """Where a replacement goes."""

    select: Selector | None = None
    reject: tuple[Selector, ...] = ()
    field_paths: tuple[str, ...] = ()
    options: FieldOptions | None = None


@dataclass(frozen=True, slots=True)
class Replacement:
    """An entry of `replacements`, or of a file that one names."""

    source: Source | None = None
    targets: tuple[ReplacementTarget, ...] | None = None
    source_value: str | None = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class ObjectReference:
    """The object a var takes its value from."""

    api_version: str = ""
    group: str = ""
    version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class FieldReference:
    """The field a var takes its value from."""

    field_path: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """An entry of `vars`."""

    name: str = ""
    objref: ObjectReference = field(default_factory=ObjectReference)
    fieldref: FieldReference = field(default_factory=FieldReference)


@dataclass(frozen=True, slots=True)
class GeneratorOptions:
    """What all generated objects, or one of them, get."""

    labels: Texts = field(default_factory=dict)
    annotations: Texts = field(default_factory=dict)
    disable_name_suffix_hash: bool = False
    immutable: bool = False


@dataclass(frozen=True, slots=True)
class GeneratorArguments:
    """An entry of `configMapGenerator` or `secretGenerator` (which alone has a type)."""

    name: str = ""
    namespace: str = ""
    behavior: str = ""
    literals: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    envs: tuple[str, ...] = ()
    env: str = ""
    options: GeneratorOptions | None = None
    type: str = ""


@dataclass(frozen=True, slots=True)
class LegacySortOptions:
    """Kinds that come first and last."""

    order_first: tuple[str, ...] = ()
    order_last: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SortOptions:
    """The order of the output."""

    order: str = ""
    legacy_sort_options: LegacySortOptions | None = None


@dataclass(frozen=True, slots=True)
class Kustomization:
    """A kustomization file, or a component's."""

    api_version: str = ""
    kind: str = ""
    metadata: object = None
    openapi: Texts = field(default_factory=dict)
    name_prefix: str = ""
    name_suffix: str = ""
    namespace: str = ""
    common_labels: Texts = field(default_factory=dict)
    labels: tuple[Label, ...] = ()
    common_annotations: Texts = field(default_factory=dict)
    patches_strategic_merge: tuple[str, ...] = ()
    patches_json6902: tuple[Patch, ...] = ()
    patches: tuple[Patch, ...] = ()
    images: tuple[Image, ...] = ()
    image_tags: tuple[Image, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    replicas: tuple[Replica, ...] = ()
    vars: tuple[Variable, ...] = ()
    sort_options: SortOptions | None = None
    resources: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    crds: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    config_map_generator: tuple[GeneratorArguments, ...] = ()
    secret_generator: tuple[GeneratorArguments, ...] = ()
    helm_globals: ChartGlobals | None = None
    helm_charts: tuple[Chart, ...] = ()
    helm_chart_inflation_generator: tuple[ChartArguments, ...] = ()
    generator_options: GeneratorOptions | None = None
    configurations: tuple[str, ...] = ()
    generators: tuple[str, ...] = ()
    transformers: tuple[str, ...] = ()
    validators: tuple[str, ...] = ()
    build_metadata: tuple[str, ...] = ()
