"""`images`: other names, tags and digests for container images."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import cast

from kustomize.field import set_scalar, wrong_kind
from kustomize.fieldspec import FieldSpecs, Place, at
from kustomize.kustomization import Image
from kustomize.pattern import matcher
from kustomize.resources import Resources, Transformer
from kustomize.scalar import in_place, is_null, text_of
from shared.manifest.identity import Manifest

_REST = r"(:[a-zA-Z0-9_.{}-]*)?(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{}-]*)?"


def imaged(images: tuple[Image, ...], specs: FieldSpecs) -> Transformer:
    """Changes every image that the name (a regular expression) of one of `images` describes.

    That is: in each list called `containers` or `initContainers` wherever it is, and then in the
    fields of the specs. The second round finds what the first changed, so that a tag suffix is
    there twice: kustomize does so.
    """
    updates = [_updater(image) for image in images]

    def transform(resources: Resources) -> None:
        for resource in resources:
            if resource.gvk.kind == "CustomResourceDefinition":
                continue
            found: list[Place] = [(entry, "image") for entry in _containers(resource.manifest)]
            found += at(resource, specs, may_create=False)
            for update in updates:
                for place in found:
                    _update(place, update)

    return transform


def _update(place: Place, update: Callable[[str], str]) -> None:
    holder, name = place
    if name not in holder or is_null(holder[name]):
        return
    old = holder[name]
    if isinstance(old, dict | list):
        raise wrong_kind("ScalarNode", old)
    text = text_of(old)
    new = update(text)
    if new != text:
        set_scalar(place, in_place(old, new))


def _containers(node: object) -> Iterator[Manifest]:
    """The entries of all lists of containers that hold an image, at any depth."""
    if type(node) is dict:
        for key, value in node.items():
            if type(value) is dict or type(value) is list:
                yield from _containers(value)
                if key in ("containers", "initContainers") and type(value) is list:
                    yield from _with_image(cast("list[object]", value))
    elif type(node) is list:
        for item in node:
            if type(item) is dict or type(item) is list:
                yield from _containers(item)


def _with_image(items: list[object]) -> Iterator[Manifest]:
    for item in items:
        if is_null(item):
            continue
        if not isinstance(item, dict):
            raise wrong_kind("MappingNode", item)
        if "image" in item:
            yield cast("Manifest", item)


def _updater(image: Image) -> Callable[[str], str]:
    matches = matcher(f"^{image.name}{_REST}$")

    @lru_cache(maxsize=1024)
    def update(text: str) -> str:
        return _changed(text, image) if matches is not None and matches(text) else text

    return update


def _changed(text: str, image: Image) -> str:
    name, tag, digest = parts(text)
    name = image.new_name or name
    if image.new_tag or image.digest:
        tag, digest = image.new_tag, image.digest
    elif image.tag_suffix:
        tag, digest = tag + image.tag_suffix, ""
    return f"{name}{f':{tag}' if tag else ''}{f'@{digest}' if digest else ''}"


def parts(image: str) -> tuple[str, str, str]:
    """`host:5000/name:tag@digest` → name with host, tag, digest; empty where there is none."""
    slash = max(image.find("/"), 0)
    at_sign, colon = image.find("@", slash), image.find(":", slash)
    if at_sign >= 0 and not 0 <= colon < at_sign:
        return image[:at_sign], "", image[at_sign + 1 :]
    if colon < 0:
        return image, "", ""
    if at_sign < 0:
        return image[:colon], image[colon + 1 :], ""
    return image[:colon], image[colon + 1 : at_sign], image[at_sign + 1 :]
