"""`replacements`: values copied from one field into others."""

from __future__ import annotations

from typing import NamedTuple, cast

from kustomize.configuration_file import read_first
from kustomize.decoding import decoded
from kustomize.directory import Directory
from kustomize.field_path import FRESH, found, matched, split
from kustomize.identity import Gvk, Id
from kustomize.kustomization import FieldOptions, Replacement, ReplacementTarget, Selector, Source
from kustomize.metadata import texts
from kustomize.problem import BuildError
from kustomize.replaced_value import Writer
from kustomize.resource import Resource
from kustomize.resources import Resources, Transformer
from kustomize.scalar import MISSING, is_empty, retyped, scalar_text
from kustomize.selection import IdMatcher, label_matcher
from kustomize.shared_entry import settle
from kustomize.structured_text import set_inside
from kustomize.warning import Spot, Warnings

_DEFAULT = "metadata.name"


class _Given(NamedTuple):
    """A replacement and where it was written."""

    replacement: Replacement
    spot: Spot


def replacing(
    entries: tuple[Replacement, ...], directory: Directory, warnings: Warnings
) -> Transformer:
    """Does all replacements, those in files too, one after the other. Raises BuildError."""
    replacements = [one for entry in entries for one in _loaded(entry, directory)]

    def transform(resources: Resources) -> None:
        writer = Writer()
        for replacement, spot in replacements:
            resource = _source_of(resources, replacement)
            value = _value(resource, replacement)
            if resource is not None and _is_unfinished_name(resource, replacement):
                message = f"the name {resource.name} is copied without the hash that it will get"
                warnings.add(message, spot, "replacements", "source", resource.name)
            for target in replacement.targets or ():
                _apply(resources, target, value, writer)
        resources.renamed()

    return transform


def _is_unfinished_name(resource: Resource, replacement: Replacement) -> bool:
    """Whether what is copied is the name of an object that is yet to get a hash behind it."""
    path = replacement.source.field_path if replacement.source else ""
    return resource.hashed and path in ("", _DEFAULT)


def _loaded(entry: Replacement, directory: Directory) -> list[_Given]:
    if not entry.path:
        return [_Given(entry, Spot(directory))]
    if entry.source is not None or entry.targets:
        raise BuildError("cannot specify both path and inline replacement")
    try:
        content = directory.load(entry.path)
    except BuildError as error:
        raise error.under("replacements.path") from error
    value = read_first(content, directory.told(entry.path))
    if not isinstance(value, dict | list):
        raise BuildError(
            "unsupported replacement type encountered within replacement path", path=entry.path
        )
    each = value if isinstance(value, list) else [value]
    spot = Spot(directory, entry.path)
    return [_Given(decoded(Replacement, one, "Replacement", strict=False), spot) for one in each]


def _source_of(resources: Resources, replacement: Replacement) -> Resource | None:
    """The object that a value comes from; None where the replacement says the value itself."""
    source, literal = replacement.source, replacement.source_value
    if (source is None and literal is None) or replacement.targets is None:
        raise BuildError("replacements must specify a source and at least one target")
    if source is not None and literal is not None:
        raise BuildError("value and resource selectors are mutually exclusive")
    return _source(resources, source) if source is not None else None


def _value(resource: Resource | None, replacement: Replacement) -> object:
    source = replacement.source
    if source is None or resource is None:
        return replacement.source_value
    path = source.field_path or _DEFAULT
    try:
        value = found(resource.manifest, split(path))
    except BuildError as error:
        raise error.under("error looking up replacement source") from error
    if value is MISSING or is_empty(value):
        raise BuildError(f"fieldPath `{path}` is missing for replacement source {_id(source)}")
    return _refined(value, source.options)


def _id(source: Source) -> Id:
    kind = Gvk(source.group, source.version, source.kind)
    return Id(kind, source.name, source.namespace)


def _source(resources: Resources, source: Source) -> Resource:
    wanted = _id(source)
    matches = [resource for resource in resources if _is_source(resource, wanted)]
    if len(matches) == 1:
        return matches[0]
    path = f":{source.field_path}" if source.field_path else ""
    if matches:
        raise BuildError(f"multiple matches for selector {wanted}{path}")
    raise BuildError(f"nothing selected by {wanted}{path}")


def _is_source(resource: Resource, wanted: Id) -> bool:
    for one in (resource.id, *resource.former()):
        if (
            one.gvk.selected_by(wanted.gvk)
            and wanted.name in ("", one.name)
            and (not wanted.namespace or wanted.namespace == (one.namespace or "default"))
        ):
            return True
    return False


def _refined(value: object, options: FieldOptions | None) -> object:
    if options is None or not options.delimiter:
        return value
    if isinstance(value, dict | list):
        raise BuildError("delimiter option can only be used with scalar nodes")
    text = scalar_text(value)
    parts = text.split(options.delimiter)
    if not 0 <= options.index < len(parts):
        raise BuildError(f"options.index {options.index} is out of bounds for value {text}")
    return retyped(value, parts[options.index])


def _apply(resources: Resources, target: ReplacementTarget, value: object, writer: Writer) -> None:
    if target.select is None:
        raise BuildError("target must specify resources to select")
    chosen = _Chosen(target.select, target.reject)
    for resource in resources:
        if chosen.fits(resource):
            for path in target.field_paths or (_DEFAULT,):
                _copy(resource, path, value, target.options or FieldOptions(), writer)
                settle(resource.shared, resource.manifest)


class _Chosen:
    """The objects of a target."""

    def __init__(self, select: Selector, reject: tuple[Selector, ...]) -> None:
        self._select = select
        self._reject = reject
        self._matcher = IdMatcher(select)
        self._rejected = [
            IdMatcher(one) for one in reject if any((*one.gvk, one.name, one.namespace))
        ]

    def fits(self, resource: Resource) -> bool:
        """Selected by any id it has or had, by labels and annotations, and not rejected."""
        ids = (resource.id, *resource.former())
        return (
            _by_text(resource, self._select)
            and not any(_by_text(resource, one) for one in self._reject if _has_text(one))
            and not any(_by_id(one, each) for one in self._rejected for each in ids)
            and any(_by_id(self._matcher, each) for each in ids)
        )


def _has_text(selector: Selector) -> bool:
    return bool(selector.annotation_selector or selector.label_selector)


def _by_text(resource: Resource, selector: Selector) -> bool:
    return label_matcher(selector.annotation_selector)(
        texts(resource.manifest, "annotations")
    ) and label_matcher(selector.label_selector)(texts(resource.manifest, "labels"))


def _by_id(matcher: IdMatcher, one: Id) -> bool:
    return (
        matcher.fits_kind(one.gvk) and matcher.name(one.name) and matcher.namespace(one.namespace)
    )


def _copy(
    resource: Resource, path: str, value: object, options: FieldOptions, writer: Writer
) -> None:
    parts = split(path)
    if set_inside(resource.manifest, parts, value, options, writer):
        return
    holder = {"": cast("object", resource.manifest)}
    made = _empty_like(value) if options.create else MISSING
    what = "find or create" if options.create else "find"
    message = f'unable to {what} field "{path}" in replacement target'
    try:
        slots = matched((holder, ""), parts, made)
    except BuildError as error:
        raise error.under(message) from error
    if not slots:
        raise BuildError(message)
    for slot in slots:
        writer.write(slot, value, options)


def _empty_like(value: object) -> object:
    return type(value)() if isinstance(value, dict | list) else FRESH
