"""notation's signatures: whether one of them does, by the trust policy and the trust store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from shared.oci.manifest import Manifest
from source_controller.signature import jws
from source_controller.signature.envelope import AUTHORITY, Signed
from source_controller.signature.finding import LONGEST, MOST, Repository
from source_controller.signature.notation_chain import (
    check_chain,
    is_good,
    store_of,
)
from source_controller.signature.notation_policy import POLICY, Check, Statement, statement_for
from source_controller.signature.problem import (
    InvalidTrust,
    MissingExtra,
    NotSigned,
    SignatureProblem,
)
from source_controller.signature.revocation import Revocations
from source_controller.signature.trust import Trust

KIND = "application/vnd.cncf.notary.signature"
COSE = "application/cose"
EXTRA = (
    "signatures of notation in COSE envelopes need the library 'cbor2', which is not installed: "
    "install Penstock with the extra 'cose' (penstock[cose])"
)


@dataclass(frozen=True, slots=True)
class Judge:
    """What signatures of an artifact are held against, now."""

    statement: Statement
    store: Sequence[x509.Certificate]
    artifact: tuple[str, str, int]
    revocations: Revocations
    now: datetime

    async def is_authentic(self, signed: Signed) -> bool:
        """Whether a signature is of somebody who is trusted; False where it is not, and the policy
        only wants that noted. Raises NotSigned where it falls short of what the policy enforces."""
        if signed.target() != self.artifact:
            raise NotSigned("a signature is of another artifact")
        check_chain(signed.chain)
        stranger = self._stranger(signed)
        self._enforce("authenticity", stranger)
        self._enforce("expiry", self._expired(signed))
        self._enforce("authenticTimestamp", self._untimely(signed))
        if not stranger and self.statement.actions["revocation"] != "skip":
            self._enforce("revocation", await self.revocations.fault_of(signed.chain, self.now))
        return not stranger

    def _enforce(self, check: Check, fault: str) -> None:
        """Raises NotSigned for a fault that the policy does not only want noted."""
        if fault and self.statement.actions[check] == "enforce":
            raise NotSigned(fault)

    def _stranger(self, signed: Signed) -> str:
        needed = "signingAuthority" if signed.scheme == AUTHORITY else "ca"
        if needed not in self.statement.stores or not any(
            one in self.store for one in signed.chain
        ):
            return "a signature is of a certificate that is not in the trust store"
        identities = self.statement.identities
        if identities is not None and not any(one.fits(signed.chain[0]) for one in identities):
            return "a signature is of somebody who is not among the trusted identities"
        return ""

    def _expired(self, signed: Signed) -> str:
        is_over = signed.expiry is not None and self.now > signed.expiry
        return f"a signature has expired at {signed.expiry}" if is_over else ""

    def _untimely(self, signed: Signed) -> str:
        """Only a signing authority is believed when it made a signature."""
        if signed.scheme == AUTHORITY:
            is_timely = is_good(signed.chain, signed.moment)
            return "" if is_timely else "a certificate was not good when a signature was made"
        if "tsa" in self.statement.stores:
            return "timestamps are not verified here: leave trust stores of the kind 'tsa' out"
        return "" if is_good(signed.chain, self.now) else "a certificate of a signature has expired"


async def verify_by_policy(
    repository: Repository, digest: str, trust: Trust, revocations: Revocations, now: datetime
) -> bool:
    """Whether a signature was verified; False where the policy does not want that.

    Raises NotSigned where no signature does, InvalidTrust where policy or certificates cannot be
    read, OciError where the registry does not tell. `revocations`: whom to ask whether certificates
    were revoked.
    """
    if trust.entries is None:
        raise InvalidTrust("verification secret cannot be empty")
    if POLICY not in trust.entries:
        raise InvalidTrust(f"'{POLICY}' not found in the secret")
    store = store_of(trust.entries)
    statement = statement_for(trust.entries[POLICY], str(repository.location))
    if statement.skips:
        return False
    manifest = await repository.manifest(digest)
    meant = manifest.media_type, digest, manifest.size
    judge = Judge(statement, store, meant, revocations, now)
    faults: list[str] = []
    for kind, envelope in await envelopes_of(repository, digest):
        try:
            return await judge.is_authentic(_read(kind, envelope))
        except NotSigned as problem:
            faults.append(str(problem))
    said = f": {faults[0]}" if faults else ""
    raise NotSigned(f"no signature of '{digest}' does by the trust policy{said}")


async def envelopes_of(repository: Repository, digest: str) -> list[tuple[str, bytes]]:
    """notation's signatures that refer to a digest, with the media types of their envelopes. Raises
    OciError, and SignatureProblem where there are too many."""
    found: list[tuple[str, bytes]] = []
    listed = [one for one in await repository.referrers(digest) if one.artifact_type in {KIND, ""}]
    if len(listed) > MOST:
        raise SignatureProblem(f"there are more than {MOST} signatures of {digest}")
    for one in listed:
        manifest = await repository.manifest(one.digest)
        if isinstance(manifest, Manifest) and _is_signature(manifest, digest):
            found += [
                (layer.media_type, await repository.blob(layer, LONGEST))
                for layer in manifest.layers[:1]
                if layer.media_type in {jws.MEDIA_TYPE, COSE}
            ]
    return found


def _read(kind: str, envelope: bytes) -> Signed:
    """What is in an envelope. Raises NotSigned, and MissingExtra."""
    if kind == jws.MEDIA_TYPE:
        return jws.read(envelope)
    try:
        from source_controller.signature import cose
    except ImportError:
        raise MissingExtra(EXTRA) from None
    return cose.read(envelope)


def _is_signature(manifest: Manifest, digest: str) -> bool:
    kind = manifest.artifact_type or (manifest.config.media_type if manifest.config else "")
    is_about = manifest.subject is not None and manifest.subject.digest == digest
    return kind == KIND and is_about
