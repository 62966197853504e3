"""`configMapGenerator` and `secretGenerator`."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace

from kustomize.directory import Directory
from kustomize.kustomization import GeneratorArguments, GeneratorOptions
from kustomize.metadata import set_texts
from kustomize.pairs import pairs_of
from kustomize.problem import BuildError
from kustomize.resource import Resource
from kustomize.scalar import key_of
from kustomize.scope import Scope
from shared.manifest.identity import Manifest

_LINE = 70
"""Signs of base64 on a line."""


def config_map(arguments: GeneratorArguments, directory: Directory, scope: Scope) -> Resource:
    """A ConfigMap of an entry. What is not UTF-8 goes to `binaryData`. Raises BuildError."""
    manifest = _started("ConfigMap", arguments)
    put_data(manifest, pairs_of(directory, arguments))
    return _finished(manifest, arguments, scope)


def secret(arguments: GeneratorArguments, directory: Directory, scope: Scope) -> Resource:
    """A Secret of an entry, all values in base64. Raises BuildError."""
    manifest = _started("Secret", arguments)
    manifest["type"] = arguments.type or "Opaque"
    values = pairs_of(directory, arguments)
    manifest["data"] = {key_of(key): in_base64(values[key]) for key in sorted(values)}
    return _finished(manifest, arguments, scope)


def _started(kind: str, arguments: GeneratorArguments) -> Manifest:
    if not arguments.name:
        raise BuildError("a configmap must have a name")
    metadata: Manifest = {"name": arguments.name}
    if arguments.namespace:
        metadata["namespace"] = arguments.namespace
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata}


def _finished(manifest: Manifest, arguments: GeneratorArguments, scope: Scope) -> Resource:
    options = arguments.options or GeneratorOptions()
    result = Resource(
        manifest,
        scope,
        hashed=not options.disable_name_suffix_hash,
        behavior=arguments.behavior,
    )
    if options.labels:
        set_texts(result.manifest, "labels", options.labels)
    if options.annotations:
        set_texts(result.manifest, "annotations", options.annotations)
    if options.immutable:
        manifest["immutable"] = True
    return result


def put_data(manifest: Manifest, values: Mapping[str, bytes], binary: bool = False) -> None:
    """Put values into `data`, or into `binaryData` where they (or all) are not text."""
    for key in sorted(values):
        field, text = _data_value(values[key])
        holder = manifest.setdefault("binaryData" if binary else field, {})
        if isinstance(holder, dict):
            holder[key_of(key)] = text


def _data_value(value: bytes) -> tuple[str, str]:
    try:
        return "data", value.decode()
    except UnicodeDecodeError:
        return "binaryData", in_base64(value)


def in_base64(value: bytes) -> str:
    """Base64, in lines of 70 signs where it is longer than one."""
    text = base64.b64encode(value).decode()
    if len(text) < _LINE:
        return text
    return "".join(f"{text[at : at + _LINE]}\n" for at in range(0, len(text), _LINE))


def with_global(
    arguments: GeneratorArguments, given: GeneratorOptions | None
) -> GeneratorArguments:
    """An entry with `generatorOptions` added; what the entry says itself counts more, except that
    it cannot switch a hash or immutability off."""
    if given is None:
        return arguments
    own = arguments.options or GeneratorOptions()
    options = GeneratorOptions(
        labels={**given.labels, **own.labels},
        annotations={**given.annotations, **own.annotations},
        disable_name_suffix_hash=own.disable_name_suffix_hash or given.disable_name_suffix_hash,
        immutable=own.immutable or given.immutable,
    )
    return replace(arguments, options=options)
