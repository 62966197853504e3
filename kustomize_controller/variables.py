"""Where the variables of a Kustomization come from: its spec, ConfigMaps and Secrets."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

from kustomize_controller.impersonation import Accounts
from kustomize_controller.problem import KustomizationProblem
from kustomize_controller.substitution import Substitution
from shared.api.kustomization import Kustomization
from shared.api.reference import VariablesReference
from shared.cluster.error import ClusterError, NotFound
from shared.manifest.identity import Manifest, Ref, section

_NAME = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")


@dataclass(frozen=True, slots=True)
class ClusterVariables:
    """Variables as the account of a Kustomization may read them: it cannot be used to get at what
    its owner may not see. (Flux reads them with the rights of the controller.)"""

    accounts: Accounts
    strict: bool = True

    async def of(self, ks: Kustomization) -> Substitution | None:
        """What is to be filled in, or None where nothing is looked for.

        Raises KustomizationProblem where an object that is not optional is missing, where one
        cannot be read, and for keys that are no names of variables.
        """
        if ks.spec.post_build is None:
            return None
        variables: dict[str, bytes] = {}
        for reference in ks.spec.post_build.substitute_from:
            variables |= await self._read(ks, reference)
        for name, value in ks.spec.post_build.substitute.items():
            variables |= {_checked(name, "spec.postBuild.substitute"): _one_line(value.encode())}
        if not variables and ks.spec.post_build.substitute_strategy != "Always":
            return None
        return Substitution(variables, self.strict)

    async def _read(self, ks: Kustomization, reference: VariablesReference) -> dict[str, bytes]:
        ref = Ref("", reference.kind, ks.metadata.namespace, reference.name)
        try:
            found = await self.accounts.client_of(ks).get(ref)
        except NotFound:
            if reference.optional:
                return {}
            raise KustomizationProblem(
                f"spec.postBuild.substituteFrom: {ref} not found, and it is not optional"
            ) from None
        except ClusterError as error:
            raise KustomizationProblem(f"spec.postBuild.substituteFrom: {error}") from error
        return {
            _checked(key, str(ref)): _one_line(value) for key, value in _data(found, ref).items()
        }


def _data(manifest: Manifest, ref: Ref) -> Mapping[str, bytes]:
    """What a ConfigMap or a Secret holds."""
    data = {key: str(value) for key, value in section(manifest, "data").items()}
    if ref.kind != "Secret":
        return {key: value.encode() for key, value in data.items()}
    try:
        return {key: base64.b64decode(value) for key, value in data.items()}
    except binascii.Error:
        raise KustomizationProblem(f"{ref}: its data is not base64") from None


def _checked(name: str, place: str) -> str:
    """The name of a variable. One that is none fails everything, as in Flux (flux.md 12 (70))."""
    if not _NAME.fullmatch(name):
        raise KustomizationProblem(
            f"{place}: '{name}' var name is invalid, must match '^[_[:alpha:]][_[:alpha:]"
            "[:digit:]]*$'"
        )
    return name


def _one_line(value: bytes) -> bytes:
    return value.replace(b"\n", b"")
