"""Whom we trust and who we are, on one connection: a TLS context of its own for each credential."""

from __future__ import annotations

import ssl

from shared import tls
from shared.git.credential import Credential
from shared.git.error import InvalidCredential


def context_of(credential: Credential) -> ssl.SSLContext:
    """The machine's authorities, those of the credential, and its client certificate. Always a new
    one: what sends by it changes it.

    Raises InvalidCredential where a certificate or key cannot be read. No part of it is quoted.
    """
    key = credential.key.reveal()
    try:
        return tls.context_of(tls.Material(credential.authority, credential.certificate, key))
    except tls.TlsProblem as problem:
        raise InvalidCredential(str(problem)) from None
