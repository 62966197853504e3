"""Documents that were encrypted with SOPS, and the keys that open them.

Owns: the document format (values, metadata, MAC, key groups), its file formats, the key services.
Reads: bytes that it is given; a cloud's key service or a Vault, where a document names one.
Never: a file, a process, a cluster. No plaintext and no key is in a message or a `repr`.

`document.py` is where to begin; everything but the modules that speak to a key service is pure.
"""
