"""The one door to Sigstore's library. Imported only where an object asks for it; blocking."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

from cryptography import x509
from sigstore.errors import Error
from sigstore.errors import VerificationError as LibraryVerificationError
from sigstore.models import Bundle, ClientTrustConfig, TrustedRoot
from sigstore.verify import Verifier

from source_controller.signature.certificate import Identities
from source_controller.signature.payload import is_statement_of
from source_controller.signature.problem import InvalidTrust, NotSigned

# What goes wrong is said once, by us.
for _library in ("sigstore", "tuf"):
    logging.getLogger(_library).setLevel(logging.CRITICAL)


class _Policy:
    """Our identities, in the library's form."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities

    def verify(self, cert: x509.Certificate) -> None:
        """Raises the library's error where the certificate is of nobody who is trusted."""
        try:
            self._identities.check(cert)
        except NotSigned as problem:
            raise LibraryVerificationError(str(problem)) from None


def check_bundle(bundle: bytes, digest: str, identities: Identities, root: str) -> None:
    """Raises NotSigned where a bundle is no signature of a digest by one of the identities, and
    InvalidTrust where the trusted root (JSON) cannot be read."""
    verifier = Verifier(trusted_root=_root(root))
    try:
        kind, payload = verifier.verify_dsse(Bundle.from_json(bundle), _Policy(identities))
    except (Error, ValueError, x509.ExtensionNotFound, TypeError) as error:
        raise NotSigned(f"a bundle is no signature: {str(error)[:500]}") from None
    if not is_statement_of(kind, payload, digest):
        raise NotSigned("a bundle is of another artifact, or of something else than a signature")


def public_root(*, online: bool) -> str:
    """The trusted root of the public Sigstore, as JSON: fetched anew, or as the library brought it
    or it was fetched the last time. Raises InvalidTrust."""
    try:
        found = ClientTrustConfig.production(offline=not online).trusted_root
    except (Error, OSError, ValueError) as error:
        raise InvalidTrust(
            f"the trusted root of the public Sigstore cannot be had: {str(error)[:300]}"
        ) from None
    return str(found._inner.to_json())  # noqa: SLF001 - there is no other way out of it


def _root(text: str) -> TrustedRoot:
    """The library reads it from a file only."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trusted_root.json"
        path.write_text(text)
        try:
            return TrustedRoot.from_file(str(path))
        except (Error, ValueError):
            # What the library says of it quotes it.
            raise InvalidTrust("the trusted root cannot be read") from None
