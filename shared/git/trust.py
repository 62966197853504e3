"""Those who are trusted to sign, and whether one of them did. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.git import openpgp, ssh_signature
from shared.git.error import SignatureError
from shared.git.openpgp import Signer
from shared.git.signature import OPENPGP, SSH, Signed
from shared.git.ssh_signature import SshKey


@dataclass(frozen=True, slots=True)
class Trust:
    """Keys of both kinds. The signature decides which kind is asked."""

    openpgp: tuple[Signer, ...]
    ssh: tuple[SshKey, ...]

    @classmethod
    def of(cls, entries: Mapping[str, str]) -> Trust:
        """The keys of a Secret: SSH keys under names that end in `.sshpub`, OpenPGP keys under all
        others. Raises SignatureError, with the name, where one that ends in `.asc` holds none."""
        signers: list[Signer] = []
        keys: list[SshKey] = []
        for name, text in entries.items():
            if name.endswith(".sshpub"):
                keys.extend(ssh_signature.keys_of(text))
                continue
            try:
                signers.extend(openpgp.signers_of(text))
            except SignatureError as problem:
                if name.endswith(".asc"):
                    raise SignatureError(f"'{name}' cannot be read: {problem}") from None
        return cls(tuple(signers), tuple(keys))

    def verify(self, signed: Signed, now: int) -> str:
        """Who signed: the number of an OpenPGP key or the fingerprint of an SSH key. `now`: seconds
        since 1970. Raises SignatureError where nobody who is trusted did."""
        if not signed.signature.strip():
            raise SignatureError("it is not signed")
        if signed.signature.startswith(OPENPGP):
            return openpgp.verify(signed.payload, signed.signature, self.openpgp, now)
        if signed.signature.startswith(SSH):
            return ssh_signature.verify(signed.payload, signed.signature, list(self.ssh))
        raise SignatureError("its signature is neither OpenPGP nor SSH")
