"""The values of a HelmRelease: those of ConfigMaps and Secrets, in their order, and its own."""

from __future__ import annotations

import base64
import binascii
import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from helm_controller.problem import HelmError
from helm_controller.set_grammar import apply
from helm_controller.values import merged
from shared.api.helm_release import HelmRelease, ValuesReference
from shared.cluster.client import Client
from shared.cluster.error import ClusterError, NotFound
from shared.manifest.document import CONFIGURATION, DocumentError, parse
from shared.manifest.identity import Manifest, Ref, section

DEFAULT_KEY = "values.yaml"
_SPECIAL = re.compile(r"[\\,\[\]{}]")

Held = Mapping[Ref, Mapping[str, bytes] | None]
"""What ConfigMaps and Secrets hold; None for one that is not there."""


class ClientOf(Protocol):
    """In whose name references are read."""

    def __call__(self, hr: HelmRelease) -> Client:
        """The cluster with the rights of a HelmRelease."""


@dataclass(frozen=True, slots=True)
class ClusterValues:
    """Values as the account of a HelmRelease may read them: it cannot be used to get at what its
    owner may not see. (Flux reads them with the rights of the controller.)"""

    client_of: ClientOf

    async def of(self, hr: HelmRelease) -> Manifest:
        """The values. Raises HelmError where an object or a key is missing that is not optional,
        and for what is no YAML; ClusterError where nobody knows."""
        held: dict[Ref, Mapping[str, bytes] | None] = {}
        for reference in hr.spec.values_from:
            ref = ref_of(reference, hr)
            if ref not in held:
                held[ref] = await self._data(hr, ref)
        return composed(hr, held)

    async def _data(self, hr: HelmRelease, ref: Ref) -> Mapping[str, bytes] | None:
        try:
            found = await self.client_of(hr).get(ref)
        except NotFound:
            return None
        except ClusterError as error:
            raise HelmError("values", f"spec.valuesFrom: {error}") from error
        return _bytes(found, ref)


def composed(hr: HelmRelease, held: Held) -> Manifest:
    """The values of a HelmRelease: references one over the other, and its own over all of them.
    Raises HelmError. Pure.

    Where a reference has a targetPath its own values are there already when that is put in place
    (reference flux.md 12 (84)); what lies deeper is then shared, so that the path beats them.
    """
    own: Manifest = copy.deepcopy(dict(hr.spec.values or {}))
    values: Manifest = {}
    for reference in hr.spec.values_from:
        text = _text(reference, ref_of(reference, hr), held)
        if text is None:
            continue
        if reference.target_path:
            values = merged(values, own)
            _put(values, reference, text, hr)
        else:
            values = merged(values, _read(reference, text, hr))
    return merged(values, own)


def ref_of(reference: ValuesReference, hr: HelmRelease) -> Ref:
    """The ConfigMap or Secret that is meant."""
    return Ref("", reference.kind, hr.metadata.namespace, reference.name)


def _text(reference: ValuesReference, ref: Ref, held: Held) -> str | None:
    """The text under a key; None where it is missing and may be. Raises HelmError."""
    key = reference.values_key or DEFAULT_KEY
    data = held.get(ref)
    if data is not None and key in data:
        try:
            return data[key].decode()
        except UnicodeDecodeError:
            raise _refused(reference, ref, "it is no text in UTF-8") from None
    if reference.optional:
        return None
    missing = "resource not found" if data is None else "missing key"
    raise _refused(reference, ref, missing)


def _put(values: Manifest, reference: ValuesReference, text: str, hr: HelmRelease) -> None:
    """Put a text at the path of its reference, as `helm --set` would: one in quotes stays a text,
    a literal one is taken as it is."""
    path = reference.target_path
    quoted = any(len(text) > 1 and text[0] == text[-1] == quote for quote in "'\"")
    try:
        if reference.literal:
            apply(values, f"{path}={_SPECIAL.sub(_escaped, text)}", "string")
        elif quoted:
            apply(values, f"{path}={text.strip(chr(39) + chr(34))}", "string")
        else:
            apply(values, f"{path}={text}", "typed")
    except HelmError as error:
        raise _refused(reference, ref_of(reference, hr), str(error)) from error


def _read(reference: ValuesReference, text: str, hr: HelmRelease) -> Manifest:
    try:
        found = parse(text.encode(), path=reference.values_key or DEFAULT_KEY, rules=CONFIGURATION)
    except DocumentError as error:
        raise _refused(reference, ref_of(reference, hr), str(error)) from error
    return found[0] if found else {}


def _refused(reference: ValuesReference, ref: Ref, why: str) -> HelmError:
    optional = " optional" if reference.optional else ""
    key = reference.values_key or DEFAULT_KEY
    return HelmError(
        "values",
        f"could not resolve{optional} {ref.kind} chart values reference "
        f"'{ref.namespace}/{ref.name}' with key '{key}': {why}",
    )


def _escaped(found: re.Match[str]) -> str:
    return f"\\{found[0]}"


def _bytes(manifest: Manifest, ref: Ref) -> Mapping[str, bytes]:
    data = {key: str(value) for key, value in section(manifest, "data").items()}
    if ref.kind != "Secret":
        return {key: value.encode() for key, value in data.items()}
    try:
        return {key: base64.b64decode(value) for key, value in data.items()}
    except binascii.Error:
        raise HelmError("values", f"{ref}: its data is not base64") from None
