"""TokenRequest: a token for a ServiceAccount, `serviceaccounts/NAME/token`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from apiserver.access.account_token import ISSUER, Bound, Claims, Signer
from apiserver.clock import stamp
from apiserver.cluster import Cluster
from apiserver.refusal import Cause, Refusal, bad_request, conflict, not_found
from apiserver.resource import Resource
from apiserver.storage import Record
from apiserver.value import Object, number, section, strings, text

GROUP = "authentication.k8s.io"
KIND = "TokenRequest"
HOUR = 3600
_LEAST = 600
_MOST = 1 << 32
_BINDABLE = {("v1", "Pod"): "pod", ("v1", "Secret"): "secret", ("v1", "Node"): "node"}


@dataclass(frozen=True, slots=True)
class TokenRequests:
    """Issues tokens."""

    cluster: Cluster
    signer: Signer

    def answer(self, accounts: Resource, account: Record, content: Object) -> Object:
        """The request with its token. Raises a 400, 404, 409 or 422."""
        namespace, name = account.key
        _check(content, name)
        spec = section(content, "spec")
        seconds = number(spec, "expirationSeconds", default=HOUR)
        reference = section(spec, "boundObjectRef")
        claims = Claims(
            namespace=namespace,
            account=Bound("serviceaccount", name, account.uid),
            audiences=tuple(strings(spec, "audiences")) or (ISSUER,),
            issued=self.cluster.clock.now().replace(microsecond=0),
            lasts=timedelta(seconds=seconds),
            number=self.cluster.new_uid(),
            bound=self._bound(account, reference) if reference else None,
        )
        return _answer(account, claims, reference, self.signer.token(claims))

    def _bound(self, account: Record, reference: Object) -> Bound:
        version, kind = text(reference, "apiVersion"), text(reference, "kind")
        claim = _BINDABLE.get((version, kind))
        if claim is None:
            group, _, number_ = version.rpartition("/")
            told = f"{group}/{number_}" if group else number_
            raise bad_request(f"cannot bind token to object of type {told}, Kind={kind}")
        resource = self.cluster.kind("", kind)
        where = account.key[0] if resource.namespaced else ""
        record = self.cluster.find(resource, where, text(reference, "name"))
        if record is None:
            raise not_found(resource, text(reference, "name"))
        _require_fit(resource, account, record, text(reference, "uid"))
        return Bound(claim, record.key[1], record.uid)


def _require_fit(resource: Resource, account: Record, record: Record, uid: str) -> None:
    """A pod's token is for the pod's own account; a uid must be that of the object."""
    name = record.key[1]
    if resource.kind == "Pod":
        own = text(record.object, "spec", "serviceAccountName") or "default"
        if own != account.key[1]:
            raise bad_request(
                f'cannot bind token for serviceaccount "{account.key[1]}" to pod running with '
                "different serviceaccount name."
            )
    if uid and uid != record.uid:
        why = (
            f"the UID in the bound object reference ({uid}) does not match the UID in record. The "
            "object might have been deleted and then recreated"
        )
        raise conflict(resource, name, why)


def _check(content: Object, account: str) -> None:
    named = text(content, "metadata", "name")
    if named and named != account:
        why = "must match the service account name if specified"
        raise _invalid(account, "metadata.name", f'"{named}"', why)
    seconds = number(content, "spec", "expirationSeconds", default=HOUR)
    if seconds < _LEAST:
        why = "may not specify a duration less than 10 minutes"
        raise _invalid("", "spec.expirationSeconds", str(seconds), why)
    if seconds > _MOST:
        why = "may not specify a duration larger than 2^32 seconds"
        raise _invalid("", "spec.expirationSeconds", str(seconds), why)


def _invalid(name: str, field: str, value: str, why: str) -> Refusal:
    cause = Cause(field, "FieldValueInvalid", f"Invalid value: {value}: {why}")
    details: Object = {"name": name} if name else {}
    details |= {"group": GROUP, "kind": KIND, "causes": [cause.as_object()]}
    return Refusal(422, "Invalid", f'{KIND}.{GROUP} "{name}" is invalid: {cause}', details)


def _answer(account: Record, claims: Claims, reference: Object, token: str) -> Object:
    namespace, name = account.key
    return {
        "kind": KIND,
        "apiVersion": f"{GROUP}/v1",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": account.uid,
            "creationTimestamp": stamp(claims.issued),
        },
        "spec": {
            "audiences": list(claims.audiences),
            "expirationSeconds": int(claims.lasts.total_seconds()),
            "boundObjectRef": reference or None,
        },
        "status": {"token": token, "expirationTimestamp": stamp(claims.ends)},
    }
